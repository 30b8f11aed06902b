//! What an ensemble came to, as panels of a figure, with what is known in closed form over the samples.

use super::{
    closed::Law,
    runs::Found,
    summary::{BARS, CELLS, Summary},
};
use crate::{
    figure::{Color, Kind, Marker, Panel, Series, Theme, colors::dynamics_color, success_panel},
    history::Curve,
    toy::{
        dynamics::DynamicsKind,
        ensemble::{Region, SuccessRule},
    },
};

/// Points of a curve that is known in closed form.
const POINTS: u32 = 200;

fn series(name: String, color: Color, kind: Kind, curve: Curve) -> Series {
    Series { name, in_legend: false, color, kind, curve }
}

/// All summaries with their numbers, their colours and, where there is one, their law.
fn rules(found: &Found) -> impl Iterator<Item = (usize, &Summary, Color, Option<Law>)> {
    found.summaries.iter().enumerate().map(|(k, s)| {
        let law = Law::of(&found.spec.surface, &s.spec, &found.start);
        (k, s, dynamics_color(s.kind()), law)
    })
}

/// The rate of success of every rule with its 95 % interval.
pub fn rates(found: &Found, rule: SuccessRule) -> Panel {
    success_panel(found.summaries.iter().map(|s| (s.kind(), s.success(rule))), rule)
}

/// When runs arrive first: outlines of histograms, in percent of all runs. From the minimum of a one-dimensional well
/// arrivals are exponential with a mean that is known.
pub fn passages(found: &Found) -> Panel {
    let steps = f64::from(found.spec.steps);
    let width = steps / BARS as f64;
    let (mut all, mut markers) = (Vec::new(), Vec::new());
    for (_, s, color, law) in rules(found) {
        let share = |n: u64| 100.0 * n as f64 / s.runs.max(1) as f64;
        let outline = s.passages.iter().enumerate().flat_map(|(k, n)| {
            let (from, to) = (width * k as f64, width * (k + 1) as f64);
            [[from, share(*n)], [to, share(*n)]]
        });
        if s.passages.iter().any(|n| *n > 0) {
            all.push(series(s.kind().to_string(), color, Kind::Line, Curve::through(outline)));
        }
        let Some(Region::Far { radius, .. }) = usual_region(found) else { continue };
        let Some(mean) = law.and_then(|law| law.mean_exit(radius)) else { continue };
        let density = (0..=POINTS).map(|k| {
            let t = steps * f64::from(k) / f64::from(POINTS);
            [t, 100.0 * width / mean * (-t / mean).exp()]
        });
        all.push(series(format!("{}, closed form", s.kind()), color, Kind::Dashed, Curve::through(density)));
        if mean <= steps {
            markers.push(Marker { x: mean, label: format!("{}: mean exit {mean:.0}", s.kind()) });
        }
    }
    Panel {
        title: "First passage".into(),
        x_label: "iteration t".into(),
        y_label: "runs in %".into(),
        x_range: Some((0.0, steps)),
        from_zero: true,
        series: all,
        markers,
        when_empty: "no run has arrived".into(),
        ..Panel::default()
    }
}

fn usual_region(found: &Found) -> Option<Region> {
    let surface = found.spec.surface.build(found.spec.seed, 0).ok()?;
    Some(found.spec.region.clone().unwrap_or_else(|| Region::usual(&*surface)))
}

/// The mean of Tr(H_tΣ_t).
pub fn trace(found: &Found) -> Panel {
    let lines = rules(found).map(|(_, s, color, _)| {
        series(s.kind().to_string(), color, Kind::Line, Curve::through(s.trace.iter().copied()))
    });
    Panel {
        title: "Tr(H_tΣ_t), mean over the runs".into(),
        x_label: "iteration t".into(),
        x_range: Some((0.0, f64::from(found.spec.steps))),
        from_zero: true,
        series: lines.collect(),
        ..Panel::default()
    }
}

/// The mean of L over time: samples as dots with their 95 % interval, the exact law dashed, Eq. (13) dotted. `None` but on
/// a quadratic well.
pub fn losses(found: &Found) -> Option<Panel> {
    if found.losses.iter().all(Vec::is_empty) {
        return None;
    }
    let mut all = Vec::new();
    for (k, s, color, law) in rules(found) {
        // Gradient descent has no spread, and its loss soon has no place beside the others.
        let Some(samples) = found.losses.get(k).filter(|_| s.kind() != DynamicsKind::Gd) else { continue };
        let name = s.kind();
        for at in samples {
            let (t, ends) = (f64::from(at.t), [at.mean - at.half_width, at.mean + at.half_width]);
            all.push(series(format!("{name}, 95 %"), color, Kind::Thin, Curve::through(ends.map(|y| [t, y]))));
        }
        let dots = samples.iter().map(|at| [f64::from(at.t), at.mean]);
        all.push(series(format!("{name}, mean of runs"), color, Kind::Dots, Curve::through(dots)));
        let Some(law) = law else { continue };
        let steps = found.spec.steps;
        let times = (0..=POINTS).map(|k| (u64::from(steps) * u64::from(k) / u64::from(POINTS)) as u32);
        let exact = times.clone().map(|t| [f64::from(t), law.loss(t)]);
        all.push(series(format!("{name}, exact"), color, Kind::Dashed, Curve::through(exact)));
        if let Some(process) = law.process() {
            let near = times.map(|t| [f64::from(t), law.escaping_efficiency(&process, f64::from(t))]);
            all.push(series(format!("{name}, Eq. (13)"), color, Kind::Dotted, Curve::through(near)));
        }
    }
    Some(Panel {
        title: "Mean loss".into(),
        x_label: "iteration t".into(),
        x_range: Some((0.0, f64::from(found.spec.steps))),
        log_y: true,
        shallow: true,
        series: all,
        ..Panel::default()
    })
}

/// Where runs end on a line, as a density, with the normal law of a quadratic well dashed. `None` in the plane.
pub fn ends(found: &Found) -> Option<Panel> {
    let mut all = Vec::new();
    let [low, high] = found.window[0];
    let width = (high - low) / CELLS as f64;
    for (_, s, color, law) in rules(found) {
        if s.density.len() != CELLS {
            return None;
        }
        let height = |n: u32| f64::from(n) / (s.runs.max(1) as f64 * width);
        let outline = s.density.iter().enumerate().flat_map(|(k, n)| {
            let from = low + width * k as f64;
            [[from, height(*n)], [from + width, height(*n)]]
        });
        all.push(series(s.kind().to_string(), color, Kind::Line, Curve::through(outline)));
        let Some(law) = law else { continue };
        let (mean, variance) = (law.mean(found.spec.steps)[0], law.spread()[0]);
        if variance > 0.0 && variance.is_finite() {
            let normal = (0..=POINTS).map(|k| {
                let x = low + (high - low) * f64::from(k) / f64::from(POINTS);
                [x, (-(x - mean).powi(2) / (2.0 * variance)).exp() / (std::f64::consts::TAU * variance).sqrt()]
            });
            all.push(series(format!("{}, stationary spread", s.kind()), color, Kind::Dashed, Curve::through(normal)));
        }
    }
    Some(Panel {
        title: "Where the runs end".into(),
        x_label: "w".into(),
        y_label: "density".into(),
        x_range: Some((low, high)),
        from_zero: true,
        series: all,
        ..Panel::default()
    })
}

/// Everything on one page.
pub fn figure(found: &Found, rule: SuccessRule, title: &str, theme: Theme) -> crate::figure::Figure {
    let panels = [Some(rates(found, rule)), ends(found), Some(passages(found)), Some(trace(found)), losses(found)];
    let caption = format!(
        "{} runs of each rule, {} steps, seed {}, start {:?}; dashed and dotted lines are closed forms",
        found.done, found.spec.steps, found.spec.seed, found.start
    );
    super::plots::page(format!("{title}: an ensemble"), caption, panels.into_iter().flatten().collect(), theme)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::lab::{runs::Runs, setup::Setup},
        toy::surfaces::SurfaceSpec,
    };

    fn found(setup: Setup) -> Found {
        let (ctx, mut runs) = (egui::Context::default(), Runs::default());
        runs.start(setup.ensemble(), &ctx);
        let begun = std::time::Instant::now();
        while runs.found().is_none_or(|f| !f.is_whole) {
            assert!(begun.elapsed().as_secs() < 60);
            runs.take_in();
            std::thread::yield_now();
        }
        (**runs.found().unwrap()).clone()
    }

    #[test]
    fn histograms_hold_all_runs() {
        let found = found(Setup::default());
        for s in &found.summaries {
            let Some(line) = passages(&found).series.into_iter().find(|x| x.name == s.kind().to_string()) else {
                assert_eq!(s.success(SuccessRule::Ever).successes, 0);
                continue;
            };
            let sum: f64 = line.curve.points().step_by(2).map(|p| p[1]).sum();
            assert!((sum - 100.0 * s.success(SuccessRule::Ever).rate()).abs() < 1e-9, "{}", s.kind());
        }
        assert!(ends(&found).is_none() && losses(&found).is_none());
        assert_eq!(rates(&found, SuccessRule::Final).series.len(), 12);
    }

    #[test]
    fn a_line_has_a_density_of_one_with_its_normal_law() {
        let surface = SurfaceSpec::Quadratic { dim: 1, largest: 1.0, condition: 1.0 };
        let setup = Setup { start: Some(vec![0.0]), runs: 2000, steps: 200, ..Setup::of(surface) };
        let found = found(setup);
        let panel = ends(&found).unwrap();
        let [low, high] = found.window[0];
        for s in panel.series.iter().filter(|s| s.kind == Kind::Line) {
            let sum: f64 = s.curve.points().step_by(2).map(|p| p[1] * (high - low) / CELLS as f64).sum();
            assert!((sum - 1.0).abs() < 0.01, "{} {sum}", s.name);
        }
        let normal = panel.series.iter().find(|s| s.name == "const, stationary spread").unwrap();
        let sum: f64 = normal.curve.points().map(|p| p[1] * (high - low) / f64::from(POINTS)).sum();
        assert!((sum - 1.0).abs() < 0.01, "{sum}");
        assert!(losses(&found).unwrap().series.iter().any(|s| s.name == "const, Eq. (13)"));
    }
}
