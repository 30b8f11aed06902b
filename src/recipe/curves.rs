//! Curves of walks over their epochs or iterations, as the figures of papers draw them.

use super::{probed::over_limit, statistics::mean};
use crate::{
    figure::{
        Color, EpochGroup, Guide, Kind, Panel, Series, Theme, WALK_COLUMNS, WalkLook, WalkPlot, epoch_panel,
        epoch_plot, walk_panel,
    },
    history::{Curve, History, Quantity},
    named::named_choice,
    probe::{EpochRecord, ProbeId},
};

named_choice! {
    /// A plot with a line for every walk.
    CurvePlot as "curve" {
        /// Mean height above the valley floor, epoch by epoch, on a logarithmic axis.
        #[default] Height = "height",
        /// Iterations with a barrier, epoch by epoch.
        Barriers = "barriers",
        /// Training loss, epoch by epoch.
        TrainLoss = "training-loss",
        /// Right answers on the test set in percent, epoch by epoch.
        TestAccuracy = "test-accuracy",
        /// The gradient cosine, averaged over a moving window of iterations.
        Cosine = "cosine",
        /// The distance from the start, iteration by iteration.
        Distance = "distance",
        /// The learning rate, iteration by iteration.
        Rate = "learning-rate",
        /// Training loss at the iterations at which epochs end.
        TrainLossOverIterations = "training-loss-over-iterations",
        /// Right answers on the training set in percent, at the iterations at which epochs end.
        TrainAccuracyOverIterations = "training-accuracy-over-iterations",
        /// The same on the test set.
        TestAccuracyOverIterations = "test-accuracy-over-iterations",
        /// The largest eigenvalue of the Hessian, of the preconditioned one where that is measured, with the stability limit.
        LambdaMax = "lambda-max",
        /// The same eigenvalue over the limit, for optimizers whose limits lie far apart.
        LambdaMaxOverLimit = "lambda-max-over-limit",
        /// Tr(HΣ) beside that of isotropic noise as large, on a logarithmic axis.
        NoiseCurvature = "noise-curvature",
        /// Their ratio, on a logarithmic axis.
        NoiseRatio = "noise-ratio",
        /// The projection coefficient â, on a logarithmic axis.
        Alignment = "alignment",
        /// The norm of the full gradient beside that of the noise, on a logarithmic axis.
        GradientAndNoise = "gradient-and-noise",
    }
}

/// What accuracies are drawn in.
const PERCENT: &str = "right answers in %";

/// Iterations that a smoothed cosine is averaged over.
pub(super) const SMOOTHING: usize = 20;

/// A walk with its name and its colour.
pub(super) type Run<'a> = (&'a History, &'a str, Color);

impl CurvePlot {
    /// The plot of some walks.
    pub(super) fn panel(self, runs: &[Run<'_>], theme: Theme) -> Panel {
        match self {
            CurvePlot::Height => Panel { log_y: true, ..by_epoch(Quantity::EPOCH_HEIGHT, runs, theme) },
            CurvePlot::Barriers => by_epoch(Quantity::EPOCH_BARRIERS, runs, theme),
            CurvePlot::TrainLoss => over_epochs("Training loss", "mean loss", runs, |history, first, last| {
                history.epoch_series(Quantity::TRAIN_LOSS).curve(first, last, WALK_COLUMNS)
            }),
            CurvePlot::TestAccuracy => over_epochs("Test accuracy", PERCENT, runs, |history, first, last| {
                let mut curve = history.epoch_series(Quantity::TEST_ERROR).curve(first, last, WALK_COLUMNS);
                curve.lines.iter_mut().flatten().for_each(|point| point[1] = 100.0 * (1.0 - point[1]));
                curve
            }),
            CurvePlot::Cosine => Panel {
                title: format!("Gradient cosine, mean of {SMOOTHING} iterations"),
                x_label: "iteration t".into(),
                y_label: "cos(g_{t−1}, g_t)".into(),
                series: runs.iter().map(|run| line(run, Curve::through(smoothed(&[run.0])))).collect(),
                ..Panel::default()
            },
            CurvePlot::Distance => by_iteration(WalkPlot::Distance, runs, theme),
            CurvePlot::Rate => by_iteration(WalkPlot::Further(Quantity::LEARNING_RATE), runs, theme),
            CurvePlot::TrainLossOverIterations => {
                over_iterations("Training loss", "mean loss", runs, |epoch| epoch.train_loss)
            }
            CurvePlot::TrainAccuracyOverIterations => {
                over_iterations("Training accuracy", PERCENT, runs, |epoch| 100.0 * (1.0 - epoch.train_error))
            }
            CurvePlot::TestAccuracyOverIterations => {
                over_iterations("Test accuracy", PERCENT, runs, |epoch| 100.0 * (1.0 - epoch.test_error))
            }
            CurvePlot::LambdaMaxOverLimit => Panel {
                title: "Largest eigenvalue over the stability limit".into(),
                x_label: "iteration t".into(),
                y_label: "λ_{max} / λ_{limit}".into(),
                guides: vec![Guide { value: 1.0, label: "edge".into() }],
                from_zero: true,
                series: runs.iter().map(|run| line(run, Curve::through(over_limit(run.0)))).collect(),
                ..Panel::default()
            },
            CurvePlot::LambdaMax => by_iteration(WalkPlot::LambdaMax, runs, theme),
            CurvePlot::NoiseCurvature => by_iteration(WalkPlot::NoiseCurvature, runs, theme),
            CurvePlot::NoiseRatio => logarithmic(ProbeId::NOISE_RATIO, runs, theme),
            CurvePlot::Alignment => logarithmic(ProbeId::ALIGNMENT, runs, theme),
            CurvePlot::GradientAndNoise => by_iteration(WalkPlot::GradientAndNoise, runs, theme),
        }
    }
}

/// A plot over iterations, of all that there are.
fn by_iteration(plot: WalkPlot, runs: &[Run<'_>], theme: Theme) -> Panel {
    let ends = runs.iter().filter_map(|(history, ..)| history.x_range());
    let range = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0.0, 40.0));
    walk_panel(plot, runs, &WalkLook { range, columns: WALK_COLUMNS, log: false, all_values: false, theme })
}

/// What a probe measured over iterations, on a logarithmic axis.
fn logarithmic(id: ProbeId, runs: &[Run<'_>], theme: Theme) -> Panel {
    Panel { log_y: true, ..by_iteration(WalkPlot::Further(Quantity::of_probe(id)), runs, theme) }
}

/// What epochs say over iterations: those of full and of small batches are not as long.
fn over_iterations(title: &str, y_label: &str, runs: &[Run<'_>], of: fn(&EpochRecord) -> f64) -> Panel {
    let points =
        |run: &Run<'_>| -> Vec<[f64; 2]> { run.0.epochs().iter().map(|epoch| [epoch.t as f64, of(epoch)]).collect() };
    Panel {
        title: title.into(),
        x_label: "iteration t".into(),
        y_label: y_label.into(),
        series: runs.iter().map(|run| line(run, Curve::through(points(run)))).collect(),
        ..Panel::default()
    }
}

/// A plot over epochs as the window has it.
fn by_epoch(quantity: Quantity, runs: &[Run<'_>], theme: Theme) -> Panel {
    let groups: Vec<EpochGroup<'_>> = runs.iter().copied().map(EpochGroup::alone).collect();
    epoch_plot(quantity).map_or_else(Panel::default, |plot| epoch_panel(&plot, &groups, theme))
}

/// A plot over epochs with one line for each run.
fn over_epochs(title: &str, y_label: &str, runs: &[Run<'_>], curve: impl Fn(&History, f64, f64) -> Curve) -> Panel {
    let epochs = || runs.iter().flat_map(|(history, ..)| history.epochs()).map(|record| record.epoch as f64);
    let last = epochs().fold(1.0, f64::max);
    let first = epochs().fold(last, f64::min);
    Panel {
        title: title.into(),
        x_label: "epoch".into(),
        y_label: y_label.into(),
        x_range: Some((first, last)),
        iteration_grid: true,
        series: runs.iter().map(|run| line(run, curve(run.0, first, last))).collect(),
        ..Panel::default()
    }
}

/// The line of a run; the key of the page names it.
fn line(&(_, name, color): &Run<'_>, curve: Curve) -> Series {
    Series { name: name.into(), in_legend: false, color, kind: Kind::Line, curve }
}

/// The moving mean of the cosine, over all histories together.
pub(super) fn smoothed(histories: &[&History]) -> Vec<[f64; 2]> {
    let length = histories.iter().map(|h| h.steps().len()).min().unwrap_or(0);
    (SMOOTHING..length)
        .map(|end| {
            let window = histories
                .iter()
                .flat_map(|h| &h.steps()[end - SMOOTHING..end])
                .filter_map(|s| s.value(ProbeId::COSINE));
            [end as f64 - SMOOTHING as f64 / 2.0, mean(window)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{figure::run_color, history::synthetic::bounce, probe::StepRecord};

    #[test]
    fn heights_and_barriers_are_those_of_the_epochs() {
        let history = bounce(150, 3);
        let runs = [(&history, "a", run_color(0))];
        let panel = CurvePlot::Height.panel(&runs, Theme::Light);
        let recorded = history.epochs().iter().filter_map(|e| Some([e.epoch as f64, e.mean_height?]));
        let recorded: Vec<[f64; 2]> = recorded.collect();
        assert!(!recorded.is_empty() && panel.log_y);
        assert_eq!(panel.series[0].curve.points().collect::<Vec<_>>(), recorded);
        let barriers = CurvePlot::Barriers.panel(&runs, Theme::Light);
        assert!(barriers.counts && barriers.series[0].curve.points().all(|p| p[1] == 4.0));
        let accuracy = CurvePlot::TestAccuracy.panel(&runs, Theme::Light);
        let last = accuracy.series[0].curve.points().last().unwrap();
        assert!((last[1] - 100.0 * (1.0 - history.epochs().last().unwrap().test_error)).abs() < 1e-9);
        let over = CurvePlot::TestAccuracyOverIterations.panel(&runs, Theme::Light);
        let expected: Vec<[f64; 2]> =
            history.epochs().iter().map(|e| [e.t as f64, 100.0 * (1.0 - e.test_error)]).collect();
        assert_eq!(over.series[0].curve.points().collect::<Vec<_>>(), expected);
        let train = CurvePlot::TrainAccuracyOverIterations.panel(&runs, Theme::Light);
        assert!(train.series[0].curve.points().all(|p| (0.0..=100.0).contains(&p[1])) && train.title != over.title);
        let loss = CurvePlot::TrainLossOverIterations.panel(&runs, Theme::Light);
        assert!(loss.series[0].curve.points().zip(history.epochs()).all(|(p, e)| p[1] == e.train_loss));
    }

    #[test]
    fn what_a_probe_measured_is_drawn_as_it_was_measured() {
        let made = bounce(60, 3);
        let mut manifest = made.manifest().clone();
        manifest.spec.probes.set_derivatives("noise:every=20").unwrap();
        let mut history = History::new(manifest);
        for step in made.steps() {
            let ratio = step.t.is_multiple_of(20).then_some(10.0 + step.t as f64);
            let values = step.values.with(ProbeId::NOISE_RATIO, ratio).with(ProbeId::ALIGNMENT, ratio.map(|x| x / 2.0));
            history.push_step(StepRecord { values, ..*step });
        }
        let runs = [(&history, "a", run_color(0))];
        let points = |plot: CurvePlot| -> Vec<[f64; 2]> {
            let panel = plot.panel(&runs, Theme::Light);
            assert!(panel.log_y);
            panel.series[0].curve.points().collect()
        };
        assert_eq!(points(CurvePlot::NoiseRatio), [[0.0, 10.0], [20.0, 30.0], [40.0, 50.0]]);
        assert_eq!(points(CurvePlot::Alignment), [[0.0, 5.0], [20.0, 15.0], [40.0, 25.0]]);
        assert!(points(CurvePlot::NoiseCurvature).is_empty() && points(CurvePlot::GradientAndNoise).is_empty());
    }
}
