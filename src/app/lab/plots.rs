//! What the walk did over time, as panels of a figure: the window draws them, and they can be saved.

use super::session::{Point, Session};
use crate::{
    figure::{Figure, Kind, Panel, Series, Theme, colors::dynamics_color},
    history::Curve,
};

/// Beyond so many points for each column of a plot, only what stands out is drawn.
const DENSE: usize = 4;

/// A quantity over iterations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    Loss,
    Indicator,
    Distance,
}

impl Quantity {
    pub const ALL: [Quantity; 3] = [Quantity::Loss, Quantity::Indicator, Quantity::Distance];

    pub fn title(self) -> &'static str {
        match self {
            Quantity::Loss => "Loss of the walk",
            Quantity::Indicator => "Tr(H_tΣ_t)",
            Quantity::Distance => "Distance from the start",
        }
    }

    /// The title without markup.
    pub fn name(self) -> &'static str {
        if self == Quantity::Indicator { "Escape indicator" } else { self.title() }
    }

    /// What the "?" says.
    pub fn definition(self) -> &'static str {
        match self {
            Quantity::Loss => {
                "L(w_t) of the whole surface, exact; of swa, of the average that it would hand over. On a logarithmic axis what is not positive has no place."
            }
            Quantity::Indicator => {
                "Tr(HΣ) at w_t, with the covariance of the noise in the next step: of mini-batches Σ/m as it enters the gradient, of the noise rules as it enters w. The escape indicator of the noise paper, section 3, Eq. (14); 0 without noise."
            }
            Quantity::Distance => "‖w_t − w_0‖, from where all rules started.",
        }
    }

    fn of(self, p: &Point) -> f64 {
        match self {
            Quantity::Loss => p.loss,
            Quantity::Indicator => p.indicator,
            Quantity::Distance => p.distance,
        }
    }
}

/// Whether every loss so far has a logarithm.
pub fn has_logarithm(session: &Session) -> bool {
    session.trails().iter().flat_map(|t| t.points()).all(|p| p.loss.is_nan() || p.loss > 0.0)
}

/// One quantity of all rules; with `columns`, no more points than a plot so many points wide can show.
pub fn panel(session: &Session, quantity: Quantity, log: bool, columns: Option<usize>) -> Panel {
    let series = session.trails().iter().map(|trail| {
        let kind = trail.spec().kind;
        let points = trail.points();
        let at = |t: usize| [t as f64, quantity.of(&points[t])];
        let shown: Vec<[f64; 2]> = match columns.filter(|c| points.len() > DENSE * c) {
            Some(columns) => outstanding(points.len(), columns, at),
            None => (0..points.len()).map(at).collect(),
        };
        Series {
            name: kind.to_string(),
            in_legend: true,
            color: dynamics_color(kind),
            kind: Kind::Line,
            curve: Curve::through(shown),
        }
    });
    Panel {
        title: quantity.title().into(),
        x_label: "iteration t".into(),
        x_range: Some((0.0, (session.t() as f64).max(10.0))),
        from_zero: quantity != Quantity::Loss,
        clips: true,
        log_y: log && quantity == Quantity::Loss && has_logarithm(session),
        shallow: true,
        series: series.collect(),
        when_empty: "choose a rule at the left".into(),
        ..Panel::default()
    }
}

/// First, least, greatest and last of every column of `count` points.
fn outstanding(count: usize, columns: usize, at: impl Fn(usize) -> [f64; 2]) -> Vec<[f64; 2]> {
    let width = count.div_ceil(columns.max(1));
    let mut out = Vec::with_capacity(DENSE * columns);
    for from in (0..count).step_by(width) {
        let to = (from + width).min(count);
        let by = |a: &usize, b: &usize| at(*a)[1].total_cmp(&at(*b)[1]);
        let mut kept = [Some(from), (from..to).min_by(by), (from..to).max_by(by), Some(to - 1)];
        kept.sort_unstable();
        let mut last = None;
        for t in kept.into_iter().flatten().filter(|t| last.replace(*t) != Some(*t)) {
            out.push(at(t));
        }
    }
    out
}

/// A page with panels.
pub fn page(title: String, caption: String, panels: Vec<Panel>, theme: Theme) -> Figure {
    let height = 140 + 300 * panels.len() as u32;
    let (subtitle, key) = (String::new(), vec![]);
    Figure { title, subtitle, key, panels, caption, width: 900, height, theme, shared_x: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::lab::setup::Setup;

    #[test]
    fn every_rule_has_a_point_for_every_iterate() {
        let mut session = Session::new(&Setup::default()).unwrap();
        (0..25).for_each(|_| session.step());
        for quantity in Quantity::ALL {
            let panel = panel(&session, quantity, true, None);
            assert_eq!((panel.series.len(), panel.log_y), (6, quantity == Quantity::Loss), "losses are positive here");
            assert!(panel.series.iter().all(|s| s.curve.points().count() == 26));
        }
        let distance = panel(&session, Quantity::Distance, false, Some(100));
        assert!(distance.series.iter().all(|s| s.curve.lines[0][0] == [0.0, 0.0]));
    }

    #[test]
    fn a_spike_of_a_long_walk_is_drawn() {
        let at = |t: usize| [t as f64, if t == 4321 { 9.0 } else { 0.0 }];
        let drawn = outstanding(10_000, 100, at);
        assert!(drawn.len() <= 400 && drawn.contains(&[4321.0, 9.0]));
        assert!(drawn.windows(2).all(|w| w[0][0] < w[1][0]));
        assert_eq!((drawn.first(), drawn.last()), (Some(&at(0)), Some(&at(9999))));
    }
}
