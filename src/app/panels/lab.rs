//! The Laboratory panel: exact landscapes of one and two dimensions, and rules that walk on them.

use eframe::egui_wgpu::RenderState;
use egui::{Key, Modifiers, RichText, Ui};

use super::{lab_cards, lab_controls, lab_help, lab_runs, lab_walk};
use crate::app::{
    action::Actions,
    lab::{Lab, Page},
    panel::{Panel, Window},
    panel_id::PanelId,
    theme,
    workspace::Workspace,
};

/// Width of the column with everything that is set.
const SIDE: f32 = 226.0;
/// Steps with Shift.
const LEAP: u64 = 10;

/// See the module.
pub struct LabPanel;

impl Panel for LabPanel {
    fn id(&self) -> PanelId {
        PanelId::LABORATORY
    }

    fn title(&self) -> &'static str {
        "Laboratory"
    }

    fn workspace(&self) -> Workspace {
        Workspace::Laboratory
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        self::ui(ui, window.lab, window.gpu, window.lab_keys, window.actions);
    }
}

/// Draws the panel. `keys` says that keys mean the laboratory and nothing else wants them.
fn ui(ui: &mut Ui, lab: &mut Lab, gpu: Option<&RenderState>, keys: bool, actions: &mut Actions) {
    if keys && lab.page == Page::Walk {
        shortcuts(ui, lab);
    }
    lab.update(ui.ctx());
    header(ui, lab);
    ui.separator();
    let height = ui.available_height();
    ui.horizontal_top(|ui| {
        ui.allocate_ui(egui::vec2(SIDE, height), |ui| {
            ui.vertical(|ui| {
                ui.set_width(SIDE);
                let area = egui::ScrollArea::vertical().id_salt(("lab side", lab.page)).auto_shrink([false, false]);
                area.show(ui, |ui| {
                    if lab.page == Page::Theory { lab_cards::side(ui, lab) } else { lab_controls::ui(ui, lab) }
                });
            });
        });
        ui.add_space(2.0);
        ui.vertical(|ui| {
            ui.set_width(ui.available_width());
            match lab.page {
                Page::Walk => lab_walk::ui(ui, lab, gpu, actions),
                Page::Runs => lab_runs::ui(ui, lab, actions),
                Page::Theory => lab_cards::ui(ui, lab, actions),
            }
        });
    });
}

fn header(ui: &mut Ui, lab: &mut Lab) {
    ui.horizontal(|ui| {
        for page in Page::ALL {
            ui.selectable_value(&mut lab.page, page, page.title()).on_hover_text(lab_help::page(page));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            theme::help_button(ui, "the laboratory", |ui| lab_help::laboratory(ui, lab));
            let words = match lab.session() {
                Ok(session) if lab.page != Page::Theory => session.about().description,
                _ => "",
            };
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(words).small().weak()).truncate());
            });
        });
    });
}

/// Keys of the walk.
fn shortcuts(ui: &Ui, lab: &mut Lab) {
    let key = |m, k| ui.input_mut(|i| i.consume_key(m, k));
    if key(Modifiers::NONE, Key::Space) {
        lab.toggle_running();
    }
    // The longer combination first: it would count as the shorter one, too.
    if key(Modifiers::SHIFT, Key::ArrowRight) {
        lab.step(LEAP);
    } else if key(Modifiers::NONE, Key::ArrowRight) {
        lab.step(1);
    }
    if key(Modifiers::SHIFT, Key::ArrowLeft) {
        lab.back(LEAP);
    } else if key(Modifiers::NONE, Key::ArrowLeft) {
        lab.back(1);
    }
    if key(Modifiers::NONE, Key::Home) {
        lab.rewind();
    }
    if key(Modifiers::COMMAND, Key::Z) {
        lab.undo();
    }
}
