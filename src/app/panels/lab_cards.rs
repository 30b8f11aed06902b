//! Theorems: the statement, the numbers it is tried on, what was measured, whether it holds, and a picture.

use egui::{Color32, DragValue, FontId, Grid, Pos2, Rect, RichText, Slider, SliderClamping, Stroke, Ui, pos2, vec2};

use crate::{
    app::{
        action::Actions,
        chart::{self, Interaction},
        content::Content,
        icon::{self, Icon},
        lab::{
            Lab,
            cards::{Answer, Knob, Topic},
            plots,
        },
        offer::Offer,
        theme,
    },
    figure::Color,
    toy::theory::{Bound, Check},
};

/// What holds, in a colour that is told from the error's by brightness, too; the mark and the word say it as well.
const HOLDS: Color = Color { r: 0x00, g: 0x9E, b: 0x73 };
const NARROW: f32 = 520.0;

/// The list of cards and the knobs of the one that is shown.
pub fn side(ui: &mut Ui, lab: &mut Lab) {
    let cards = &mut lab.cards;
    for (k, topic) in cards.topics.iter().enumerate() {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 3.0;
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 16.0), egui::Sense::hover());
            if let Some(holds) = cards.verdicts[k] {
                mark(ui, rect, holds);
            }
            let label = RichText::new(topic.title).small();
            if ui.selectable_label(cards.shown == k, label).clicked() {
                cards.shown = k;
            }
        });
    }
    ui.separator();
    if let Some(topic) = cards.topics.get_mut(cards.shown) {
        topic.knobs.iter_mut().for_each(|k| knob(ui, k));
    }
    if ui.small_button("Reset the card").on_hover_text("Back to its usual numbers").clicked() {
        cards.reset();
    }
}

fn knob(ui: &mut Ui, knob: &mut Knob) {
    let name = ui.label(theme::markup_job(knob.name, FontId::proportional(12.0), ui.visuals().text_color()));
    let name = name.on_hover_text(knob.help);
    ui.horizontal(|ui| {
        ui.spacing_mut().slider_width = 128.0;
        let (range, is_wide) = (knob.range.clone(), knob.range.end() - knob.range.start() > 200.0);
        let field = if knob.is_whole && is_wide {
            ui.add(DragValue::new(&mut knob.value).range(range).speed(1.0).fixed_decimals(0))
        } else if knob.is_whole {
            ui.add(Slider::new(&mut knob.value, range).integer())
        } else {
            let spans_decades = *range.start() > 0.0 && range.end() / range.start() > 50.0;
            let slider = Slider::new(&mut knob.value, range).clamping(SliderClamping::Never);
            ui.add(slider.logarithmic(spans_decades).max_decimals(4).smart_aim(false))
        };
        field.labelled_by(name.id).on_hover_text(knob.help);
    });
}

/// The card that is shown.
pub fn ui(ui: &mut Ui, lab: &mut Lab, actions: &mut Actions) {
    let cards = &mut lab.cards;
    cards.follow(ui.ctx());
    let Some(topic) = cards.topics.get(cards.shown) else { return };
    let Some((answer, is_new)) = cards.answer.answer(topic) else {
        if cards.answer.is_lost(topic) {
            return theme::teach(ui, "The measurement ended without an answer; change a number to try again.");
        }
        return theme::teach(ui, "Measuring…");
    };
    // An old answer is shown until the new one is there, unless it is another card's.
    let of_this_card = |k: &Topic| k.title == topic.title;
    if !is_new && !cards.answer.answered().is_some_and(of_this_card) {
        return theme::teach(ui, "Measuring…");
    }
    let answer = match answer {
        Ok(answer) => answer,
        Err(why) => {
            heading(ui, topic.title);
            let words = RichText::new(format!("{why}.")).color(theme::error(ui));
            ui.add(egui::Label::new(words).wrap());
            return;
        }
    };
    let at_work = cards.answer.at_work().filter(|s| *s > 0.15);
    let is_lost = cards.answer.is_lost(topic);
    egui::ScrollArea::vertical().id_salt("lab card").auto_shrink([false, false]).show(ui, |ui| {
        statement(ui, topic, answer, at_work, is_lost, actions);
        checks(ui, answer);
        pictures(ui, answer);
    });
}

fn heading(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).strong().size(15.0));
}

fn statement(ui: &mut Ui, topic: &Topic, answer: &Answer, at_work: Option<f64>, is_lost: bool, actions: &mut Actions) {
    let theorem = answer.card.theorem;
    ui.horizontal(|ui| {
        heading(ui, theorem.name);
        verdict(ui, answer.card.holds());
        if let Some(seconds) = at_work {
            ui.add(egui::Spinner::new().size(14.0));
            ui.label(RichText::new(format!("measuring anew, {seconds:.1} s")).small().weak());
        }
        if is_lost {
            let words = "the last measurement ended without an answer";
            ui.label(RichText::new(words).small().color(theme::error(ui)));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let export = icon::button(ui, Icon::Save, "Export the card", true, 18.0);
            if export.on_hover_text("Save the pictures: PNG, SVG, PDF or CSV").clicked() {
                let caption = format!("{} · {}", theorem.source, answer.remark);
                let figure = plots::page(topic.title.into(), caption, answer.panels.clone(), theme::page(ui));
                actions.offer(Offer::new(Content::Figure(figure), &format!("theorem {}", theorem.name)));
            }
            theme::help_button(ui, "the card", |ui| {
                theme::define(ui, theorem.name, theorem.statement);
                theme::define(ui, "source", theorem.source);
                let words = "Numbers are measured anew whenever a slider moves, slow ones in the background. A check holds when the measured number keeps the bound of the theorem for this very example.";
                theme::define(ui, "measured", words);
            });
        });
    });
    ui.add(egui::Label::new(theorem.statement).wrap());
    ui.add(egui::Label::new(RichText::new(theorem.source).small().weak()).wrap());
    ui.add_space(4.0);
}

/// A word with a mark.
fn verdict(ui: &mut Ui, holds: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(16.0, 16.0), egui::Sense::hover());
    mark(ui, rect, holds);
    let (word, color) = if holds { ("holds", theme::color(HOLDS)) } else { ("fails", theme::error(ui)) };
    ui.label(RichText::new(word).strong().color(color));
}

/// A tick, or a cross.
fn mark(ui: &Ui, rect: Rect, holds: bool) {
    let color: Color32 = if holds { theme::color(HOLDS) } else { theme::error(ui) };
    let stroke = Stroke::new(2.2, color);
    let (c, s) = (rect.center(), 4.5);
    let line = |a: Pos2, b: Pos2| {
        ui.painter().line_segment([a, b], stroke);
    };
    if holds {
        line(pos2(c.x - s, c.y), pos2(c.x - 0.25 * s, c.y + 0.8 * s));
        line(pos2(c.x - 0.25 * s, c.y + 0.8 * s), pos2(c.x + s, c.y - s));
    } else {
        line(pos2(c.x - s, c.y - s), pos2(c.x + s, c.y + s));
        line(pos2(c.x - s, c.y + s), pos2(c.x + s, c.y - s));
    }
}

fn checks(ui: &mut Ui, answer: &Answer) {
    if ui.available_width() < NARROW {
        return narrow_checks(ui, answer);
    }
    Grid::new("checks").num_columns(4).striped(true).spacing([10.0, 3.0]).show(ui, |ui| {
        for head in ["", "what", "measured", "the theorem says"] {
            ui.label(RichText::new(head).small().strong());
        }
        ui.end_row();
        for check in &answer.card.checks {
            row(ui, check);
        }
    });
    inputs(ui, answer);
}

/// The same in lines that wrap.
fn narrow_checks(ui: &mut Ui, answer: &Answer) {
    for check in &answer.card.checks {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 3.0;
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), egui::Sense::hover());
            mark(ui, rect, check.holds());
            let word = if check.holds() { "holds" } else { "fails" };
            ui.label(RichText::new(word).small());
            let words = format!("{}: {}, {}", check.what, theme::value(check.measured), bound(check.bound));
            ui.label(RichText::new(words).small());
        });
    }
    inputs(ui, answer);
}

/// What the example is made from, and a remark.
fn inputs(ui: &mut Ui, answer: &Answer) {
    let inputs: Vec<String> =
        answer.card.inputs.iter().map(|(name, x)| format!("{name} = {}", theme::value(*x))).collect();
    ui.add(egui::Label::new(RichText::new(inputs.join("   ")).small().weak()).wrap());
    if !answer.remark.is_empty() {
        ui.add(egui::Label::new(RichText::new(&answer.remark).small()).wrap());
    }
    ui.add_space(4.0);
}

fn row(ui: &mut Ui, check: &Check) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), egui::Sense::hover());
        mark(ui, rect, check.holds());
        ui.label(RichText::new(if check.holds() { "holds" } else { "fails" }).small());
    });
    ui.label(RichText::new(&check.what).small());
    ui.label(RichText::new(theme::value(check.measured)).small().monospace());
    ui.label(RichText::new(bound(check.bound)).small().monospace());
    ui.end_row();
}

fn bound(bound: Bound) -> String {
    match bound {
        Bound::AtLeast(b) => format!("≥ {}", theme::value(b)),
        Bound::AtMost(b) => format!("≤ {}", theme::value(b)),
        Bound::Above(b) => format!("> {}", theme::value(b)),
        Bound::Below(b) => format!("< {}", theme::value(b)),
        Bound::Within { low, high } => format!("from {} to {}", theme::value(low), theme::value(high)),
        Bound::Equals { value, tolerance: 0.0 } => format!("= {}", theme::value(value)),
        Bound::Equals { value, tolerance } => format!("{} ± {}", theme::value(value), theme::value(tolerance)),
    }
}

/// Side by side where there is room.
fn pictures(ui: &mut Ui, answer: &Answer) {
    let room = ui.available_size();
    let count = answer.panels.len();
    let is_wide = count > 1 && room.x >= NARROW;
    let width = if is_wide { (room.x - 10.0) / count as f32 } else { room.x };
    let height = if is_wide || count == 1 { (room.y - 76.0).clamp(190.0, 420.0) } else { 200.0 };
    let one = |ui: &mut Ui, k: usize| {
        let panel = &answer.panels[k];
        ui.vertical(|ui| {
            ui.set_width(width);
            let title = theme::markup_job(&panel.title, FontId::proportional(12.5), ui.visuals().strong_text_color());
            ui.add(egui::Label::new(title).truncate());
            chart::legend(ui, panel);
            let shown = chart::show(ui, &format!("card {k}"), panel, vec2(width, height), &Interaction::default());
            shown.named(&panel.title);
        });
    };
    if is_wide {
        ui.horizontal_top(|ui| (0..count).for_each(|k| one(ui, k)));
    } else {
        (0..count).for_each(|k| one(ui, k));
    }
}
