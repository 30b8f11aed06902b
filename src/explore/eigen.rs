//! Eigenvectors of the Hessian at a checkpoint, searched before anything is measured along them.

use serde_json::{Value, json};

use super::{eigen_spec::EigenSpec, error::ExploreError, subject::Setting};
use crate::{
    curvature::{Place, SpectrumMeasure},
    memory,
    net::State,
    probe::json::number,
    survey::Normalisation,
};

/// An eigenvector of the Hessian, without its numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eigenvector {
    /// K of the K-th largest eigenvalue, -K of the K-th smallest.
    pub rank: i32,
    /// λ = vᵀHv for ‖v‖ = 1.
    pub value: f64,
    /// ‖Hv − λv‖₂: λ lies no farther than this from an eigenvalue.
    pub residual: f64,
    /// Whether the residual is as small as was asked for.
    pub is_found: bool,
    /// Products with the Hessian that the search took.
    pub products: u64,
}

impl Eigenvector {
    /// "eigenvector -1 (λ = 0.0312)".
    pub fn name(&self) -> String {
        format!("eigenvector {} (λ = {})", self.rank, short(self.value))
    }

    /// "eigenvector -1: λ = 0.0312, residual 1.2e-5", and that it was not found when it was not.
    pub fn words(&self) -> String {
        let (rank, value, residual) = (self.rank, short(self.value), short(self.residual));
        let found = if self.is_found { "" } else { ", not converged" };
        format!("eigenvector {rank}: λ = {value}, residual {residual}{found}")
    }

    /// What has to be told beside a picture; `None` when it was found.
    fn note(&self, spec: &EigenSpec) -> Option<String> {
        (!self.is_found).then(|| {
            format!(
                "eigenvector {} is not converged: after {} products its residual is {}, λ = {}; allow more products \
                 (--eigen-products) or a larger residual than {} of the largest |λ| (--eigen-tolerance)",
                self.rank,
                self.products,
                short(self.residual),
                short(self.value),
                spec.eigen_tolerance
            )
        })
    }

    /// As one JSON object.
    pub fn json(&self) -> Value {
        json!({
            "eigenvector": self.rank,
            "eigenvalue": number(self.value),
            "residual": number(self.residual),
            "converged": self.is_found,
            "products": self.products,
        })
    }
}

/// Searches them at a point of the setting: each with v of length D, whose component of the largest magnitude is positive; in the
/// order in which they are asked for. `preparing` gets the share that is done, as far as that can be guessed. What is not
/// found well enough is told in the setting's notes.
///
/// The Hessian is that of the mean training loss with the setting's statistics of batch norm; recalibrated ones are computed at
/// the point and held.
///
/// # Errors
/// No such eigenvector, too little memory, a Hessian that is not finite, an interrupt.
pub(super) fn search(
    setting: &mut Setting,
    at: &State,
    spec: &EigenSpec,
    seed: u64,
    preparing: &mut dyn FnMut(f64),
) -> Result<Vec<(Eigenvector, Vec<f32>)>, ExploreError> {
    spec.check()?;
    let parameters = at.theta.len();
    if let Some(rank) = spec.eigen.iter().find(|rank| rank.unsigned_abs() as usize > parameters) {
        return Err(ExploreError::NoEigenvector { rank: *rank, parameters });
    }
    let spectrum = spec.spectrum(seed);
    let what = || format!("the search for eigenvectors of {parameters} parameters");
    memory::promise(what, spectrum.bytes(parameters), "ask for fewer eigenvectors, or allow more memory (--memory)")?;
    let place = Place::new(&setting.objective, at, setting.norm_mode)?;
    let mut measure = SpectrumMeasure::new(&place, spectrum, None);
    while measure.advance()? {
        let (done, total) = measure.progress();
        preparing(done as f64 / total.max(1) as f64);
    }
    let products = measure.progress().0;
    let report = measure.into_report();
    if report.eigenvalues.iter().any(|e| !e.value.is_finite()) {
        return Err(ExploreError::NoCurvature);
    }
    let largest = report.eigenvalues.iter().fold(0.0f64, |most, e| most.max(e.value.abs()));
    let mut found = Vec::with_capacity(spec.eigen.len());
    for rank in &spec.eigen {
        let steps = rank.unsigned_abs() as usize;
        let wanted = if *rank > 0 { steps } else { parameters + 1 - steps };
        let known = report.eigenvalues.iter().zip(&report.vectors).find(|(e, _)| e.rank == wanted);
        let Some((e, v)) = known else {
            return Err(ExploreError::FewProducts { rank: *rank, products });
        };
        let is_found = report.is_found || e.residual <= spec.eigen_tolerance * largest;
        let one = Eigenvector { rank: *rank, value: e.value, residual: e.residual, is_found, products };
        let mut v = v.clone();
        orient(&mut v);
        // Biases and norm parameters are parts of an eigenvector as the others are.
        found.push((one, spec.eigen_normalise.applied(&v, &at.theta, setting.objective.network().layout())));
    }
    let notes: Vec<String> = found.iter().filter_map(|(one, _)| one.note(spec)).collect();
    setting.about.notes.extend(notes);
    if spec.eigen_normalise != Normalisation::None {
        setting.about.notes.push(format!(
            "eigenvectors normalised {} by {}: they are turned, and curvature along them is not the eigenvalue",
            spec.eigen_normalise, spec.eigen_normalise
        ));
    }
    Ok(found)
}

/// An eigenvector and its negative are one: the component of the largest magnitude, the first of them, is made positive.
fn orient(v: &mut [f64]) {
    let largest = v.iter().fold(0.0f64, |largest, x| if x.abs() > largest.abs() { *x } else { largest });
    if largest < 0.0 {
        v.iter_mut().for_each(|x| *x = -*x);
    }
}

/// A number in a few digits.
fn short(x: f64) -> String {
    match x.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e5).contains(&size) => format!("{x:.4}"),
        _ => format!("{x:.3e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_component_is_made_positive_and_the_first_of_equals_decides() {
        for (v, want) in [
            (vec![1.0, -3.0, 2.0], vec![-1.0, 3.0, -2.0]),
            (vec![1.0, 3.0, -2.0], vec![1.0, 3.0, -2.0]),
            (vec![-2.0, 2.0], vec![2.0, -2.0]),
            (vec![2.0, -2.0], vec![2.0, -2.0]),
            (vec![], vec![]),
        ] {
            let mut oriented = v.clone();
            orient(&mut oriented);
            assert_eq!(oriented, want, "{v:?}");
        }
    }

    #[test]
    fn numbers_are_short_and_what_is_not_converged_says_so() {
        assert_eq!(
            [0.0, 12.25, -0.0625, 1e-6, 2.5e7, f64::INFINITY].map(short),
            ["0", "12.2500", "-0.0625", "1.000e-6", "2.500e7", "inf"]
        );
        let one = Eigenvector { rank: -2, value: -0.5, residual: 0.25, is_found: false, products: 30 };
        assert_eq!(one.name(), "eigenvector -2 (λ = -0.5000)");
        assert_eq!(one.words(), "eigenvector -2: λ = -0.5000, residual 0.2500, not converged");
        let note = one.note(&EigenSpec::default()).unwrap();
        assert!(note.contains("not converged: after 30 products") && note.contains("--eigen-products"), "{note}");
        let found = Eigenvector { is_found: true, ..one };
        assert_eq!(found.note(&EigenSpec::default()), None);
        assert_eq!(found.json()["eigenvector"], -2);
    }
}
