//! The picture of the plane that is shown, made anew when its numbers or its look have changed.

use std::time::{Duration, Instant};

use egui::TextureOptions;

use super::{
    ground::{self, Cell, Ground},
    kinds::plane::{PlaneEntry, PlaneShown},
    shelf::SurveyId,
};
use crate::{
    figure::{Panel, Theme, plane_panel},
    present::{self, PlaneLook},
    survey::Shown,
};

/// The picture is made anew so often while its plane is being measured.
const EVERY: Duration = Duration::from_millis(80);
/// Points of a plane whose contour lines are drawn while it is being measured.
const SMALL: usize = 10_000;

/// What a picture was made of.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    id: SurveyId,
    version: u64,
    look: PlaneLook,
    is_going: bool,
}

/// Of the finite training losses of a plane, the least and the greatest, and where the least is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    pub range: (f64, f64),
    pub lowest: (f64, f64),
}

impl Extremes {
    fn of(found: &PlaneShown) -> Option<Extremes> {
        let values = found.plane.values();
        let (a, b, least) = present::lowest(&found.layout, values)?;
        let finite = values.iter().flatten().map(|m| m.train.loss).filter(|loss| loss.is_finite());
        Some(Extremes { range: (least, finite.fold(least, f64::max)), lowest: (a, b) })
    }
}

/// The picture of one plane.
#[derive(Default)]
pub struct HeatMap {
    made: Option<(Key, Instant)>,
    /// How long that took.
    cost: Duration,
    shown: Option<(Panel, Ground)>,
    extremes: Option<Extremes>,
}

impl HeatMap {
    /// Makes the picture anew when the plane's numbers or its look have changed.
    pub fn update(&mut self, ctx: &egui::Context, entry: &PlaneEntry, found: &PlaneShown, look: PlaneLook) {
        let is_going = entry.phase.measuring().is_some();
        let key = Key { id: entry.id, version: entry.version, look, is_going };
        if let Some((made, at)) = self.made {
            if made == key {
                return;
            }
            let is_soon = at.elapsed() < EVERY.max(6 * self.cost) && Key { version: made.version, ..key } == made;
            if is_soon && is_going {
                return ctx.request_repaint_after(EVERY);
            }
        }
        let begun = Instant::now();
        self.shown = make(ctx, found, look, is_going);
        self.extremes = Extremes::of(found);
        self.cost = begun.elapsed();
        self.made = Some((key, Instant::now()));
    }

    /// The panel, whose colours are in the ground.
    pub fn shown(&self) -> Option<&(Panel, Ground)> {
        self.shown.as_ref()
    }

    /// What its numbers reach; `None` while there are none.
    pub fn extremes(&self) -> Option<Extremes> {
        self.extremes
    }
}

fn make(ctx: &egui::Context, found: &PlaneShown, look: PlaneLook, is_going: bool) -> Option<(Panel, Ground)> {
    // Of a large plane, lines that change with every point would cost more than the measuring.
    let is_ready = found.plane.is_done() || found.layout.grid.count() <= SMALL;
    let look = PlaneLook { contours: look.contours && is_ready, ..look };
    // The survey's grid rises and is full; anything else would be no plane.
    let picture = found.view().picture(look, Theme::default()).ok()?;
    let mut panel = plane_panel(&picture);
    // The window has room for both axes whatever their proportion is.
    panel.equal = look.equal;
    let heat = ground::taken(&mut panel)?;
    let cells = found.plane.coarse_values();
    let ground = Ground::with(ctx, &heat, TextureOptions::NEAREST, |k| match cells.get(k) {
        Some(Shown { measured, here: true }) => Cell::Own(measured.train.loss),
        Some(Shown { measured, .. }) => Cell::Borrowed { value: measured.train.loss, pale: !is_going },
        None => Cell::Blank,
    });
    Some((panel, ground))
}
