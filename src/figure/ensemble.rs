//! What an ensemble of the toy laboratory came to: success rates, arrivals and Tr(HΣ) over time.

use super::{Figure, Kind, Panel, Series, Theme, colors::dynamics_color};
use crate::{
    history::Curve,
    probe::statistics::Proportion,
    toy::{
        dynamics::DynamicsKind,
        ensemble::{Results, SuccessRule},
    },
};

/// Three panels: the rate of success of every dynamics with its 95 % interval, the share of runs that have arrived, and
/// the mean of Tr(H_tΣ_t). Title and caption are the caller's.
pub fn ensemble_figure(results: &[Results], rule: SuccessRule, theme: Theme) -> Figure {
    let panel = |title: &str, y_label: &str, lines: &dyn Fn(&Results) -> Curve| Panel {
        title: title.into(),
        x_label: "iteration t".into(),
        y_label: y_label.into(),
        from_zero: true,
        series: results.iter().map(|r| series(r.spec().kind, Kind::Line, lines(r))).collect(),
        ..Panel::default()
    };
    let trace = |r: &Results| Curve::through(r.trace_over_time().into_iter().enumerate().map(|(t, x)| [t as f64, x]));
    let panels = vec![
        success_panel(results.iter().map(|r| (r.spec().kind, r.success(rule))), rule),
        panel("Runs that have been in the region", "share in %", &arrivals),
        panel("Escape indicator, mean over the runs", "Tr(H_tΣ_t)", &trace),
    ];
    Figure {
        title: String::new(),
        subtitle: String::new(),
        key: vec![],
        panels,
        caption: String::new(),
        width: 900,
        height: 900,
        theme,
        shared_x: false,
    }
}

fn series(dynamics: DynamicsKind, kind: Kind, curve: Curve) -> Series {
    Series { name: dynamics.to_string(), in_legend: true, color: dynamics_color(dynamics), kind, curve }
}

/// The rate of success of every dynamics with its 95 % interval, in percent.
pub fn success_panel(rates: impl IntoIterator<Item = (DynamicsKind, Proportion)>, rule: SuccessRule) -> Panel {
    let mut all = Vec::new();
    let mut count = 0_u32;
    for (kind, p) in rates {
        count += 1;
        let x = f64::from(count);
        let interval = Curve::through([[x, 100.0 * p.low], [x, 100.0 * p.high]]);
        all.push(Series { in_legend: false, name: format!("{kind}, 95 %"), ..series(kind, Kind::Line, interval) });
        all.push(series(kind, Kind::Points, Curve::through([[x, 100.0 * p.rate()]])));
    }
    Panel {
        title: format!("Success by the rule \"{rule}\", with 95 % intervals"),
        x_label: "dynamics, in the order of the legend".into(),
        y_label: "runs in %".into(),
        x_range: Some((0.5, f64::from(count) + 0.5)),
        from_zero: true,
        series: all,
        ..Panel::default()
    }
}

/// The share of runs that have been in the region by step t, in percent.
fn arrivals(results: &Results) -> Curve {
    let mut times: Vec<u32> = results.first_passages().collect();
    times.sort_unstable();
    let share = |count: usize| 100.0 * count as f64 / results.outcomes().len() as f64;
    let mut points = vec![[0.0, 0.0]];
    for (k, t) in times.iter().enumerate() {
        points.push([f64::from(*t), share(k)]);
        points.push([f64::from(*t), share(k + 1)]);
    }
    points.push([results.trace_over_time().len() as f64, share(times.len())]);
    Curve::through(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::ensemble::{Ensemble, EnsembleSpec};

    #[test]
    fn curves_end_where_the_counts_say() {
        let mut ensemble = Ensemble::new(EnsembleSpec { runs: 40, ..EnsembleSpec::default() }).unwrap();
        ensemble.finish(&false.into()).unwrap();
        let figure = ensemble_figure(ensemble.results(), SuccessRule::Ever, Theme::Light);
        for (k, r) in ensemble.results().iter().enumerate() {
            let rate = 100.0 * r.success(SuccessRule::Ever).rate();
            let point = figure.panels[0].series[2 * k + 1].curve.points().next().unwrap();
            assert_eq!(point, [(k + 1) as f64, rate]);
            assert_eq!(figure.panels[1].series[k].curve.points().last().unwrap(), [500.0, rate]);
            assert_eq!(figure.panels[2].series[k].curve.points().count(), 500);
        }
    }
}
