//! The plots of a walk as differences: every run minus one of them, at the same iteration.

use super::{
    Color, Guide, Kind, Panel, Series, WalkPlot,
    text::{self, literal},
    walk::{WalkLook, plain_panel},
};
use crate::history::{History, Quantity};

/// One of the plots, of every run minus another one, which comes with its name. The loss is that at the iterates: the slices
/// of two runs lie along different steps.
pub fn walk_difference(
    plot: WalkPlot,
    runs: &[(&History, &str, Color)],
    minus: (&History, &str),
    look: &WalkLook,
) -> Panel {
    let quantity = match plot {
        WalkPlot::Loss => Quantity::LOSS,
        WalkPlot::Cosine => Quantity::COSINE,
        WalkPlot::Height => Quantity::HEIGHT,
        WalkPlot::Distance => Quantity::DISTANCE,
        WalkPlot::Curvature => Quantity::SHARPNESS,
        WalkPlot::LambdaMax => Quantity::LAMBDA_MAX,
        WalkPlot::NoiseCurvature => Quantity::TRACE_H_SIGMA,
        WalkPlot::GradientAndNoise => Quantity::MEAN_GRADIENT_NORM,
        WalkPlot::Further(quantity) => quantity,
    };
    let (from, to) = look.range;
    let line = |(history, label, color): &(&History, &str, Color)| Series {
        name: format!("{label} minus {}", minus.1),
        in_legend: false,
        color: *color,
        kind: Kind::Line,
        curve: history.difference(quantity, minus.0, from, to),
    };
    let mut panel = plain_panel(runs, quantity, look.range);
    panel.markers.iter_mut().for_each(|m| m.label.clear());
    Panel {
        title: format!("{}, minus {}", text::capital(quantity.name()), literal(minus.1)),
        guides: vec![Guide { value: 0.0, label: String::new() }],
        series: runs.iter().map(line).collect(),
        when_empty: format!("Runs with the same iterations are drawn here, minus {}.", minus.1),
        weight: if plot == WalkPlot::Loss { 1.7 } else { 1.0 },
        clips: !look.all_values,
        ..panel
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{figure::Theme, history::synthetic::bounce};

    #[test]
    fn a_difference_says_what_was_subtracted() {
        let (one, other) = (bounce(30, 1), bounce(20, 2));
        let color = Color { r: 1, g: 2, b: 3 };
        let look = WalkLook { range: (0.0, 30.0), columns: 100, log: true, all_values: false, theme: Theme::Light };
        let panel = walk_difference(WalkPlot::Loss, &[(&one, "one", color)], (&other, "the_other"), &look);
        assert_eq!(panel.title, "Training loss at the iterates, minus the\\_other");
        assert!(!panel.log_y, "a difference has two signs");
        let found: Vec<[f64; 2]> = panel.series[0].curve.points().collect();
        assert_eq!(found.len(), 20, "the shorter one ends it");
        for [t, y] in found {
            let at = |history: &History| history.slices()[t as usize].start();
            assert_eq!(y, at(&one) - at(&other));
        }
        for plot in WalkPlot::ALL {
            let panel = walk_difference(plot, &[(&one, "one", color)], (&one, "one"), &look);
            assert!(panel.series[0].curve.points().all(|[_, y]| y == 0.0), "{plot:?}");
        }
    }
}
