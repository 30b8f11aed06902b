//! The ascent of SAM and its relatives: from θ and a gradient to the point θ + ε̂ where the descent gradient is taken.
//!
//! SAM (Foret et al. 2021; the SAM thesis, Eq. 2.2): ε̂ maximises εᵀg over ‖ε‖_p ≤ ρ, the dual-norm problem
//! ε̂ = ρ sign(g) |g|^{q−1} / (‖g‖_q^q)^{1/p} with 1/p + 1/q = 1.
//!
//! ASAM (Kwon et al. 2021) measures ε in units of the parameters: ‖T⁻¹ε‖_p ≤ ρ with T = diag(|θ| + η), so that
//! ε̂ = T · (SAM's ε̂ of T g); for p = 2, ρ T²g / ‖T g‖. T is over all parameters, biases and norms included, as in the
//! paper's equations (its code leaves biases out), and η = 0.01 as in its experiments.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// η of ASAM's T = diag(|θ| + η).
pub const ASAM_ETA: f64 = 0.01;

/// The p of a norm ‖·‖_p: 1 ≤ p ≤ ∞.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormOrder(f64);

impl NormOrder {
    pub const TWO: NormOrder = NormOrder(2.0);
    pub const INFINITY: NormOrder = NormOrder(f64::INFINITY);

    /// `None` when `p` is below 1 or not a number.
    pub fn new(p: f64) -> Option<NormOrder> {
        (p >= 1.0).then_some(NormOrder(p))
    }

    /// p.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Default for NormOrder {
    fn default() -> Self {
        NormOrder::TWO
    }
}

impl fmt::Display for NormOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for NormOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let p = if text == "∞" { Some(f64::INFINITY) } else { text.parse().ok() };
        p.and_then(NormOrder::new).ok_or_else(|| format!("\"{text}\" is no p of a norm; write 1 or more (2), or inf"))
    }
}

impl Serialize for NormOrder {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        // JSON has no infinity.
        if self.0.is_finite() { self.0.serialize(s) } else { s.collect_str(self) }
    }
}

impl<'de> Deserialize<'de> for NormOrder {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(f64),
            Text(String),
        }
        let order = match Form::deserialize(d)? {
            Form::Number(p) => p.to_string().parse(),
            Form::Text(text) => text.parse(),
        };
        order.map_err(serde::de::Error::custom)
    }
}

/// In which units the perturbation is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Units {
    /// Every parameter alike (SAM).
    Plain,
    /// Every parameter by its own size, |θ_i| + η (ASAM).
    Magnitude,
}

/// One ascent: how far, in which norm, in which units. The radius is positive: an ascent of radius 0 is no ascent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ascent {
    rho: f64,
    norm: NormOrder,
    units: Units,
}

impl Ascent {
    /// `None` when the radius is 0: then the gradient at θ is all there is.
    pub fn new(rho: f64, norm: NormOrder, units: Units) -> Option<Ascent> {
        (rho > 0.0).then_some(Ascent { rho, norm, units })
    }

    /// θ + ε̂ for the gradient g at θ, both of length D. Where g is zero there is no direction to go, and θ is the answer.
    pub fn perturbed(&self, theta: &[f32], gradient: &[f32]) -> Vec<f32> {
        let epsilon = self.epsilon(theta, gradient);
        theta.iter().zip(epsilon).map(|(t, e)| (f64::from(*t) + e) as f32).collect()
    }

    /// ε̂.
    fn epsilon(&self, theta: &[f32], gradient: &[f32]) -> Vec<f64> {
        let unit = |i: usize| match self.units {
            Units::Plain => 1.0,
            Units::Magnitude => f64::from(theta[i]).abs() + ASAM_ETA,
        };
        let mut epsilon: Vec<f64> = gradient.iter().enumerate().map(|(i, g)| unit(i) * f64::from(*g)).collect();
        to_dual(&mut epsilon, self.norm);
        epsilon.iter_mut().enumerate().for_each(|(i, e)| *e *= self.rho * unit(i));
        epsilon
    }
}

/// Replaces g by the point of the unit ball of ‖·‖_p that has the largest product with it (Eq. 2.2 with ρ = 1).
///
/// Where several points have it (p = 1 with ties), the limit p → 1, their mean.
fn to_dual(g: &mut [f64], p: NormOrder) {
    let largest = g.iter().fold(0.0f64, |a, x| a.max(x.abs()));
    if largest == 0.0 {
        return;
    }
    let p = p.get();
    if p == 2.0 {
        let norm = g.iter().map(|x| x * x).sum::<f64>().sqrt();
        g.iter_mut().for_each(|x| *x /= norm);
    } else if p == 1.0 {
        let ties = g.iter().filter(|x| x.abs() == largest).count() as f64;
        g.iter_mut().for_each(|x| *x = if x.abs() == largest { x.signum() / ties } else { 0.0 });
    } else if p.is_infinite() {
        g.iter_mut().for_each(|x| *x = if *x == 0.0 { 0.0 } else { x.signum() });
    } else {
        // Powers of numbers up to 1 cannot overflow, and the formula does not depend on the scale of g.
        let q = p / (p - 1.0);
        let scale = g.iter().map(|x| (x.abs() / largest).powf(q)).sum::<f64>().powf(1.0 / p);
        g.iter_mut().for_each(|x| *x = x.signum() * (x.abs() / largest).powf(q - 1.0) / scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norm(x: &[f64], p: f64) -> f64 {
        if p.is_infinite() {
            x.iter().fold(0.0, |a, x| f64::max(a, x.abs()))
        } else {
            x.iter().map(|x| x.abs().powf(p)).sum::<f64>().powf(1.0 / p)
        }
    }

    fn epsilon(rho: f64, p: &str, units: Units, theta: &[f32], g: &[f32]) -> Vec<f64> {
        Ascent::new(rho, p.parse().unwrap(), units).unwrap().epsilon(theta, g)
    }

    /// Hölder: max over ‖ε‖_p ≤ ρ of εᵀg is ρ ‖g‖_q, and the point that has it lies on the sphere.
    #[test]
    fn the_dual_norm_is_reached_on_the_sphere() {
        let g = [0.5f32, -2.0, 0.0, 1e-3, 3.0, -0.25];
        let wide: Vec<f64> = g.iter().map(|x| f64::from(*x)).collect();
        for (p, q) in [("1", f64::INFINITY), ("1.25", 5.0), ("1.5", 3.0), ("2", 2.0), ("3", 1.5), ("inf", 1.0)] {
            let e = epsilon(0.3, p, Units::Plain, &[0.0; 6], &g);
            let product: f64 = e.iter().zip(&wide).map(|(a, b)| a * b).sum();
            assert!((product - 0.3 * norm(&wide, q)).abs() < 1e-12, "p = {p}: {product}");
            assert!((norm(&e, p.parse().unwrap()) - 0.3).abs() < 1e-12, "p = {p}: {e:?}");
        }
    }

    #[test]
    fn closed_forms_of_the_perturbation() {
        let plain = |p, g: &[f32]| epsilon(1.0, p, Units::Plain, &[0.0; 3], g);
        assert_eq!(plain("2", &[3.0, 0.0, -4.0]), [0.6, 0.0, -0.8]);
        assert_eq!(plain("inf", &[3.0, 0.0, -4.0]), [1.0, 0.0, -1.0]);
        assert_eq!(plain("1", &[3.0, 0.0, -4.0]), [0.0, 0.0, -1.0]);
        assert_eq!(plain("1", &[4.0, 0.0, -4.0]), [0.5, 0.0, -0.5], "two largest coordinates share");
        assert_eq!(plain("2", &[0.0; 3]), [0.0; 3], "no direction");
        // p = 4: q = 4/3, ε = |g|^{1/3} / (Σ|g|^{4/3})^{1/4}; with g = (8, 0, 1), (2, 0, 1)/17^{1/4}.
        let fourth = 17f64.powf(0.25);
        for (e, want) in plain("4", &[8.0, 0.0, -1.0]).into_iter().zip([2.0 / fourth, 0.0, -1.0 / fourth]) {
            assert!((e - want).abs() < 1e-15);
        }
    }

    #[test]
    fn a_tiny_or_huge_gradient_has_the_same_direction() {
        for p in ["1.1", "1.5", "7"] {
            let want = epsilon(0.1, p, Units::Plain, &[0.0; 2], &[1.0, -0.5]);
            for scale in [1e-30f32, 1e30] {
                let found = epsilon(0.1, p, Units::Plain, &[0.0; 2], &[scale, -0.5 * scale]);
                assert!(found.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-12), "p {p}: {found:?} {want:?}");
            }
        }
    }

    /// Kwon et al. 2021: ρ T² g / ‖T g‖ with T = diag(|θ| + 0.01).
    #[test]
    fn asam_measures_in_units_of_the_parameters() {
        let (theta, g) = ([1.99f32, -0.99, 0.0], [1.0f32, 2.0, -3.0]);
        let t = theta.map(|x| f64::from(x).abs() + 0.01);
        let tg = t.iter().zip(g).map(|(t, g)| (t * f64::from(g)).powi(2)).sum::<f64>().sqrt();
        let e = epsilon(0.5, "2", Units::Magnitude, &theta, &g);
        for i in 0..3 {
            assert!((e[i] - 0.5 * t[i] * t[i] * f64::from(g[i]) / tg).abs() < 1e-12, "{e:?}");
        }
        let in_units: Vec<f64> = e.iter().zip(t).map(|(e, t)| e / t).collect();
        assert!((norm(&in_units, 2.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn norm_orders_are_read_and_refused() {
        for (text, p) in [("1", 1.0), ("2", 2.0), ("2.5", 2.5), ("inf", f64::INFINITY), ("∞", f64::INFINITY)] {
            let order: NormOrder = text.parse().unwrap();
            assert_eq!(order.get(), p);
            let json = serde_json::to_string(&order).unwrap();
            assert_eq!(serde_json::from_str::<NormOrder>(&json).unwrap(), order, "{json}");
        }
        for text in ["0.5", "NaN", "-inf", "two", ""] {
            assert!(text.parse::<NormOrder>().unwrap_err().contains("write 1 or more"), "{text}");
        }
        assert!(serde_json::from_str::<NormOrder>("0.5").is_err());
    }
}
