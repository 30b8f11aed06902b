//! What the laboratory holds: see [`Lab`].

use std::time::{Duration, Instant};

use super::{
    cards::Cards,
    clock::Clock,
    density::Density,
    drawings::{PlaneKey, Profile, SolidKey},
    latest::Latest,
    look::{Look, Page},
    map::{self, Map},
    perturbed::{OnLine, OnPlane},
    runs::Runs,
    session::{MOST_STEPS, Session},
    setup::{Changes, Setup},
    view::{Bounds, View},
};
use crate::{
    app::surface::SurfaceView,
    figure::{Scale, suited_scale},
    toy::{
        ToyError,
        dynamics::{DynamicsKind, DynamicsSpec},
        formula::FormulaError,
        surfaces::SurfaceSpec,
    },
};

/// Time per frame for steps.
const BUDGET: Duration = Duration::from_millis(8);
/// See the module.
pub struct Lab {
    pub setup: Setup,
    pub(super) changes: Changes,
    /// A formula as it is typed; the surface follows when it can be read.
    pub formula: String,
    pub page: Page,
    pub look: Look,
    pub clock: Clock,
    /// The rule whose surroundings are drawn.
    pub focus: DynamicsKind,
    pub view: View,
    pub map: Map,
    pub runs: Runs,
    pub density: Density,
    pub cards: Cards,
    pub solid: SurfaceView,
    /// What the surface in three dimensions was made of, and when.
    pub(super) on_solid: Option<(SolidKey, Instant)>,
    /// The rule whose runs alone are shown.
    pub only: Option<DynamicsKind>,
    pub(super) made_of: Option<Setup>,
    pub(super) session: Result<Session, ToyError>,
    /// Counts landscapes.
    pub(super) version: u64,
    /// Counts walks.
    pub(super) walks: u64,
    pub(super) suited: Scale,
    /// The walk goes on to this step.
    pub(super) target: u64,
    /// The start before the last click.
    pub(super) start_before: Option<Option<Vec<f64>>>,
    pub(super) profile: Option<Profile>,
    pub(super) on_line: Option<OnLine>,
    pub(super) on_line_key: Option<(u64, u64, [f64; 2])>,
    pub(super) on_plane: Latest<PlaneKey, Result<OnPlane, ToyError>>,
}

impl Default for Lab {
    fn default() -> Lab {
        let setup = Setup::default();
        let session = Session::new(&setup);
        Lab {
            changes: Changes::default(),
            formula: String::new(),
            page: Page::default(),
            look: Look::default(),
            clock: Clock::default(),
            focus: DynamicsKind::Leading,
            view: View::default(),
            map: Map::default(),
            runs: Runs::default(),
            density: Density::default(),
            cards: Cards::default(),
            solid: SurfaceView::default(),
            on_solid: None,
            only: None,
            made_of: None,
            session,
            setup,
            version: 0,
            walks: 0,
            suited: Scale::default(),
            target: 0,
            start_before: None,
            profile: None,
            on_line: None,
            on_line_key: None,
            on_plane: Latest::default(),
        }
    }
}

impl Lab {
    /// With what was remembered as `text`, or with defaults.
    pub fn remembering(text: Option<&str>) -> Lab {
        let setup: Setup = text.and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
        let formula =
            if let SurfaceSpec::Formula { formula } = &setup.surface { formula.clone() } else { String::new() };
        let focus = followed(&setup);
        Lab { setup, formula, focus, ..Lab::default() }
    }

    /// What is to be remembered.
    pub fn kept(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.setup.storable())
    }

    /// Follows what is set, and makes the steps that are due. Once a frame, while the panel is in view.
    pub fn update(&mut self, ctx: &egui::Context) {
        let is_busy = ctx.input(|i| i.pointer.any_down()) || ctx.text_edit_focused();
        self.changes.note(&self.setup, is_busy);
        self.follow();
        let due = self.clock.due(f64::from(ctx.input(|i| i.stable_dt)));
        if let Ok(session) = &mut self.session {
            self.target = (self.target + due).min(MOST_STEPS);
            session.advance(self.target, BUDGET);
            self.clock.is_running &= self.target < MOST_STEPS;
            if self.clock.is_running || session.t() < self.target {
                ctx.request_repaint();
            }
        }
    }

    /// Makes the walk anew when something that it is made from has changed; it goes on to where it was.
    pub(super) fn follow(&mut self) {
        let basis = Setup { runs: 0, steps: 0, rule: Default::default(), ..self.setup.clone() };
        let Some(before) = self.made_of.replace(basis.clone()) else { return self.rebuild(true) };
        if before != basis {
            self.rebuild(before.surface != basis.surface || before.seed != basis.seed);
        }
    }

    fn rebuild(&mut self, is_other_landscape: bool) {
        // A well of another dimension has no such point.
        if let (Ok(surface), Some(start)) = (self.setup.build(), &mut self.setup.start) {
            start.resize(surface.dim(), start.first().copied().unwrap_or_default());
        }
        self.session = Session::new(&self.setup);
        self.walks += 1;
        if !self.setup.kinds.contains(&self.focus) {
            self.focus = followed(&self.setup);
        }
        if !is_other_landscape {
            return;
        }
        self.version += 1;
        if let Ok(session) = &self.session {
            let home = session.cut().window(&session.about().window);
            let heat = (!session.is_line()).then(|| map::heat(session, home, [64, 64], Scale::Linear)).flatten();
            let values: Vec<f64> = heat.iter().flat_map(|h| h.grid.values()).flatten().copied().collect();
            self.suited = suited_scale(&values);
        }
    }

    /// Another landscape, with rules that suit it.
    pub fn set_surface(&mut self, spec: SurfaceSpec) {
        if let SurfaceSpec::Formula { formula } = &spec {
            self.formula.clone_from(formula);
        }
        self.setup = Setup::of(spec);
        self.focus = followed(&self.setup);
        self.look.log = None;
        self.only = None;
        self.view.reset();
        self.rewind();
    }

    /// Takes the formula that is typed, if it can be read.
    pub fn take_formula(&mut self) {
        if self.formula_error().is_none() {
            let before = self.session.as_ref().map(|s| s.surface().dim()).unwrap_or_default();
            self.setup.surface = SurfaceSpec::Formula { formula: self.formula.clone() };
            let is_same = self.setup.build().is_ok_and(|s| s.dim() == before);
            if !is_same {
                self.setup.start = None;
                self.view.reset();
            }
        }
    }

    /// What is wrong with the formula that is typed.
    pub fn formula_error(&self) -> Option<FormulaError> {
        crate::toy::formula::Formula::new(&self.formula).err()
    }

    pub fn can_undo(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        self.changes.undo(&mut self.setup);
        if let SurfaceSpec::Formula { formula } = &self.setup.surface {
            self.formula.clone_from(formula);
        }
    }

    /// Everything as it was for this landscape at first.
    pub fn reset(&mut self) {
        if let Ok(spec) = SurfaceSpec::named(self.setup.surface.name()) {
            self.set_surface(spec);
        }
    }

    pub fn session(&self) -> Result<&Session, &ToyError> {
        self.session.as_ref()
    }

    /// Runs or holds.
    pub fn toggle_running(&mut self) {
        self.clock.is_running ^= true;
        if let Ok(session) = &self.session {
            self.target = session.t();
        }
    }

    /// `count` steps, then hold.
    pub fn step(&mut self, count: u64) {
        self.clock.is_running = false;
        if let Ok(session) = &mut self.session {
            (0..count).for_each(|_| session.step());
            self.target = session.t();
        }
    }

    /// `count` steps back, then hold.
    pub fn back(&mut self, count: u64) {
        self.clock.is_running = false;
        if let Ok(session) = &mut self.session {
            (0..count).for_each(|_| session.back());
            self.target = session.t();
        }
    }

    /// Back to the start, and hold.
    pub fn rewind(&mut self) {
        self.clock.is_running = false;
        self.target = 0;
        self.session = Session::new(&self.setup);
        self.walks += 1;
    }

    /// Places the start; what is not seen of it stays.
    pub fn place_start(&mut self, at: [f64; 2], bounds: Bounds) {
        let Ok(session) = &self.session else { return };
        // Rounded to what a hand can aim at.
        let digits = |[low, high]: [f64; 2]| 10f64.powf(((high - low) / 1000.0).log10().floor());
        let at = [0, 1].map(|d| (at[d] / digits(bounds[d])).round() * digits(bounds[d]));
        let start = session.cut().moved(session.start(), at);
        self.start_before = Some(self.setup.start.replace(start));
    }

    /// Forgets the start that the last click has placed: it was the first of two.
    pub fn unplace_start(&mut self) {
        if let Some(before) = self.start_before.take() {
            self.setup.start = before;
        }
    }

    /// Where walks on this landscape start at first.
    pub fn usual_start(&self) -> Option<Vec<f64>> {
        Setup::of(self.setup.surface.clone()).start
    }

    /// The constants of a landscape's own setup, to go back to.
    pub fn usual(&self) -> DynamicsSpec {
        SurfaceSpec::named(self.setup.surface.name()).map(|s| Setup::of(s).constants).unwrap_or_default()
    }
}

/// The rule that is followed at first: one with noise that has a shape, if there is one.
fn followed(setup: &Setup) -> DynamicsKind {
    let first = setup.kinds.first().copied().unwrap_or_default();
    [DynamicsKind::Leading, DynamicsKind::Sgd].into_iter().find(|k| setup.kinds.contains(k)).unwrap_or(first)
}
