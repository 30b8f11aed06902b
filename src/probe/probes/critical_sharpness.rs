//! How far the step could be stretched before the loss is no lower any more.

use crate::probe::step::{Line, LineProbe, Probe, StepView};

/// 2 / (η a_c): the step of length a_c times that of the optimizer is where the training loss is L(θ_t) again.
pub struct CriticalSharpness;

/// A step is doubled, or halved, so many times at most.
const DOUBLINGS: u32 = 10;
/// Then what is between the last length that lowers the loss and the first that does not is halved so many times: the
/// factor is found to a 1/128 of itself.
const BISECTIONS: u32 = 6;

impl Probe for CriticalSharpness {
    fn name(&self) -> &'static str {
        "critical-sharpness"
    }

    fn key(&self) -> &'static str {
        "critical_sharpness"
    }

    fn title(&self) -> &'static str {
        "critical sharpness"
    }

    fn label(&self) -> &'static str {
        "λ_c = 2/η_c"
    }

    fn about(&self) -> &'static str {
        "Sharpness by how far the step can be stretched before the training loss is no lower; costs 7 to 18 full losses a step"
    }

    fn definition(&self) -> &'static str {
        "λ_c = 2/η_c, where η_c = a η is the learning rate at which the step u_t = θ_{t+1} − θ_t, made a times as long, would \
         no longer lower the training loss (critical sharpness, arXiv 2601.16979; here with the loss over the whole training \
         set). The step is doubled while L(θ_t + a u_t) < L(θ_t), at most 10 times, or halved until it is; then a is found to \
         1 % by bisection (our choice). A loss that is not finite is not lower. On a quadratic, λ_c of gradient descent is \
         the sharpness along the gradient; above 2/η_t the step does not lower the loss. It is 0 where 1024 steps still \
         lower it, infinite where not even 1/1024 of one does, and not a number without a step or without a rate. Where the \
         loss rises and falls again along the step, the first rise between two lengths that were tried may be missed."
    }

    fn is_usual(&self) -> bool {
        false
    }

    fn line(&self) -> Option<&dyn LineProbe> {
        Some(self)
    }

    /// The step alone does not tell.
    fn measure(&self, _: &StepView<'_>) -> Option<f64> {
        None
    }
}

impl LineProbe for CriticalSharpness {
    fn measure(&self, step: &StepView<'_>, line: &mut dyn Line) -> Option<f64> {
        let next = step.next?;
        // Without a step there is no direction, and η_c is a multiple of η.
        if next == step.theta || step.learning_rate <= 0.0 {
            return Some(f64::NAN);
        }
        critical_factor(line).map(|a| 2.0 / (step.learning_rate * a))
    }
}

/// The factor at which the step no longer lowers the loss: 0 when none of the lengths down to 2⁻¹⁰ does, infinite when all
/// up to 2¹⁰ do, NaN when the loss at its start is not finite; `None` when a loss could not be measured.
fn critical_factor(line: &mut dyn Line) -> Option<f64> {
    let start = line.loss(0.0)?;
    if !start.is_finite() {
        return Some(f64::NAN);
    }
    let mut is_lower = |a: f64| line.loss(a).map(|loss| loss.is_finite() && loss < start);
    let (mut low, mut high) = (1.0, 2.0);
    let mut tried = 0;
    if is_lower(1.0)? {
        while is_lower(high)? {
            tried += 1;
            if tried == DOUBLINGS {
                return Some(f64::INFINITY);
            }
            (low, high) = (high, 2.0 * high);
        }
    } else {
        (low, high) = (0.5, 1.0);
        while !is_lower(low)? {
            tried += 1;
            if tried == DOUBLINGS {
                return Some(0.0);
            }
            (low, high) = (low / 2.0, low);
        }
    }
    for _ in 0..BISECTIONS {
        let middle = (low + high) / 2.0;
        if is_lower(middle)? { low = middle } else { high = middle }
    }
    Some((low + high) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::synthetic;

    /// A loss on the line, and how often it was asked.
    struct Of<F> {
        loss: F,
        asked: Vec<f64>,
    }

    impl<F: Fn(f64) -> Option<f64>> Line for Of<F> {
        fn loss(&mut self, a: f64) -> Option<f64> {
            self.asked.push(a);
            (self.loss)(a)
        }
    }

    fn measure(eta: f64, loss: impl Fn(f64) -> f64) -> (f64, usize) {
        let step = synthetic::step(&[1.0, 0.0], Some(&[0.5, 0.0]), &[1.0, 0.0], eta);
        let mut line = Of { loss: |a: f64| Some(loss(a)), asked: Vec::new() };
        let found = LineProbe::measure(&CriticalSharpness, &step, &mut line).unwrap();
        (found, line.asked.len())
    }

    /// −s a + κ a²/2 is 0 again at a = 2s/κ, so λ_c = κ/(η s): for gradient descent, s = η‖g‖² and κ = η² gᵀHg.
    #[test]
    fn on_a_quadratic_it_is_the_sharpness_along_the_step() {
        for eta in [1e-3, 0.1, 2.0] {
            for sharpness in [0.01, 0.3, 1.0, 1.9, 2.1, 7.0, 300.0].map(|times| times / eta) {
                for squared in [1e-4, 1.0, 50.0] {
                    let (slope, curvature) = (eta * squared, eta * eta * sharpness * squared);
                    let (found, asked) = measure(eta, |a| 3.0 - slope * a + curvature * a * a / 2.0);
                    assert!((found / sharpness - 1.0).abs() < 0.01, "η {eta}, λ {sharpness}: {found}");
                    assert_eq!(found > 2.0 / eta, sharpness > 2.0 / eta, "beyond 2/η the step is too long");
                    assert!(asked <= 18, "{asked}");
                }
            }
        }
    }

    #[test]
    fn what_never_ends_and_what_never_begins_has_a_bound_and_not_a_number() {
        assert_eq!(measure(0.1, |a| -a), (0.0, 12), "start, 1, and ten doublings");
        assert_eq!(measure(0.1, |a| a), (f64::INFINITY, 12));
        assert_eq!(measure(0.1, |_| 1.0).0, f64::INFINITY, "level is not lower");
        // The last lengths that are looked at still count.
        assert!((measure(0.1, |a| a * (a - 1000.0)).0 / (2.0 / 100.0) - 1.0).abs() < 0.01);
        assert!((measure(0.1, |a| a * (a - 0.001)).0 / (2.0 / 0.0001) - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_loss_that_is_not_finite_is_not_lower() {
        for lost in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let (found, _) = measure(0.5, |a| if a > 3.0 { lost } else { -a });
            assert!((found / (2.0 / 1.5) - 1.0).abs() < 0.01, "{lost}: {found}");
            let (found, _) = measure(0.5, |a| if a > 0.3 { lost } else { -a });
            assert!((found / (2.0 / 0.15) - 1.0).abs() < 0.01, "{lost}: {found}");
            let (found, asked) = measure(0.5, |a| if a == 0.0 { lost } else { -a });
            assert!(found.is_nan() && asked == 1, "{lost}");
        }
    }

    #[test]
    fn without_a_step_a_rate_or_a_loss_there_is_none() {
        let (theta, next) = ([1.0_f32, 0.0], [0.5_f32, 0.0]);
        let mut line = Of { loss: |a: f64| Some(-a), asked: Vec::new() };
        let mut of = |next: Option<&[f32]>, eta: f64| {
            LineProbe::measure(&CriticalSharpness, &synthetic::step(&theta, next, &theta, eta), &mut line)
        };
        assert_eq!(of(None, 0.1), None, "no step was made");
        assert!(of(Some(&theta), 0.1).unwrap().is_nan() && of(Some(&next), 0.0).unwrap().is_nan());
        assert!(line.asked.is_empty(), "and nothing is asked for");
        for gone in [0.0, 1.0, 2.0, 8.0, 6.0] {
            let mut line = Of { loss: |a: f64| (a != gone).then_some(a * (a - 6.1)), asked: Vec::new() };
            let step = synthetic::step(&theta, Some(&next), &theta, 0.1);
            assert_eq!(LineProbe::measure(&CriticalSharpness, &step, &mut line), None, "{gone}");
            assert_eq!(Probe::measure(&CriticalSharpness, &step), None);
        }
    }
}
