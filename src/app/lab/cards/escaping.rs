//! Eq. (13) of the noise paper: how fast the Ornstein-Uhlenbeck process gains height.

use super::{
    answer::{Answer, NEUTRAL, aside, drawn, places},
    knob::Knob,
};
use crate::{
    figure::{Guide, Kind, Panel, colors},
    toy::{ToyError, surfaces::Quadratic, theory::ou::Process},
};

/// Times that are looked at.
const TIMES: usize = 10;

/// A well, the shape of Σ, and the paths.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    dim: u64,
    lambda: f64,
    condition: f64,
    alignment: f64,
    end: f64,
    paths: u64,
    seed: u64,
}

impl Default for Inputs {
    fn default() -> Inputs {
        Inputs { dim: 2, lambda: 1.0, condition: 10.0, alignment: 1.0, end: 3.0, paths: 4000, seed: 2 }
    }
}

impl Inputs {
    pub fn knobs(&mut self) -> Vec<Knob<'_>> {
        vec![
            Knob::real(
                "alignment s",
                "Σ is H^s scaled to trace 1: 0 isotropic, 1 shaped like H, 2 more so",
                &mut self.alignment,
                0.0..=3.0,
            ),
            Knob::real("time", "Until then the process is followed", &mut self.end, 0.1..=20.0),
            Knob::real("λ_{max}", "The largest eigenvalue of H", &mut self.lambda, 0.1..=10.0),
            Knob::real("condition", "λ_max over λ_min", &mut self.condition, 1.0..=100.0),
            Knob::whole("dimensions D", "Of the well", &mut self.dim, 1..=10),
            Knob::whole("paths", "That are simulated", &mut self.paths, 100..=50_000),
            Knob::whole("seed", "Of the paths", &mut self.seed, 0..=1000),
        ]
    }

    pub fn measure(&self) -> Result<Answer, ToyError> {
        let dim = self.dim as usize;
        let well = Quadratic::new(dim, self.lambda, self.condition)?;
        let shape: Vec<f64> = well.eigenvalues().iter().map(|l| l.powf(self.alignment)).collect();
        let total: f64 = shape.iter().sum();
        let diagonal = |values: &[f64], scale: f64| {
            let mut matrix = vec![0.0; dim * dim];
            values.iter().enumerate().for_each(|(i, v)| matrix[i * dim + i] = v * scale);
            matrix
        };
        let process = Process::new(&diagonal(well.eigenvalues(), 1.0), &diagonal(&shape, 1.0 / total), dim)?;
        let paths = self.paths as usize;
        let card = process.card(self.end, TIMES, paths, self.seed)?;
        let samples = process.simulate(self.end, TIMES, paths, self.seed)?;
        let bars = samples
            .iter()
            .map(|p| aside(colors::SGD, Kind::Thin, [p.mean - p.half_width, p.mean + p.half_width].map(|y| [p.t, y])));
        let top = 1.15 * process.limit();
        let tangent = places(0.0, self.end, 60).map(|t| [t, process.slope() * t]).filter(|p| p[1] <= top);
        let mut series = vec![
            drawn("Eq. (13)", NEUTRAL, Kind::Line, places(0.0, self.end, 200).map(|t| [t, process.closed(t)])),
            drawn("½ Tr(HΣ) t", NEUTRAL, Kind::Dashed, tangent),
            drawn(
                "mean of the paths, with 99 % intervals",
                colors::SGD,
                Kind::Points,
                samples.iter().map(|p| [p.t, p.mean]),
            ),
        ];
        series.extend(bars);
        let panel = Panel {
            title: "E[L(θ_t) − L(θ_0)]".into(),
            x_label: "t".into(),
            y_label: "height gained".into(),
            x_range: Some((0.0, 1.02 * self.end)),
            y_range: Some((0.0, top)),
            guides: vec![Guide { value: process.limit(), label: "¼ Tr(Σ)".into() }],
            series,
            ..Panel::default()
        };
        let isotropic = 0.5 * well.eigenvalues().iter().sum::<f64>() / dim as f64;
        let remark = format!(
            "The slope at 0 is {:.4}; noise of the same trace without a direction has {isotropic:.4}. Ten intervals of 99 % all hold for about nine seeds in ten.",
            process.slope()
        );
        Ok(Answer { card, panels: vec![panel], remark })
    }
}
