//! The toy laboratory of the window: exact landscapes to walk on, a step at a time or by the thousand.
//!
//! What is computed is in this folder and knows no widgets but textures; how it is shown is in `panels/lab*`.

pub mod cards;
pub mod clock;
pub mod closed;
pub mod cut;
pub mod density;
pub mod latest;
pub mod local;
pub mod map;
pub mod perturbed;
pub mod plots;
pub mod run_plots;
pub mod runs;
pub mod session;
pub mod setup;
pub mod solid;
pub mod summary;
pub mod view;

use std::time::{Duration, Instant};

use self::{
    cards::Cards,
    clock::Clock,
    density::Density,
    latest::Latest,
    map::Map,
    perturbed::{OnLine, OnPlane},
    runs::Runs,
    session::{MOST_STEPS, Session},
    setup::{Changes, Setup},
    view::{Bounds, View},
};
use super::surface::SurfaceView;
use crate::{
    figure::{Scale, suited_scale},
    scene::Scene,
    toy::{
        ToyError,
        dynamics::{DynamicsKind, DynamicsSpec},
        formula::FormulaError,
        surfaces::SurfaceSpec,
    },
};

/// Time per frame for steps.
const BUDGET: Duration = Duration::from_millis(8);
/// Places of a curve over a line.
const PLACES: usize = 500;
/// Cells along the longer side for the perturbed loss of a plane.
const COARSE: usize = 48;

/// What fills the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Page {
    #[default]
    Walk,
    Runs,
    Theory,
}

impl Page {
    pub const ALL: [Page; 3] = [Page::Walk, Page::Runs, Page::Theory];

    pub fn title(self) -> &'static str {
        match self {
            Page::Walk => "One walk",
            Page::Runs => "Many runs",
            Page::Theory => "Theorems",
        }
    }
}

/// How the landscape is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Colours by the logarithm; `None` is what suits the landscape.
    pub log: Option<bool>,
    pub contours: bool,
    pub gradient: bool,
    pub noise: bool,
    pub hessian: bool,
    pub perturbed: bool,
    /// Loss over time on a logarithmic axis.
    pub log_loss: bool,
    /// As a surface in three dimensions.
    pub solid: bool,
}

impl Default for Look {
    fn default() -> Look {
        let on = true;
        Look {
            log: None,
            contours: on,
            gradient: on,
            noise: on,
            hessian: on,
            perturbed: on,
            log_loss: on,
            solid: false,
        }
    }
}

/// L over a part of a line.
pub struct Profile {
    key: (u64, [f64; 2]),
    pub curve: Vec<[f64; 2]>,
}

/// What the perturbed loss of a plane was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneKey {
    version: u64,
    rho: f64,
    bounds: Bounds,
    scale: Scale,
}

/// What a surface in three dimensions was made of: landscape, walk, its step, part in view, scale.
type SolidKey = (u64, u64, u64, Bounds, Scale);

/// While the walk goes on, the surface is made anew so often.
const SOLID_SECONDS: f64 = 0.08;

/// See the module.
pub struct Lab {
    pub setup: Setup,
    changes: Changes,
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
    on_solid: Option<(SolidKey, Instant)>,
    /// The rule whose runs alone are shown.
    pub only: Option<DynamicsKind>,
    made_of: Option<Setup>,
    session: Result<Session, ToyError>,
    /// Counts landscapes.
    version: u64,
    /// Counts walks.
    walks: u64,
    suited: Scale,
    /// The walk goes on to this step.
    target: u64,
    /// The start before the last click.
    start_before: Option<Option<Vec<f64>>>,
    profile: Option<Profile>,
    on_line: Option<OnLine>,
    on_line_key: Option<(u64, u64, [f64; 2])>,
    on_plane: Latest<PlaneKey, Result<OnPlane, ToyError>>,
    /// Whether the hand was here last, and the frame in which the panel was drawn last.
    is_active: bool,
    drawn: Option<u64>,
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
            is_active: false,
            drawn: None,
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

    /// Whether keys mean the laboratory: it is in view, and the hand was here last.
    pub fn has_keys(&self, ctx: &egui::Context) -> bool {
        self.is_active && self.drawn.is_some_and(|frame| frame + 1 >= ctx.cumulative_frame_nr())
    }

    /// The hand is here, or elsewhere.
    pub fn set_active(&mut self, is_active: bool) {
        self.is_active = is_active;
    }

    /// Follows what is set, and makes the steps that are due. Once a frame, while the panel is in view.
    pub fn update(&mut self, ctx: &egui::Context) {
        let frame = ctx.cumulative_frame_nr();
        // Brought to the front by its tab.
        if self.drawn.map_or(frame > 2, |drawn| drawn + 1 < frame) {
            self.is_active = true;
        }
        self.drawn = Some(frame);
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
    fn follow(&mut self) {
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

    /// Colours by value, or by its logarithm.
    pub fn scale(&self) -> Scale {
        match self.look.log {
            Some(true) => Scale::Log10,
            Some(false) => Scale::Linear,
            None => self.suited,
        }
    }

    /// The part of the landscape that is seen.
    pub fn bounds(&self) -> Option<Bounds> {
        let session = self.session.as_ref().ok()?;
        let home = if session.is_line() {
            let across = session.about().window[0];
            [across, heights(session, across)]
        } else {
            session.cut().window(&session.about().window)
        };
        Some(self.view.visible(home, !session.is_line()))
    }

    /// Colours and level lines of what is seen, `size` points large.
    pub fn update_map(&mut self, ctx: &egui::Context, bounds: Bounds, size: egui::Vec2) {
        let look = (self.scale(), self.look.contours);
        if let Ok(session) = &self.session {
            self.map.update(ctx, session, self.version, (bounds, size), look);
        }
    }

    /// L along a line, over what is seen of it.
    pub fn profile(&mut self, across: [f64; 2]) -> &[[f64; 2]] {
        let key = (self.version, across);
        if self.profile.as_ref().is_none_or(|p| p.key != key)
            && let Ok(session) = &self.session
        {
            let curve = places(across).map(|x| [x, session.surface().value(&[x])]).collect();
            self.profile = Some(Profile { key, curve });
        }
        self.profile.as_ref().map_or(&[], |p| &p.curve)
    }

    /// The perturbed loss of a line over what is seen of it; computed once for every ρ.
    pub fn on_line(&mut self, across: [f64; 2]) -> Option<&OnLine> {
        let rho = self.setup.constants.rho;
        let key = (self.version, rho.to_bits(), across);
        if self.on_line_key != Some(key) {
            let session = self.session.as_ref().ok()?;
            let xs: Vec<f64> = places(across).collect();
            self.on_line = perturbed::on_line(&**session.surface(), &self.setup.surface, rho, &xs).ok();
            self.on_line_key = Some(key);
        }
        self.on_line.as_ref().filter(|found| found.rho > 0.0)
    }

    /// The perturbed loss of the plane that is seen, as far as it is known, and whether it is the one for this ρ.
    pub fn on_plane(&mut self, ctx: &egui::Context, bounds: Bounds) -> Option<(&OnPlane, bool)> {
        let session = self.session.as_ref().ok().filter(|s| s.surface().dim() == 2)?;
        let rho = self.setup.constants.rho;
        if rho <= 0.0 {
            return None;
        }
        let key = PlaneKey { version: self.version, rho, bounds, scale: self.scale() };
        if let Some(heat) = self.map.heat() {
            let (surface, spec) = (session.surface().clone(), self.setup.surface.clone());
            let away = |at: &[f64]| at.iter().zip(session.start()).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
            let minima = session.about().minima.iter().map(|m| m.at.clone());
            let near = minima.min_by(|a, b| away(a).total_cmp(&away(b)));
            let shades = heat.shades();
            let mut like = heat.clone();
            like.range = Some(shades.range());
            let sides = bounds.map(|[low, high]| high - low);
            let longer = sides[0].max(sides[1]);
            let cells = sides.map(|side| ((side / longer * COARSE as f64) as usize).max(8));
            let axes = [0, 1].map(|d| map::middles(bounds[d], cells[d]));
            self.on_plane
                .want(ctx, &key, move || perturbed::on_plane(&*surface, &spec, rho, near.as_deref(), axes, &like));
        }
        let (answer, is_new) = self.on_plane.answer(&key)?;
        Some((answer.as_ref().ok()?, is_new))
    }

    /// For how long something about the perturbed loss has been worked on.
    pub fn at_work(&self) -> Option<f64> {
        self.on_plane.at_work()
    }

    /// The landscape in three dimensions with the walk as it is, when it is to be shown anew.
    pub fn new_scene(&mut self, ctx: &egui::Context) -> Option<Scene> {
        let session = self.session.as_ref().ok()?;
        // The surface has no frame that more could be shown in.
        let home = session.cut().window(&session.about().window);
        let bounds = self.view.visible(home, false);
        let key = (self.version, self.walks, session.t(), bounds, self.scale());
        if let Some((shown, at)) = &self.on_solid {
            if *shown == key {
                return None;
            }
            if shown.0 == key.0 && at.elapsed().as_secs_f64() < SOLID_SECONDS {
                ctx.request_repaint_after_secs(SOLID_SECONDS as f32);
                return None;
            }
        }
        let scene = solid::scene(session, bounds, self.scale())?;
        self.on_solid = Some((key, Instant::now()));
        Some(scene)
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

fn places([low, high]: [f64; 2]) -> impl Iterator<Item = f64> {
    (0..=PLACES).map(move |k| low + (high - low) * k as f64 / PLACES as f64)
}

/// The heights that a line is first shown with: wells and barriers and the start fill them, walls are cut off.
fn heights(session: &Session, across: [f64; 2]) -> [f64; 2] {
    let surface = session.surface();
    let values: Vec<f64> = places(across).map(|x| surface.value(&[x])).filter(|v| v.is_finite()).collect();
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
    if low >= high {
        return [low.min(0.0) - 1.0, high.max(0.0) + 1.0];
    }
    let barriers = surface.peaks(across[0], across[1]).into_iter().map(|x| surface.value(&[x]));
    let top = barriers.fold(f64::NEG_INFINITY, f64::max).max(surface.value(session.start()));
    let high = if top > low { high.min(low + 2.5 * (top - low)) } else { high };
    let more = 0.07 * (high - low);
    [low - more, high + more]
}

#[cfg(test)]
mod tests;
