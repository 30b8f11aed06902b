//! Settings to begin with: each sets what makes its point and leaves the rest as it is.

use super::form::Form;
use crate::{
    optim::OptimizerKind,
    probe::ProbeId,
    run::{BatchSize, Length},
};

/// A name, what is to be seen, and how a form gets there.
pub struct Preset {
    pub name: &'static str,
    pub about: &'static str,
    set: fn(&mut Form),
}

pub const PRESETS: [Preset; 4] = [
    Preset {
        name: "bounce",
        about: "A rate so large that SGD bounces between the walls of the valley: the cosine of consecutive gradients is negative",
        set: |form| {
            (form.spec.optimizer.kind, form.spec.lr, form.spec.batch) = (OptimizerKind::Sgd, 0.5, BatchSize::Of(100));
            form.spec.length = Length::Steps(1000);
        },
    },
    Preset {
        name: "explore",
        about: "Small batches at a moderate rate: much noise, and a long way from the start at a small height above the floor",
        set: |form| {
            (form.spec.optimizer.kind, form.spec.lr, form.spec.batch) = (OptimizerKind::Sgd, 0.1, BatchSize::Of(10));
            form.spec.length = Length::Epochs(10);
        },
    },
    Preset {
        name: "SAM beside SGD",
        about: "A sweep of two runs from one start: radius 0 is SGD itself, and 0.1 is SAM. Start it below the form",
        set: |form| {
            (form.spec.optimizer.kind, form.spec.lr, form.spec.batch) = (OptimizerKind::Sam, 0.1, BatchSize::Of(100));
            form.spec.length = Length::Epochs(20);
            form.sweep.radii = "0, 0.1".into();
        },
    },
    Preset {
        name: "edge of stability",
        about: "Gradient descent on all images at a large rate: the loss falls though single steps rise, and λ_max, measured every 5 \
                iterations, comes up to 2/η",
        set: |form| {
            form.spec.probes.set_interval(ProbeId::LAMBDA_MAX, Some(5));
            (form.spec.optimizer.kind, form.spec.lr, form.spec.batch) = (OptimizerKind::Gd, 0.5, BatchSize::Full);
            form.spec.length = Length::Steps(500);
        },
    },
];

impl Preset {
    /// Sets the form, from the built-in digits and a small network.
    pub fn set(&self, form: &mut Form) {
        let mut fresh = Form { data_dir: form.data_dir.clone(), ..Form::default() };
        (self.set)(&mut fresh);
        *form = fresh;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_run_and_is_what_it_says() {
        for preset in &PRESETS {
            let mut form = Form::default();
            form.spec.data.name = "mnist".into();
            preset.set(&mut form);
            let spec = form.finished().unwrap_or_else(|e| panic!("{}: {e}", preset.name));
            assert_eq!(spec.data.name, "digits");
            let lambda_max = spec.probes.interval(ProbeId::LAMBDA_MAX);
            assert_eq!(lambda_max, (preset.name == "edge of stability").then_some(5));
            let sweep = form.sweep.of(&spec).unwrap();
            assert_eq!(sweep.is_some(), preset.name.contains("SAM"));
            assert!(sweep.is_none_or(|sweep| sweep.runs.len() == 2));
        }
    }
}
