//! What a panel is, and what it may see and change.

use eframe::egui_wgpu::RenderState;
use egui::Ui;

use super::{
    action::Actions, desk::Desk, form::Form, lab::Lab, panel_id::PanelId, queue::Queue, reading::Reading,
    recipes::Recipes, shelf::Asking, store::Store, table::Table, unkept::Unkept, view::View, workspace::Workspace,
};
use crate::engine::{Snapshots, Status};

/// The part of the window where the default layout has a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where things are chosen.
    Left,
    /// Where they are seen.
    Centre,
}

/// What a panel may see and change. What it sets in a form or a look is cheap to undo and changes at once; everything
/// else it asks for, as an action.
pub struct Window<'a> {
    pub store: &'a mut Store,
    pub form: &'a mut Form,
    pub view: &'a mut View,
    pub table: &'a mut Table,
    pub queue: &'a Queue,
    pub recipes: &'a mut Recipes,
    pub unkept: &'a Unkept,
    pub reading: &'a mut Reading,
    pub desk: &'a mut Desk,
    pub lab: &'a mut Lab,
    pub snapshots: Snapshots,
    /// Of the run that the knobs are for.
    pub status: &'a Status,
    pub gpu: Option<&'a RenderState>,
    /// Whether keys are the laboratory's.
    pub lab_keys: bool,
    pub actions: &'a mut Actions,
}

impl Window<'_> {
    /// What decides the questions of forms.
    pub fn asking(&self) -> Asking<'_> {
        self.desk.asking(self.store, &self.snapshots)
    }
}

/// A panel that can be docked, dragged and put in tabs.
pub trait Panel: Sync {
    /// The name under which layouts keep it; stays as it is for ever.
    fn id(&self) -> PanelId;

    fn title(&self) -> &'static str;

    /// Where it belongs.
    fn workspace(&self) -> Workspace;

    fn side(&self) -> Side {
        Side::Centre
    }

    /// Points; a pane that is narrower is scrolled sideways, because fields and buttons would be cut.
    fn narrowest(&self) -> f32 {
        match self.side() {
            Side::Left => 300.0,
            Side::Centre => 440.0,
        }
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>);
}
