//! What an ensemble came to, small enough to be drawn in every frame.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rayon::prelude::*;

use super::cut::Cut;
use crate::toy::{
    ToyError,
    dynamics::{DynamicsKind, DynamicsSpec},
    ensemble::{EnsembleSpec, Proportion, Results, SuccessRule},
    surface::Surface,
    surfaces::SurfaceSpec,
    walker::Walker,
};

/// Cells along each side of a density.
pub const CELLS: usize = 144;
/// Bars of a histogram.
pub const BARS: usize = 32;
/// Last positions that are kept one by one.
const SINGLE: usize = 1000;
/// Points of a curve.
const POINTS: usize = 300;
/// Runs whose loss is followed over time, and how often it is looked at.
const FOLLOWED: u64 = 400;
const LOOKS: u32 = 40;

/// What the runs of one rule came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub spec: DynamicsSpec,
    pub runs: u64,
    rates: [Proportion; 3],
    /// The median first passage among the runs that arrived.
    pub median: Option<f64>,
    /// First passages in [`BARS`] equal parts of the steps.
    pub passages: Vec<u64>,
    /// (t, Tr(H_tΣ_t)), the mean over runs.
    pub trace: Vec<[f64; 2]>,
    /// Its mean over time.
    pub mean_trace: f64,
    /// How many runs end in each cell of the window, `[CELLS × CELLS]` in rows of equal second coordinate; of a line
    /// there is one row.
    pub density: Vec<u32>,
    /// How many end outside of the window, or nowhere finite.
    pub beyond: u64,
    /// Where the first runs end.
    pub ends: Vec<[f64; 2]>,
}

impl Summary {
    /// Of all runs so far; `window` is the part of the landscape that densities are about.
    pub fn of(results: &Results, cut: &Cut, window: [[f64; 2]; 2], steps: u32) -> Summary {
        let runs = results.outcomes().len() as u64;
        let mut passages = vec![0u64; BARS];
        for t in results.first_passages() {
            let bar = u64::from(t - 1) * BARS as u64 / u64::from(steps.max(1));
            passages[(bar as usize).min(BARS - 1)] += 1;
        }
        let trace = results.trace_over_time();
        let stride = trace.len().div_ceil(POINTS).max(1);
        let is_line = cut.lift([0.0; 2]).len() == 1;
        let rows = if is_line { 1 } else { CELLS };
        let mut density = vec![0u32; CELLS * rows];
        let mut beyond = 0;
        let cell = |x: f64, [low, high]: [f64; 2], n: usize| {
            let k = ((x - low) / (high - low) * n as f64).floor();
            (k >= 0.0 && k < n as f64).then_some(k as usize)
        };
        for end in results.ends() {
            let [x, y] = cut.place(end);
            let row = if is_line { Some(0) } else { cell(y, window[1], CELLS) };
            match (cell(x, window[0], CELLS), row) {
                (Some(i), Some(j)) => density[j * CELLS + i] += 1,
                _ => beyond += 1,
            }
        }
        Summary {
            spec: *results.spec(),
            runs,
            rates: [SuccessRule::Final, SuccessRule::Ever, SuccessRule::Majority].map(|rule| results.success(rule)),
            median: results.median_first_passage(),
            passages,
            trace: trace.iter().enumerate().step_by(stride).map(|(t, x)| [t as f64, *x]).collect(),
            mean_trace: results.mean_trace(),
            density,
            beyond,
            ends: results.ends().take(SINGLE).map(|w| cut.place(w)).collect(),
        }
    }

    /// How many runs succeed by a rule.
    pub fn success(&self, rule: SuccessRule) -> Proportion {
        match rule {
            SuccessRule::Final => self.rates[0],
            SuccessRule::Ever => self.rates[1],
            SuccessRule::Majority => self.rates[2],
        }
    }

    pub fn kind(&self) -> DynamicsKind {
        self.spec.kind
    }
}

/// The mean of L over runs at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanLoss {
    pub t: u32,
    pub mean: f64,
    /// Half the width of its 95 % interval.
    pub half_width: f64,
}

/// L over time on a quadratic well, where it is known in closed form too; the first runs of an ensemble, one list per
/// rule. Empty on other surfaces, and when cancelled.
///
/// # Errors
/// What [`Walker::new`] refuses.
pub fn mean_losses(spec: &EnsembleSpec, cancel: &AtomicBool) -> Result<Vec<Vec<MeanLoss>>, ToyError> {
    if !matches!(spec.surface, SurfaceSpec::Quadratic { .. }) {
        return Ok(Vec::new());
    }
    let surface = spec.surface.build(spec.seed, 0)?;
    let start = spec.start.clone().unwrap_or_else(|| surface.about().start);
    let times: Vec<u32> =
        (1..=LOOKS).map(|k| (u64::from(spec.steps) * u64::from(k) / u64::from(LOOKS)) as u32).collect();
    spec.dynamics.iter().map(|dynamics| followed(&surface, *dynamics, &start, spec, &times, cancel)).collect()
}

fn followed(
    surface: &Arc<dyn Surface>,
    dynamics: DynamicsSpec,
    start: &[f64],
    spec: &EnsembleSpec,
    times: &[u32],
    cancel: &AtomicBool,
) -> Result<Vec<MeanLoss>, ToyError> {
    let one = |run: u64| -> Result<Vec<f64>, ToyError> {
        let mut walker = Walker::new(Arc::clone(surface), dynamics, start, spec.seed, run)?;
        let mut losses = Vec::with_capacity(times.len());
        for t in times {
            while walker.steps() < u64::from(*t) && !cancel.load(Ordering::Relaxed) {
                walker.step();
            }
            losses.push(surface.value(walker.solution()));
        }
        Ok(losses)
    };
    let runs = spec.runs.min(FOLLOWED);
    let losses = (0..runs).into_par_iter().map(one).collect::<Result<Vec<Vec<f64>>, ToyError>>()?;
    if cancel.load(Ordering::Relaxed) {
        return Ok(Vec::new());
    }
    let n = runs as f64;
    let at = |(k, t): (usize, &u32)| {
        let mean = losses.iter().map(|l| l[k]).sum::<f64>() / n;
        let variance = losses.iter().map(|l| (l[k] - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        MeanLoss { t: *t, mean, half_width: 1.96 * (variance / n).sqrt() }
    };
    Ok(times.iter().enumerate().map(at).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::lab::{closed::Law, setup::Setup},
        toy::ensemble::Ensemble,
    };

    fn summaries(spec: EnsembleSpec) -> (Vec<Summary>, Ensemble) {
        let surface = spec.surface.build(spec.seed, 0).unwrap();
        let steps = spec.steps;
        let mut ensemble = Ensemble::new(spec).unwrap();
        ensemble.finish(&false.into()).unwrap();
        let (cut, about) = (Cut::of(&*surface), surface.about());
        let of = |r: &Results| Summary::of(r, &cut, cut.window(&about.window), steps);
        (ensemble.results().iter().map(of).collect(), ensemble)
    }

    #[test]
    fn every_run_is_counted_once() {
        let (found, ensemble) = summaries(Setup { runs: 300, ..Setup::default() }.ensemble());
        for (summary, results) in found.iter().zip(ensemble.results()) {
            assert_eq!(summary.runs, 300);
            let cells: u64 = summary.density.iter().map(|n| u64::from(*n)).sum();
            assert_eq!(cells + summary.beyond, 300);
            let arrived = results.first_passages().count() as u64;
            assert_eq!(summary.passages.iter().sum::<u64>(), arrived);
            for rule in SuccessRule::ALL {
                assert_eq!(summary.success(*rule), results.success(*rule));
            }
        }
        // GD stays at its minimum, which moves with the points by a few hundredths: less than a cell.
        assert_eq!(found[0].kind(), DynamicsKind::Gd);
        let middle = 3 * CELLS / 4;
        let near = |k: usize| k.abs_diff(middle) <= 1;
        let inside = found[0].density.iter().enumerate().filter(|(k, _)| near(k / CELLS) && near(k % CELLS));
        assert_eq!(inside.map(|(_, n)| n).sum::<u32>(), 300);
    }

    #[test]
    fn a_line_has_one_row() {
        let setup = Setup { runs: 50, ..Setup::of(SurfaceSpec::Sextic {}) };
        let (found, _) = summaries(setup.ensemble());
        assert!(found.iter().all(|s| s.density.len() == CELLS));
    }

    #[test]
    fn losses_over_time_follow_the_closed_form() {
        let setup = Setup { start: None, runs: 400, ..Setup::of(SurfaceSpec::named("quadratic").unwrap()) };
        let spec = setup.ensemble();
        let found = mean_losses(&spec, &false.into()).unwrap();
        let mut compared = 0;
        for (dynamics, losses) in spec.dynamics.iter().zip(&found) {
            let Some(law) = Law::of(&spec.surface, dynamics, &[1.0, 1.0]) else { continue };
            for at in losses {
                let off = (at.mean - law.loss(at.t)).abs();
                assert!(off <= 2.5 * at.half_width + 1e-12, "{} t {}: {off}", dynamics.kind, at.t);
                compared += 1;
            }
        }
        assert_eq!(compared, 3 * LOOKS, "GD, SGD and const have one");
        assert!(mean_losses(&Setup::default().ensemble(), &false.into()).unwrap().is_empty());
    }
}
