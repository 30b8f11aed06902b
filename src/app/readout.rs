//! The numbers at the pointer, of every run that is shown.

use egui::{RichText, Ui};

use super::{
    chart::Shown,
    pointer_table::{self, Row},
    store::{Run, Store},
    theme,
};
use crate::{
    engine::RunId,
    figure::WalkPlot,
    history::{History, Quantity},
    probe::{ProbeId, SLICE_POINTS, SliceRecord, StepRecord},
};

/// What a run has at iteration ⌊x⌋.
struct At<'a> {
    slice: Option<&'a SliceRecord>,
    step: Option<&'a StepRecord>,
    /// Which point of the slice is nearest to x.
    point: usize,
}

impl<'a> At<'a> {
    fn of(history: &'a History, x: f64) -> At<'a> {
        let t = x.max(0.0).floor();
        let find_slice = history.slices().binary_search_by_key(&(t as u64), |s| s.t);
        let find_step = history.steps().binary_search_by_key(&(t as u64), |s| s.t);
        At {
            slice: find_slice.ok().and_then(|i| history.slices().get(i)),
            step: find_step.ok().and_then(|i| history.steps().get(i)),
            point: ((x - t) * (SLICE_POINTS - 1) as f64).round().clamp(0.0, (SLICE_POINTS - 1) as f64) as usize,
        }
    }

    /// Loss at the nearest point of the slice; without one, at the iterate.
    fn loss(&self) -> Option<f64> {
        self.slice.map(|s| s.loss[self.point]).or(self.step.and_then(|s| s.loss))
    }

    fn value(&self, probe: ProbeId) -> Option<f64> {
        self.step.and_then(|s| s.value(probe))
    }
}

/// Of so many runs the numbers are told: a screen has no room for more rows.
const MOST: usize = 24;

/// As many runs as numbers are told of, in their order and the chosen one among them; and how many are left.
pub fn few<'a>(all: &[(&'a Run, &'a History)], chosen: Option<RunId>) -> (Vec<(&'a Run, &'a History)>, usize) {
    if all.len() <= MOST {
        return (all.to_vec(), 0);
    }
    let place = all.iter().position(|(run, _)| Some(run.id) == chosen);
    // One that comes later takes the last row.
    let last = place.filter(|place| *place >= MOST).unwrap_or(MOST - 1);
    let few = all.iter().take(MOST - 1).chain(all.get(last)).copied().collect();
    (few, all.len() - MOST)
}

/// Says that some are left.
pub fn others(ui: &mut Ui, left: usize) {
    if left > 0 {
        ui.label(RichText::new(format!("and {left} more; hide some to see others")).small().weak());
    }
}

/// A row for every run: its chip, where the pointer is, and what was measured there. Changes and jumps of the batch loss
/// within `reach` are told, too.
pub fn table(ui: &mut Ui, store: &Store, x: f64, reach: f64) {
    let (runs, left) = few(&store.shown().collect::<Vec<_>>(), store.active().map(|run| run.id));
    let t = x.max(0.0).floor();
    let point = ((x.max(0.0) - t) * (SLICE_POINTS - 1) as f64).round();
    ui.label(
        RichText::new(format!("iteration {}, α = {point}/{}", theme::grouped(t as u64), SLICE_POINTS - 1)).strong(),
    );
    let heads = ["run", "L", "floor", "height", "cosine", "distance", "batch L", "η"];
    let rows: Vec<Row> = runs.iter().map(|(run, history)| row(run, history, x)).collect();
    pointer_table::ui(ui, &heads, &rows);
    others(ui, left);
    for (run, history) in &runs {
        for change in history.changes().iter().filter(|c| (c.t as f64 - x).abs() < reach.max(1.0)) {
            ui.label(RichText::new(format!("{}: {}", run.short, change.change)).small());
        }
        if let Some(words) = jump_words(history, x, reach.max(1.0)) {
            ui.label(RichText::new(format!("{}: {words}", run.short)).small());
        }
    }
}

/// The jump of the batch loss nearest to x, if there is one so near.
fn jump_words(history: &History, x: f64, reach: f64) -> Option<String> {
    let spikes = history.spikes();
    let from = spikes.partition_point(|t| (*t as f64) <= x - reach);
    let near = spikes.get(from..)?.iter().copied().take_while(|t| (*t as f64) < x + reach);
    let t = near.min_by(|a, b| (*a as f64 - x).abs().total_cmp(&(*b as f64 - x).abs()))?;
    let step = history.steps().binary_search_by_key(&t, |s| s.t).ok().and_then(|k| history.steps().get(k))?;
    Some(format!(
        "the batch loss jumps at {} to {}: above the median of the 20 before by 5 of their median distances and by half",
        theme::grouped(t),
        short(step.batch_loss)
    ))
}

fn row(run: &Run, history: &History, x: f64) -> Row {
    let at = At::of(history, x);
    let floor = at.slice.map(SliceRecord::floor);
    let height = at.slice.map(SliceRecord::height);
    let step = |of: fn(&StepRecord) -> f64| at.step.map(of);
    let values = [
        at.loss(),
        floor,
        height,
        at.value(ProbeId::COSINE),
        at.value(ProbeId::DISTANCE),
        step(|s| s.batch_loss),
        step(|s| s.learning_rate),
    ];
    let numbers = values.map(|value| value.map_or("–".into(), short)).to_vec();
    Row { color: run.color, name: run.short.clone(), numbers }
}

/// A number with four significant digits.
pub fn short(x: f64) -> String {
    if !x.is_finite() {
        return theme::value(x);
    }
    let text = match x.abs() {
        0.0 => "0".into(),
        a if (1e-3..1e5).contains(&a) => {
            let digits = (3 - a.log10().floor() as i32).max(0) as usize;
            format!("{x:.digits$}")
        }
        _ => format!("{x:.2e}"),
    };
    text.replace('-', "−")
}

/// A dot on the curve of every run, where its numbers are read; of differences, those to `minus`.
pub fn dots(ui: &Ui, plot: WalkPlot, runs: &[(&Run, &History)], minus: Option<&History>, shown: &Shown, x: f64) {
    let painter = ui.painter().with_clip_rect(shown.rect());
    for (run, history) in runs {
        let place = match minus {
            None => place(plot, history, x),
            // Its own curve is not drawn.
            Some(minus) if std::ptr::eq(minus, *history) => None,
            Some(minus) => difference(plot, history, minus, x),
        };
        if let Some(at) = place.and_then(|place| shown.at(place)) {
            painter.circle(at, 3.5, theme::ink(ui, run.color), egui::Stroke::new(1.0, ui.visuals().extreme_bg_color));
        }
    }
}

/// Where the curve of a run has its point nearest to x.
fn place(plot: WalkPlot, history: &History, x: f64) -> Option<[f64; 2]> {
    let at = At::of(history, x);
    let t = x.max(0.0).floor();
    let alpha = if at.slice.is_some() { at.point as f64 / (SLICE_POINTS - 1) as f64 } else { 0.0 };
    match plot {
        WalkPlot::Loss => at.loss().map(|y| [t + alpha, y]),
        _ => at_iterate(plot, history, x).map(|y| [t, y]),
    }
}

/// What a plot has at the iterate before x.
fn at_iterate(plot: WalkPlot, history: &History, x: f64) -> Option<f64> {
    let at = At::of(history, x);
    match plot {
        WalkPlot::Loss => at.step.and_then(|s| s.loss),
        WalkPlot::Cosine => at.value(ProbeId::COSINE),
        WalkPlot::Height => at.slice.map(SliceRecord::height),
        WalkPlot::Distance => at.value(ProbeId::DISTANCE),
        WalkPlot::Curvature => further(history, Quantity::SHARPNESS, x.max(0.0).floor()),
        WalkPlot::LambdaMax => {
            let t = x.max(0.0).floor();
            further(history, Quantity::PRECONDITIONED_LAMBDA_MAX, t)
                .or_else(|| further(history, Quantity::LAMBDA_MAX, t))
        }
        WalkPlot::NoiseCurvature => further(history, Quantity::TRACE_H_SIGMA, x.max(0.0).floor()),
        WalkPlot::GradientAndNoise => further(history, Quantity::MEAN_GRADIENT_NORM, x.max(0.0).floor()),
        WalkPlot::Further(quantity) => further(history, quantity, x.max(0.0).floor()),
    }
}

/// Where the difference of two runs has its point before x.
fn difference(plot: WalkPlot, history: &History, minus: &History, x: f64) -> Option<[f64; 2]> {
    let y = at_iterate(plot, history, x)? - at_iterate(plot, minus, x)?;
    Some([x.max(0.0).floor(), y])
}

/// What a further plot has at an iteration.
fn further(history: &History, quantity: Quantity, t: f64) -> Option<f64> {
    let curve = history.series(quantity).curve(t, t, 4);
    curve.points().find(|[x, _]| *x == t).map(|[_, y]| y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::synthetic;

    #[test]
    fn of_many_runs_a_few_are_told_the_chosen_one_among_them() {
        let mut store = Store::default();
        (0..40).for_each(|k| {
            store.insert(std::path::Path::new(&format!("{k}.valley")), History::new(synthetic::manifest(10)));
        });
        let all: Vec<_> = store.shown().collect();
        let ids = |chosen: usize| {
            let (runs, left) = few(&all, Some(all[chosen].0.id));
            assert_eq!((runs.len(), left), (MOST, 40 - MOST));
            runs.iter().map(|(run, _)| run.id).collect::<Vec<_>>()
        };
        let first: Vec<RunId> = all.iter().take(MOST).map(|(run, _)| run.id).collect();
        assert_eq!(ids(3), first);
        assert_eq!(ids(39)[..MOST - 1], first[..MOST - 1]);
        assert_eq!(ids(39).last(), Some(&all[39].0.id));
        assert_eq!(few(&all[..3], None).1, 0);
    }

    #[test]
    fn a_jump_is_told_near_it() {
        let mut history = History::new(synthetic::manifest(100));
        for t in 0..40 {
            let batch_loss = if t == 25 || t == 30 { 3.0 } else { 0.5 };
            history.push_step(StepRecord { batch_loss, ..synthetic::step(t, 0.0) });
        }
        assert_eq!(history.spikes(), [25, 30]);
        let words = |x, reach| jump_words(&history, x, reach);
        assert!(words(26.0, 2.0).is_some_and(|words| words.starts_with("the batch loss jumps at 25 to 3.000:")));
        assert!(words(28.0, 9.0).is_some_and(|words| words.contains(" at 30 ")), "the nearest one");
        assert_eq!((words(20.0, 5.0), words(90.0, 5.0)), (None, None));
    }

    #[test]
    fn numbers_are_short() {
        let words = [0.123_456, 12.345_6, 1234.56, 0.0, -0.000_123_4, 1e9, f64::NAN].map(short);
        assert_eq!(words, ["0.1235", "12.35", "1235", "0", "−1.23e−4", "1.00e9", "NaN"]);
    }
}
