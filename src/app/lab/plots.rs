//! What the walk did over time, as panels of a figure: the window draws them, and they can be saved.

use super::session::{Point, Session};
use crate::{
    figure::{Figure, Kind, Panel, Series, Theme, colors::dynamics_color},
    history::Curve,
};

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

/// One quantity of all rules.
pub fn panel(session: &Session, quantity: Quantity, log: bool) -> Panel {
    let series = session.trails().iter().map(|trail| {
        let points = trail.points().iter().enumerate().map(|(t, p)| [t as f64, quantity.of(p)]);
        let kind = trail.spec().kind;
        Series {
            name: kind.to_string(),
            in_legend: true,
            color: dynamics_color(kind),
            kind: Kind::Line,
            curve: Curve::through(points),
        }
    });
    Panel {
        title: quantity.title().into(),
        x_label: "iteration t".into(),
        x_range: Some((0.0, (session.t() as f64).max(10.0))),
        from_zero: quantity != Quantity::Loss,
        log_y: log && quantity == Quantity::Loss && has_logarithm(session),
        series: series.collect(),
        when_empty: "choose a rule at the left".into(),
        ..Panel::default()
    }
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
            let panel = panel(&session, quantity, true);
            assert_eq!((panel.series.len(), panel.log_y), (6, quantity == Quantity::Loss), "losses are positive here");
            assert!(panel.series.iter().all(|s| s.curve.points().count() == 26));
        }
        let distance = panel(&session, Quantity::Distance, false);
        assert!(distance.series.iter().all(|s| s.curve.lines[0][0] == [0.0, 0.0]));
    }
}
