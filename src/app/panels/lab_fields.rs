//! Fields of the laboratory: numbers to drag or type, with a way back to what is usual.

use egui::{DragValue, Response, Ui, WidgetInfo};

use super::fields;
use crate::{app::theme, optim::Rail};

/// Width of a field.
pub const FIELD: f32 = 62.0;
/// Room for the button that takes a field back, with what stands between the two.
const BACK: f32 = 26.0;
/// Widths of a slider.
const NARROWEST: f32 = 40.0;
const WIDEST: f32 = 96.0;

/// A row for a number, with a way back to what is usual.
pub fn number(ui: &mut Ui, label: &str, help: &str, value: &mut f64, usual: f64) {
    row(ui, label, help, value, usual, real);
}

/// A number to drag by a hundredth of what it is.
fn real(ui: &mut Ui, value: &mut f64) -> Response {
    let speed = if *value == 0.0 { 0.005 } else { (0.01 * value.abs()).max(1e-6) };
    ui.add_sized([FIELD, 18.0], DragValue::new(value).speed(speed).max_decimals(6))
}

/// The same in a line of its own, with a slider between name and number.
pub fn slid(ui: &mut Ui, label: &str, help: &str, value: &mut f64, usual: f64, rail: Rail) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let name = ui.label(theme::marked_up(ui, label)).on_hover_text(help);
        let room = ui.available_width() - FIELD - BACK;
        fields::slider(ui, label, value, rail, room.clamp(NARROWEST, WIDEST)).on_hover_text(help);
        real(ui, value).labelled_by(name.id).on_hover_text(help);
        if *value != usual && back(ui, label).clicked() {
            *value = usual;
        }
    });
}

/// The same for a count.
pub fn whole<N: egui::emath::Numeric>(
    ui: &mut Ui,
    label: &str,
    help: &str,
    value: &mut N,
    usual: N,
    range: std::ops::RangeInclusive<N>,
) {
    row(ui, label, help, value, usual, |ui, value| {
        ui.add_sized([FIELD, 18.0], DragValue::new(value).speed(0.2).range(range))
    });
}

/// p of SAM's norm, up to infinity.
pub fn norm(ui: &mut Ui, value: &mut f64, usual: f64) {
    let help = "p of the norm that SAM's ρ is measured in: 1 to inf";
    row(ui, "norm p", help, value, usual, |ui, value| {
        let drag = DragValue::new(value)
            .speed(0.03)
            .range(1.0..=f64::INFINITY)
            .max_decimals(2)
            .custom_formatter(|p, _| {
                if p.is_infinite() {
                    "∞".into()
                } else {
                    format!("{p:.2}").trim_end_matches('0').trim_end_matches('.').into()
                }
            })
            .custom_parser(|text| match text.trim() {
                "∞" | "inf" => Some(f64::INFINITY),
                text => text.parse().ok(),
            });
        ui.add_sized([FIELD, 18.0], drag)
    });
}

fn row<T: PartialEq + Copy>(
    ui: &mut Ui,
    label: &str,
    help: &str,
    value: &mut T,
    usual: T,
    field: impl FnOnce(&mut Ui, &mut T) -> Response,
) {
    let name = ui.label(theme::marked_up(ui, label)).on_hover_text(help);
    field(ui, value).labelled_by(name.id).on_hover_text(help);
    if *value != usual {
        if back(ui, label).clicked() {
            *value = usual;
        }
    } else {
        ui.label("");
    }
    ui.end_row();
}

/// A small button that takes a field back to what is usual.
pub fn back(ui: &mut Ui, what: &str) -> Response {
    let button = ui.small_button("↺").on_hover_text("Back to the usual value");
    button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, format!("Reset {what}")));
    button
}
