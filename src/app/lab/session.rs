//! Several rules walking side by side, a step at a time, forwards and back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{cut::Cut, setup::Setup};
use crate::toy::{
    ToyError,
    dynamics::DynamicsSpec,
    surface::{About, Surface},
    walker::Walker,
};

/// The most steps of a walk in the window.
pub const MOST_STEPS: u64 = 100_000;
/// A walker is kept every so many steps; going back makes the steps since then again, which are the same.
const KEPT_EVERY: u64 = 64;

/// What is drawn of an iterate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// In the cut that is drawn; in one dimension the second number is 0.
    pub at: [f64; 2],
    /// L.
    pub loss: f64,
    /// Tr(H_tΣ_t).
    pub indicator: f64,
    /// ‖w_t − w_0‖.
    pub distance: f64,
}

impl Point {
    pub fn is_finite(&self) -> bool {
        self.at.iter().all(|x| x.is_finite()) && self.loss.is_finite()
    }
}

/// One rule and where it has been.
#[derive(Clone, Debug)]
pub struct Trail {
    walker: Walker,
    kept: Vec<Walker>,
    points: Vec<Point>,
}

impl Trail {
    fn new(walker: Walker, cut: &Cut, start: &[f64]) -> Trail {
        let first = point(&walker, cut, start);
        Trail { kept: vec![walker.clone()], walker, points: vec![first] }
    }

    fn step(&mut self, cut: &Cut, start: &[f64]) {
        self.walker.step();
        self.points.push(point(&self.walker, cut, start));
        if self.walker.steps().is_multiple_of(KEPT_EVERY) {
            self.kept.push(self.walker.clone());
        }
    }

    fn back(&mut self) {
        let Some(to) = self.walker.steps().checked_sub(1) else { return };
        self.kept.truncate((to / KEPT_EVERY) as usize + 1);
        if let Some(kept) = self.kept.last() {
            self.walker = kept.clone();
        }
        while self.walker.steps() < to {
            self.walker.step();
        }
        self.points.truncate(to as usize + 1);
    }

    pub fn spec(&self) -> &DynamicsSpec {
        self.walker.spec()
    }

    /// The rule as it stands now.
    pub fn walker(&self) -> &Walker {
        &self.walker
    }

    /// What the rule would hand over after each step; the first is the start.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The last of them.
    pub fn now(&self) -> Point {
        // There is always the start.
        self.points[self.points.len() - 1]
    }

    /// The first iterate that is not finite.
    pub fn diverged(&self) -> Option<usize> {
        (!self.now().is_finite()).then(|| self.points.iter().position(|p| !p.is_finite())).flatten()
    }
}

fn point(walker: &Walker, cut: &Cut, start: &[f64]) -> Point {
    let w = walker.solution();
    let distance = w.iter().zip(start).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    Point { at: cut.place(w), loss: walker.surface().value(w), indicator: walker.escape_indicator(), distance }
}

/// A walk of all rules that are set, from one start and one seed.
#[derive(Clone, Debug)]
pub struct Session {
    surface: Arc<dyn Surface>,
    about: About,
    start: Vec<f64>,
    cut: Cut,
    trails: Vec<Trail>,
    t: u64,
}

impl Session {
    /// Everything at its start.
    ///
    /// # Errors
    /// A surface, rule or start that cannot be.
    pub fn new(setup: &Setup) -> Result<Session, ToyError> {
        let surface = setup.build()?;
        let about = surface.about();
        let start = setup.start.clone().unwrap_or_else(|| about.start.clone());
        let cut = Cut::of(&*surface);
        let trail = |spec| {
            let walker = Walker::new(Arc::clone(&surface), spec, &start, setup.seed, 0)?;
            Ok(Trail::new(walker, &cut, &start))
        };
        let trails = setup.dynamics().into_iter().map(trail).collect::<Result<Vec<Trail>, ToyError>>()?;
        Ok(Session { surface, about, start, cut, trails, t: 0 })
    }

    /// One step of every rule, unless there are enough.
    pub fn step(&mut self) {
        if self.t < MOST_STEPS {
            self.trails.iter_mut().for_each(|trail| trail.step(&self.cut, &self.start));
            self.t += 1;
        }
    }

    /// One step back.
    pub fn back(&mut self) {
        self.trails.iter_mut().for_each(Trail::back);
        self.t = self.t.saturating_sub(1);
    }

    /// Makes the steps up to `t`, or as many as there is time for.
    pub fn advance(&mut self, t: u64, budget: Duration) {
        let begun = Instant::now();
        while self.t < t.min(MOST_STEPS) && begun.elapsed() < budget {
            self.step();
        }
    }

    /// Steps made.
    pub fn t(&self) -> u64 {
        self.t
    }

    pub fn surface(&self) -> &Arc<dyn Surface> {
        &self.surface
    }

    pub fn about(&self) -> &About {
        &self.about
    }

    pub fn start(&self) -> &[f64] {
        &self.start
    }

    pub fn cut(&self) -> &Cut {
        &self.cut
    }

    /// One per rule.
    pub fn trails(&self) -> &[Trail] {
        &self.trails
    }

    /// Whether the landscape is a line.
    pub fn is_line(&self) -> bool {
        self.surface.dim() == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::{dynamics::DynamicsKind, surfaces::SurfaceSpec};

    #[test]
    fn a_step_back_returns_exactly_and_the_next_steps_are_the_same() {
        for name in ["escape2d", "valley", "logistic"] {
            let mut setup = Setup::of(SurfaceSpec::named(name).unwrap());
            setup.kinds = DynamicsKind::ALL.to_vec();
            let mut session = Session::new(&setup).unwrap();
            let mut seen = vec![session.trails.iter().map(Trail::now).collect::<Vec<Point>>()];
            for _ in 0..150 {
                session.step();
                seen.push(session.trails.iter().map(Trail::now).collect());
            }
            for t in (60..150).rev() {
                session.back();
                assert_eq!(session.t(), t as u64);
                let now: Vec<Point> = session.trails.iter().map(Trail::now).collect();
                assert_eq!(now, seen[t], "{name}, back at {t}");
                assert!(session.trails.iter().all(|trail| trail.walker.steps() == t as u64));
            }
            for expected in &seen[61..] {
                session.step();
                let now: Vec<Point> = session.trails.iter().map(Trail::now).collect();
                assert_eq!(&now, expected, "{name}");
            }
            assert!(session.trails.iter().all(|trail| trail.points.len() == 151));
        }
    }

    #[test]
    fn back_at_the_start_stays_there() {
        let mut session = Session::new(&Setup::default()).unwrap();
        session.back();
        assert_eq!((session.t(), session.trails[0].points.len()), (0, 1));
        assert_eq!(session.trails[0].now().at, [1.0, 1.0]);
    }

    #[test]
    fn the_first_run_of_an_ensemble_ends_where_the_walk_does() {
        let setup = Setup { runs: 1, steps: 80, ..Setup::default() };
        let mut session = Session::new(&setup).unwrap();
        session.advance(80, Duration::from_secs(60));
        let mut ensemble = crate::toy::ensemble::Ensemble::new(setup.ensemble()).unwrap();
        ensemble.finish(&false.into()).unwrap();
        for (trail, results) in session.trails.iter().zip(ensemble.results()) {
            let end: Vec<f64> = results.ends().next().unwrap().to_vec();
            let off = end.iter().zip(trail.walker.solution()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-9, "{}: {off}", trail.spec().kind);
        }
    }

    #[test]
    fn what_diverges_says_when() {
        let mut setup = Setup::of(SurfaceSpec::named("himmelblau").unwrap());
        setup.constants.lr = 1.0;
        setup.kinds = vec![DynamicsKind::Gd];
        let mut session = Session::new(&setup).unwrap();
        session.advance(100, Duration::from_secs(10));
        let at = session.trails[0].diverged().unwrap();
        assert!(at > 0 && session.trails[0].points[at - 1].is_finite());
    }
}
