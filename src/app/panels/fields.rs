//! Fields that several forms have.

use std::ops::RangeInclusive;

use egui::{
    Align, ComboBox, DragValue, Label, Layout, Response, RichText, Sense, Slider, SliderClamping, TextStyle, Ui,
    UiBuilder, vec2,
};

use crate::{
    app::{
        kinds::{eigen::EigenForm, range::Range},
        theme,
    },
    data::Pixels,
    explore::{Eigenvector, LineRequest, Request},
    optim::Rail,
    survey::{Directions, Normalisation, Vectors},
};

/// A field is not narrower, points.
const NARROWEST: f32 = 60.0;
/// What sliders of learning rates reach.
pub const RATES: Rail = Rail { from: 1e-5, to: 1.0, least: Some(1e-5) };
/// A slider in a form is so wide, as far as there is room.
const NARROWEST_SLIDER: f32 = 56.0;
const WIDEST_SLIDER: f32 = 120.0;

/// A labelled row of a grid; the label names the field for screen readers and tests.
pub fn row(ui: &mut Ui, label: &str, help: &str, field: impl FnOnce(&mut Ui) -> Response) {
    let name = ui.label(label).on_hover_text(help);
    field(ui).labelled_by(name.id).on_hover_text(help);
    ui.end_row();
}

/// A labelled field in a line of them.
pub fn inline(ui: &mut Ui, label: &str, help: &str, field: impl FnOnce(&mut Ui) -> Response) {
    let name = ui.label(label);
    field(ui).labelled_by(name.id).on_hover_text(help);
}

/// A slider of this width for a number that has a field of its own, which takes any number; `name` is the field's.
pub fn slider(ui: &mut Ui, name: &str, value: &mut f64, rail: Rail, width: f32) -> Response {
    ui.scope(|ui| {
        ui.spacing_mut().slider_width = width;
        // A number that was typed stays where it is, also beyond the ends.
        let slider = Slider::new(value, rail.from..=rail.to).clamping(SliderClamping::Never).show_value(false);
        let slider = match rail.least {
            Some(least) => slider.logarithmic(true).smallest_positive(least),
            None => slider,
        };
        ui.add(slider.max_decimals(6)).accessible_name(format!("{name} slider"))
    })
    .inner
}

/// The same at the right of its field, in the rest of the row.
pub fn slider_beside(ui: &mut Ui, name: &str, value: &mut f64, rail: Rail) -> Response {
    let width = ui.available_width().clamp(NARROWEST_SLIDER, WIDEST_SLIDER);
    slider(ui, name, value, rail, width)
}

/// A choice among all values of a type.
pub fn choice<T: Copy + PartialEq + std::fmt::Display>(
    ui: &mut Ui,
    id: &str,
    width: f32,
    value: &mut T,
    all: &[T],
) -> Response {
    let shown = ComboBox::from_id_salt(id).width(width).selected_text(value.to_string()).show_ui(ui, |ui| {
        for item in all {
            ui.selectable_value(value, *item, item.to_string());
        }
    });
    shown.response
}

/// The width of a field in a cell of a form: no more than there is room for.
pub fn at_most(ui: &Ui, width: f32) -> f32 {
    ui.available_width().clamp(NARROWEST, width)
}

/// Fields beside each other where there is room for `width`, else one below the other.
pub fn beside<R>(ui: &mut Ui, width: f32, fields: impl FnOnce(&mut Ui) -> R) -> R {
    if ui.available_width() < width { ui.vertical(fields).inner } else { ui.horizontal(fields).inner }
}

/// Small buttons in a cell of a form, each with what is said of it, in as many rows as they take. Returns the text of the one that was
/// clicked.
pub fn chips<'a>(ui: &mut Ui, chips: &[(&str, &'a str)]) -> Option<&'a str> {
    let mut clicked = None;
    // A grid centres what is wrapped as if it were one row; inside a column it takes the height that it needs.
    ui.vertical(|ui| {
        ui.horizontal_wrapped(|ui| {
            for (label, text) in chips {
                if ui.small_button(*label).on_hover_text(*text).clicked() {
                    clicked = Some(*text);
                }
            }
        });
    });
    clicked
}

/// From where to where a form lets an option of a request go.
pub fn limits<R: Request>(option: &str) -> RangeInclusive<f64> {
    R::range(option).unwrap_or(f64::NEG_INFINITY..=f64::INFINITY)
}

/// A line of text.
pub fn text(ui: &mut Ui, value: &mut String, hint: &str) -> Response {
    let width = at_most(ui, 320.0);
    text_of_width(ui, value, hint, width)
}

/// A text of that width.
pub fn text_of_width(ui: &mut Ui, value: &mut String, hint: &str, width: f32) -> Response {
    ui.add(egui::TextEdit::singleline(value).hint_text(hint).desired_width(width))
}

/// A count where 0 means "all".
pub fn count(ui: &mut Ui, value: &mut Option<usize>) -> Response {
    let mut n = value.unwrap_or(0);
    let field = DragValue::new(&mut n).range(0..=1_000_000);
    let response = ui.add(field.custom_formatter(|n, _| if n == 0.0 { "all".into() } else { format!("{n}") }));
    *value = (n > 0).then_some(n);
    response
}

/// How pixels are scaled: a range, or mean and deviation.
pub fn pixels(ui: &mut Ui, id: &str, ranges: &[Pixels], range: &mut Option<Pixels>, [mean, std]: [&mut String; 2]) {
    row(
        ui,
        "Pixels",
        "The range that pixel values are scaled to. standard: mean 0 and deviation 1 over the training images. auto: the range \
         in which the checkpoint is right most often",
        |ui| {
            let name = |p: Option<Pixels>| p.map_or("default".to_string(), |p| p.to_string());
            let combo = ComboBox::from_id_salt(id).width(at_most(ui, 150.0)).selected_text(name(*range));
            combo
                .show_ui(ui, |ui| {
                    for p in std::iter::once(None).chain(ranges.iter().copied().map(Some)) {
                        ui.selectable_value(range, p, name(p));
                    }
                })
                .response
        },
    );
    // They are of pixels from 0 to 1.
    if matches!(range, None | Some(Pixels::Unit)) {
        row(ui, "Pixel mean", "Subtracted from pixels between 0 and 1: one number, or one for each channel", |ui| {
            text(ui, mean, "0, or 0.485,0.456,0.406")
        });
        row(ui, "Pixel deviation", "What is left is divided by this: one number, or one for each channel", |ui| {
            text(ui, std, "1, or 0.229,0.224,0.225")
        });
    } else {
        mean.clear();
        std.clear();
    }
}

/// From, to and how many points, called `what from`, `what to` and `what points`.
pub fn range(ui: &mut Ui, what: &str, range: &mut Range) {
    ui.label(what);
    let end = |ui: &mut Ui, value: &mut f64, which: &str| {
        ui.add(DragValue::new(value).speed(0.05).max_decimals(4)).accessible_name(format!("{what} {which}"));
    };
    end(ui, &mut range.from, "from");
    ui.label("to");
    end(ui, &mut range.to, "to");
    ui.label("in");
    let count = ui.add(DragValue::new(&mut range.count).range(2..=4096)).accessible_name(format!("{what} points"));
    count.on_hover_text("So many points, ends included");
}

/// Seed, normalisation and treatment of biases of random directions.
pub fn directions(ui: &mut Ui, directions: &mut Directions) {
    inline(ui, "seed", "The same seed draws the same directions", |ui| {
        ui.add(DragValue::new(&mut directions.seed).speed(0.1))
    });
    inline(
        ui,
        "normalised",
        "The length of a direction: that of the weights, filter by filter or layer by layer",
        |ui| choice(ui, "normalisation", 60.0, &mut directions.normalisation, Normalisation::ALL),
    );
    inline(ui, "biases", "Biases and norm parameters: zero in the direction (they stay), or kept in it", |ui| {
        choice(ui, "vectors", 52.0, &mut directions.vectors, Vectors::ALL)
    });
}

/// Which eigenvectors, how well they are searched, and how long they are; `hint` stands where none is chosen.
pub fn eigenvectors(ui: &mut Ui, form: &mut EigenForm, hint: &str) {
    let options = LineRequest::options();
    inline(ui, "eigenvectors", options.help("eigen"), |ui| text_of_width(ui, &mut form.ranks, hint, 64.0));
    inline(ui, "residual", options.help("eigen_tolerance"), |ui| {
        ui.add(DragValue::new(&mut form.tolerance).speed(1e-4).range(1e-7..=0.5).max_decimals(7))
    });
    inline(ui, "products", options.help("eigen_products"), |ui| {
        ui.add(DragValue::new(&mut form.products).range(1..=1_000_000))
    });
    inline(ui, "length", options.help("eigen_normalise"), |ui| {
        choice(ui, "eigenvector length", 60.0, &mut form.normalisation, Normalisation::ALL)
    });
}

/// The seed of a search for eigenvectors.
pub fn search_seed(ui: &mut Ui, form: &mut EigenForm) {
    inline(ui, "search seed", "The same seed finds the same eigenvectors to the bit", |ui| {
        ui.add(DragValue::new(&mut form.seed).speed(0.1))
    });
}

/// A name and a number, which is wrapped where there is no room for all that is said of it.
pub fn number(ui: &mut Ui, name: &str, value: String) {
    ui.label(RichText::new(name).small());
    ui.add(Label::new(RichText::new(value).small().monospace()).wrap());
    ui.end_row();
}

/// An eigenvalue with its residual, and that it was not found when it was not.
pub fn eigenvalue(ui: &mut Ui, name: &str, eigen: &Eigenvector) {
    let found = if eigen.is_found { "" } else { ", not converged" };
    let residual = theme::value(eigen.residual);
    number(ui, &format!("λ of {name}"), format!("{} ± {residual}{found}", theme::value(eigen.value)));
}

/// The same with what the number is: its formula and where that comes from, at the pointer.
pub fn explained(ui: &mut Ui, name: &str, help: &str, value: String) {
    ui.label(RichText::new(name).small()).on_hover_text(help);
    ui.add(Label::new(RichText::new(value).small().monospace()).wrap()).on_hover_text(help);
    ui.end_row();
}

/// A line of its own above numbers. It goes over all columns and makes none of them wider: what has no room in it is told at the
/// pointer.
pub fn heading(ui: &mut Ui, words: &str) {
    let height = ui.text_style_height(&TextStyle::Small);
    let (start, _) = ui.allocate_exact_size(vec2(1.0, height), Sense::hover());
    let room = start.with_max_x(ui.max_rect().right().max(start.right()));
    let mut line = ui.new_child(UiBuilder::new().max_rect(room).layout(Layout::left_to_right(Align::Center)));
    line.add(Label::new(RichText::new(words).small().strong()).truncate());
    ui.end_row();
}
