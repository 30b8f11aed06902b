//! How gradient descent converges on a quadratic: |λη − 1| per eigenvalue λ (Walk, appendix E and Fig. 28).

use super::card::{Bound, Card, Check, Theorem};
use crate::{
    named::named_choice,
    toy::error::{ToyError, not_negative, positive, require},
};

const THEOREM: Theorem = Theorem {
    name: "Convergence rates of gradient descent",
    statement: "Along an eigenvector of eigenvalue λ a step multiplies the distance by 1 − λη: below 1/λ it is over-damped, between 1/λ and 2/λ it oscillates and converges, beyond 2/λ it diverges.",
    source: "Walk, appendix E, Fig. 28",
};

named_choice! {
    /// What a learning rate does along one eigenvector.
    Regime as "regime" {
        /// λη < 1: the distance shrinks and keeps its sign.
        #[default] Overdamped = "over-damped",
        /// λη = 1: the minimum in one step.
        Critical = "critical",
        /// 1 < λη < 2: the distance shrinks and changes its sign every step.
        Underdamped = "under-damped",
        /// λη ≥ 2: it does not shrink.
        Divergent = "divergent",
    }
}

/// |λη − 1|, the factor by which one step changes the distance to the minimum along an eigenvector.
pub fn rate(lambda: f64, eta: f64) -> f64 {
    (lambda * eta - 1.0).abs()
}

/// The regime of λ ≥ 0 at η.
pub fn regime(lambda: f64, eta: f64) -> Regime {
    let x = lambda * eta;
    if x < 1.0 {
        Regime::Overdamped
    } else if x == 1.0 {
        Regime::Critical
    } else if x < 2.0 {
        Regime::Underdamped
    } else {
        Regime::Divergent
    }
}

/// The learning rate at which the slowest eigenvalue converges fastest, 2 / (λ_min + λ_max): where the chart's two outer
/// lines cross.
pub fn best_rate(lambda_min: f64, lambda_max: f64) -> f64 {
    2.0 / (lambda_min + lambda_max)
}

/// The chart of Fig. 28: |λη − 1| over η for the extreme eigenvalues and all that may lie between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Corners `[η, |λη − 1|]` of the lines of λ_min and λ_max from η = 0 to the end; straight in between.
    pub lines: [Vec<[f64; 2]>; 2],
    /// The outline of where the lines of the eigenvalues between them are (the paper's orange area).
    pub between: Vec<[f64; 2]>,
    /// The η at which λ_max is under-damped, from 1/λ_max to 2/λ_max (the blue area).
    pub underdamped: [f64; 2],
    /// [`best_rate`], where the two lines cross.
    pub best: f64,
}

/// The chart for learning rates up to `end`.
///
/// # Errors
///
/// [`ToyError::Parameter`] unless 0 < λ_min ≤ λ_max and `end` > 0, all finite.
pub fn chart(lambda_min: f64, lambda_max: f64, end: f64) -> Result<Chart, ToyError> {
    positive("smallest eigenvalue", lambda_min, "a positive, finite number, such as 0.1")?;
    let ordered = lambda_max >= lambda_min && lambda_max.is_finite();
    require(ordered, "largest eigenvalue", lambda_max, "a finite number, at least the smallest one")?;
    positive("last learning rate", end, "a positive, finite number, such as 2.5/λ_max")?;
    let through = |etas: &[f64], value: &dyn Fn(f64) -> f64| -> Vec<[f64; 2]> {
        let inside = etas.iter().copied().filter(|eta| *eta < end);
        inside.chain([end]).map(|eta| [eta, value(eta)]).collect()
    };
    let line = |lambda: f64| through(&[0.0, 1.0 / lambda], &|eta| rate(lambda, eta));
    let (least, most) = (|eta| rate(lambda_min, eta), |eta| rate(lambda_max, eta));
    let best = best_rate(lambda_min, lambda_max);
    // Between 1/λ_max and 1/λ_min some eigenvalue is just critical.
    let (first, last) = (1.0 / lambda_max, 1.0 / lambda_min);
    let lower = |eta: f64| if (first..=last).contains(&eta) { 0.0 } else { least(eta).min(most(eta)) };
    let mut between = through(&[0.0, best], &|eta| least(eta).max(most(eta)));
    between.extend(through(&[0.0, first, last], &lower).into_iter().rev());
    Ok(Chart { lines: [line(lambda_min), line(lambda_max)], between, underdamped: [first, 2.0 * first], best })
}

/// Runs `steps` steps of gradient descent on each eigenvalue and compares factor and sign of every step with the chart.
///
/// # Errors
///
/// [`ToyError::Parameter`] unless η > 0 and every λ ≥ 0.
pub fn card(eigenvalues: &[f64], eta: f64, steps: usize) -> Result<Card, ToyError> {
    positive("learning rate", eta, "a positive, finite number, such as 0.1")?;
    let mut checks = Vec::new();
    for &lambda in eigenvalues {
        not_negative("eigenvalue", lambda, "0 or a positive, finite number")?;
        let (mut w, mut worst, mut flips) = (1.0f64, 0.0f64, 0usize);
        for _ in 0..steps {
            let next = w - eta * (lambda * w);
            if w != 0.0 {
                worst = worst.max(((next / w).abs() - rate(lambda, eta)).abs());
                flips += usize::from(next * w < 0.0);
            }
            w = next;
        }
        let oscillates = matches!(regime(lambda, eta), Regime::Underdamped | Regime::Divergent);
        let expected = if oscillates { steps as f64 } else { 0.0 };
        checks.push(Check::new(format!("λ = {lambda}: error of |λη − 1|"), worst, Bound::AtMost(1e-12)));
        checks.push(Check::new(
            format!("λ = {lambda}: sign changes ({})", regime(lambda, eta)),
            flips as f64,
            Bound::Equals { value: expected, tolerance: 0.0 },
        ));
    }
    Ok(Card { theorem: THEOREM, inputs: vec![("η", eta)], checks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regimes_meet_where_the_paper_puts_them() {
        let at = |eta| regime(2.0, eta);
        assert_eq!([at(0.49), at(0.5)], [Regime::Overdamped, Regime::Critical]);
        assert_eq!([at(0.51), at(0.99), at(1.0)], [Regime::Underdamped, Regime::Underdamped, Regime::Divergent]);
        let best = best_rate(1.0, 9.0);
        assert!((rate(1.0, best) - rate(9.0, best)).abs() < 1e-15 && (rate(1.0, best) - 0.8).abs() < 1e-15);
    }

    #[test]
    fn the_chart_has_its_corners() {
        let c = chart(1.0, 4.0, 0.8).unwrap();
        assert_eq!(c.lines[0].first(), Some(&[0.0, 1.0]));
        assert!((c.lines[0][1][1] - 0.2).abs() < 1e-15 && c.lines[0].len() == 2, "1/λ_min is beyond the end: {c:?}");
        assert_eq!(c.lines[1][1], [0.25, 0.0]);
        assert!((c.lines[1][2][1] - 2.2).abs() < 1e-15);
        assert_eq!((c.underdamped, c.best), ([0.25, 0.5], 0.4));
        // Up along the larger of the two, back along the smaller: 0 once λ = 1/η is between them.
        let outline: Vec<[f64; 2]> = c.between.iter().map(|p| p.map(|x| (x * 1e9).round() / 1e9)).collect();
        assert_eq!(outline, [[0.0, 1.0], [0.4, 0.6], [0.8, 2.2], [0.8, 0.0], [0.25, 0.0], [0.0, 1.0]]);
        // Every eigenvalue in between has its line inside of the outline.
        for k in 0..=100 {
            let (eta, lambda) = (0.008 * f64::from(k), 1.0 + 0.03 * f64::from(k));
            assert!(rate(lambda, eta) <= rate(1.0, eta).max(rate(4.0, eta)) + 1e-15);
        }
        assert!(chart(2.0, 1.0, 1.0).is_err() && chart(0.0, 1.0, 1.0).is_err() && chart(1.0, 2.0, f64::NAN).is_err());
    }

    #[test]
    fn simulated_steps_agree_in_every_regime() {
        let card = card(&[0.0, 0.3, 4.0, 10.0, 19.5, 21.0], 0.1, 60).unwrap();
        assert!(card.holds() && card.checks.len() == 12, "{card:?}");
        let flips: Vec<f64> = card.checks.iter().skip(1).step_by(2).map(|c| c.measured).collect();
        assert_eq!(flips, [0.0, 0.0, 0.0, 0.0, 60.0, 60.0]);
        assert!(super::card(&[1.0], -0.1, 5).is_err() && super::card(&[-1.0], 0.1, 5).is_err());
    }
}
