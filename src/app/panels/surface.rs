//! The Surface panel: the plane that is shown, as a surface to turn.

use egui::{RichText, Ui};

use super::progress;
use crate::app::{
    action::Action,
    content::Content,
    kinds::plane::Planes,
    offer::Offer,
    panel::{Panel, Window},
    panel_id::PanelId,
    theme,
    workspace::Workspace,
};

/// See the module.
pub struct SurfacePanel;

impl Panel for SurfacePanel {
    fn id(&self) -> PanelId {
        PanelId::SURFACE
    }

    fn title(&self) -> &'static str {
        "Surface"
    }

    fn workspace(&self) -> Workspace {
        Workspace::Checkpoints
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        self::ui(ui, window);
    }
}

/// Draws the panel.
fn ui(ui: &mut Ui, window: &mut Window<'_>) {
    let Window { desk, actions, gpu, .. } = window;
    let Some((entry, _)) = desk.surveys.of::<Planes>().found() else {
        return empty(ui, window);
    };
    ui.horizontal(|ui| {
        ui.add(egui::Label::new(RichText::new(entry.name()).strong()).truncate());
    });
    progress::ui::<Planes>(ui, entry.id, &entry.phase, actions);
    desk.update_surface(ui.ctx());
    if let (Some(picture), Some(gpu)) = (desk.surface.ui(ui, *gpu), gpu) {
        let content = Content::Surface { picture, device: gpu.device.clone(), queue: gpu.queue.clone() };
        let found = desk.surveys.of::<Planes>().found();
        let name = found.map_or("surface".into(), |(_, found)| format!("surface {}", found.short_title()));
        actions.offer(Offer::measured(content, &name, found.and_then(|(entry, _)| entry.methods())));
    }
}

fn empty(ui: &mut Ui, window: &mut Window<'_>) {
    theme::teach(
        ui,
        "Here the plane that was measured last is shown as a surface to turn in the hand, with its checkpoints and its \
         path.",
    );
    let Window { desk, actions, .. } = window;
    ui.vertical_centered(|ui| {
        if desk.surveys.of::<Planes>().form.of(&desk.library).is_ok() {
            if ui.button("Measure the plane").clicked() {
                actions.measure::<Planes>(PanelId::SURFACE);
            }
        } else if ui.button("Choose a plane").on_hover_text("Goes to the Plane panel").clicked() {
            actions.ask(Action::ShowPanel(PanelId::PLANE));
        }
    });
}
