//! Spectra, traces and gradient noise of trained networks against PyTorch's float64 numbers.

use serde_json::Value;
use valleyscope::{
    checkpoint::Checkpoint,
    curvature::{Measured, NoiseMeasure, NoiseSpec, Operator, Place, SpectrumMeasure, SpectrumReport, SpectrumSpec},
    explore::Setting,
    net::Statistics,
    objective::Interrupt,
    probe::NormMode,
    spectral::TraceSpec,
};

use crate::{
    support::close,
    surveys::{expected, file, subject},
};

const VALUE: f64 = 1e-4;

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("{v} is no number"))
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(number).collect()
}

/// `measure` at state a of a fixture, with running statistics, and what is expected of it.
fn at_a(name: &str, measure: impl FnOnce(&Place, &Value)) {
    let results = expected(name)["results"]["eval"].take();
    let (subject, _held) = subject(name, NormMode::Running);
    let checkpoint = Checkpoint::read(&file(&format!("{name}_a.safetensors"))).unwrap();
    let setting = Setting::open(&subject, &checkpoint, Interrupt::default()).unwrap();
    let a = setting.state(&checkpoint).unwrap();
    let place = Place::new(&setting.objective, &a, NormMode::Running).unwrap();
    measure(&place, &results);
}

fn spectrum(place: &Place, spec: SpectrumSpec) -> SpectrumReport {
    let mut measure = SpectrumMeasure::new(place, spec, None);
    while measure.advance().unwrap() {}
    measure.into_report()
}

/// Off by less than four standard errors, and these are small enough to mean something.
fn assert_estimated(found: Measured, want: f64, share: f64, what: &str) {
    assert!(found.standard_error <= share * want.abs(), "{what}: {found:?} of {want}");
    let off = (found.value - want).abs();
    assert!(off <= 4.0 * found.standard_error + 1e-4 * want.abs(), "{what}: {found:?}, not {want}");
}

fn ends(name: &str, key: &str, smallest: usize, tolerance: f64) {
    at_a(name, |place, results| {
        let want = &results["hessian"];
        let top = numbers(&want[key]);
        let spec = SpectrumSpec { top: top.len(), smallest, tolerance, ..SpectrumSpec::default() };
        let found = spectrum(place, spec);
        assert!(found.is_found, "{name}");
        for (found, want) in found.eigenvalues.iter().zip(&top) {
            assert!(close(found.value, *want, VALUE), "{name}: {found:?}, not {want}");
        }
        if smallest > 0 {
            let last = found.eigenvalues.last().unwrap();
            let want = number(&want["smallest"]);
            assert_eq!(last.rank, place.parameters(), "{name}");
            assert!(close(last.value, want, VALUE), "{name}: {last:?}, not {want}");
        }
    });
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn both_ends_of_the_mlps_spectrum_are_pytorchs() {
    ends("mlp", "top10", 1, 2e-5);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn both_ends_of_lenets_spectrum_are_pytorchs() {
    ends("lenet", "top10", 1, 2e-5);
}

/// λ₁ and λ₂ are eight per cent apart: errors of values are squares of residuals over that.
#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn the_top_of_resnets_spectrum_is_pytorchs() {
    ends("resnet8", "top3", 0, 1e-3);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn traces_of_layers_are_pytorchs() {
    at_a("lenet", |place, results| {
        let by_tensor = results["hessian"]["trace_by_tensor"].as_object().unwrap();
        let trace = TraceSpec { share: 0.0, most_products: 24, together: 8, seed: 3 };
        let spec = SpectrumSpec {
            top: 0,
            smallest: 0,
            trace: Some(trace),
            layers: true,
            tolerance: 0.05,
            ..SpectrumSpec::default()
        };
        let found = spectrum(place, spec);
        assert_estimated(found.trace.unwrap(), number(&results["hessian"]["trace"]), 0.15, "lenet");
        let names: Vec<&str> = found.layers.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(names, ["conv1", "conv2", "fc1", "fc2"]);
        for layer in &found.layers {
            let own = by_tensor.iter().filter(|(name, _)| name.starts_with(&format!("{}.", layer.name)));
            let want: f64 = own.map(|(_, trace)| number(trace)).sum();
            assert_estimated(layer.trace.unwrap(), want, 0.3, &layer.name);
            let largest = layer.largest.unwrap().value;
            assert!(largest > 0.0 && largest < number(&results["hessian"]["top10"][0]), "{layer:?}");
        }
    });
}

fn noise(name: &str, batch: u64) {
    at_a(name, |place, results| {
        let (hessian, want) = (&results["hessian"], &results["gradient_noise"]);
        let trace = TraceSpec { share: 0.02, most_products: 400, together: 8, seed: 2 };
        let spec = NoiseSpec { batch, leading: 5, tolerance: 1e-4, trace, ..NoiseSpec::default() };
        let mut measure = NoiseMeasure::new(place, spec);
        while measure.advance().unwrap() {}
        let found = measure.report();
        let m = batch as f64;
        let near = |x: f64, want: f64, tolerance: f64, what: &str| {
            assert!(close(x, want, tolerance), "{name}, m = {m}, {what}: {x}, not {want}");
        };
        near(found.trace_sigma.value * m, number(&want["trace_Sigma1"]), 1e-5, "Tr Σ");
        for (found, want) in found.sigma_values.iter().zip(numbers(&want["Sigma1_top5"])) {
            near(found * m, want, VALUE, "Σ's eigenvalues");
        }
        for (found, want) in found.h_values.iter().zip(numbers(&hessian["top10"])) {
            near(*found, want, VALUE, "H's eigenvalues");
        }
        near(found.along_first * m, number(&want["u1_Sigma1_u1"]), 1e-3, "u₁ᵀΣu₁");
        near(found.gradient_curvature, number(&want["g_H_g"]), VALUE, "gᵀHg");
        near(found.gradient_norm, number(&results["full_gradient"]["norm_a"]), VALUE, "‖g‖");
        assert_estimated(found.trace_h, number(&hessian["trace"]), 0.05, "Tr H");
        assert_estimated(found.trace_h_sigma.scaled(m), number(&want["trace_H_Sigma1"]), 0.05, "Tr HΣ");
        assert_estimated(found.trace_h_sigma_bar.scaled(m), number(&want["isotropic_baseline"]), 0.05, "Tr HΣ̄");
        near(found.ratio, number(&want["ratio_to_isotropic"]), 0.15, "the ratio");
        let share = number(&want["u1_Sigma1_u1_over_trace"]) / number(&want["lambda1_over_trace_H"]);
        near(found.alignment, share, 0.1, "â");
        let first: Vec<u32> = (0..20).collect();
        let (at, _) = place.state();
        let squares = place.objective().gradient_squares(at, &first, Statistics::Running, &mut |_, _| ()).unwrap();
        let norms = numbers(&want["per_example_gradient_norms_first20"]);
        for (square, want) in squares.norms.iter().zip(norms) {
            assert!(close(square.sqrt(), want, VALUE), "{name}: {}, not {want}", square.sqrt());
        }
    });
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn noise_of_the_mlp_is_pytorchs() {
    noise("mlp", 1);
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn noise_of_lenet_is_pytorchs() {
    noise("lenet", 20);
}

/// λ₁ of the Gauss-Newton matrix is near that of H, where the residuals are small, and nothing of it is negative.
#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn the_gauss_newton_matrix_has_no_negative_end() {
    at_a("lenet", |place, results| {
        let spec = SpectrumSpec {
            operator: Operator::GaussNewton,
            top: 1,
            smallest: 1,
            tolerance: 1e-3,
            ..SpectrumSpec::default()
        };
        let found = spectrum(place, spec).eigenvalues;
        let first = number(&results["hessian"]["top10"][0]);
        assert!((found[0].value / first - 1.0).abs() < 0.2, "{found:?}");
        assert!(found[1].value > -1e-3 * first, "{found:?}");
    });
}
