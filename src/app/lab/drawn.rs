//! What is drawn of the laboratory, computed anew only when what it is made from has changed.

use std::time::Instant;

use super::{
    drawings::{PlaneKey, Profile},
    laboratory::Lab,
    map,
    perturbed::{self, OnLine, OnPlane},
    session::Session,
    solid,
    view::Bounds,
};
use crate::{figure::Scale, scene::Scene};

/// Places of a curve over a line.
const PLACES: usize = 500;
/// Cells along the longer side for the perturbed loss of a plane.
const COARSE: usize = 48;

/// While the walk goes on, the surface is made anew so often.
const SOLID_SECONDS: f64 = 0.08;

impl Lab {
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
