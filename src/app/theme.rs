//! Colours, sizes and number formats of the window, all in one place.

#![expect(clippy::disallowed_methods, reason = "colours are made here")]

use std::time::SystemTime;

use egui::{Color32, RichText, Ui, Visuals};
use egui_plot::{GridInput, GridMark};

use crate::figure::{
    Theme,
    colors::{self, Color},
    markup,
    text::Level,
    ticks::{self, Numbers},
};

/// A figure's colour on screen.
pub fn color(c: Color) -> Color32 {
    Color32::from_rgb(c.r, c.g, c.b)
}

/// Contrast that words and lines have against their ground at least (WCAG's AA).
const CONTRAST: f64 = 4.5;

/// The same for lines on the window's ground: mixed with white on the dark one, with black on the light one, until it is seen well.
pub fn ink(ui: &Ui, c: Color) -> Color32 {
    color(seen(c, ui.visuals().dark_mode))
}

/// A colour as [`ink`] draws it, in the dark theme or in the light one.
pub fn seen(c: Color, dark: bool) -> Color {
    let (to, ground) =
        if dark { (255, Color { r: 0x0E, g: 0x10, b: 0x14 }) } else { (0, Color { r: 255, g: 255, b: 255 }) };
    let to = Color { r: to, g: to, b: to };
    // On paper's white, thin lines keep their hue: what is no text needs 3.
    let least = if dark { CONTRAST } else { 3.0 };
    let enough = |share: &f64| contrast(c.mixed(to, *share), ground) >= least;
    let share = (0..20).map(|k| f64::from(k) * 0.05).find(enough);
    share.map_or(to, |share| c.mixed(to, share))
}

/// WCAG's contrast of two colours, from 1 to 21.
fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (a.luminance(), b.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The fill of an area: one that was made pale for a white page is dark on a dark one.
pub fn area(ui: &Ui, c: Color) -> Color32 {
    color(page(ui).page().area(c))
}

/// Light or dark, as figures have it.
pub fn page(ui: &Ui) -> Theme {
    if ui.visuals().dark_mode { Theme::Dark } else { Theme::Light }
}

/// The colour of words that say what is wrong.
pub fn error(ui: &Ui) -> Color32 {
    ui.visuals().error_fg_color
}

/// Sets up both themes once, at the start.
pub fn install(ctx: &egui::Context) {
    // The body typeface has no arrows and no ‖; the bundled monospace one has.
    let mut fonts = egui::FontDefinitions::default();
    fonts.families.entry(egui::FontFamily::Proportional).or_default().push("Hack".into());
    ctx.set_fonts(fonts);
    for (theme, mut visuals) in [(egui::Theme::Dark, Visuals::dark()), (egui::Theme::Light, Visuals::light())] {
        visuals.selection.bg_fill =
            color(colors::SGD).gamma_multiply(if theme == egui::Theme::Dark { 0.9 } else { 0.35 });
        visuals.widgets.noninteractive.bg_stroke.width = 0.6;
        if theme == egui::Theme::Dark {
            visuals.panel_fill = Color32::from_rgb(0x15, 0x18, 0x1D);
            visuals.widgets.noninteractive.fg_stroke.color = Color32::from_rgb(0xC8, 0xCE, 0xD6);
            visuals.weak_text_color = Some(Color32::from_rgb(0x97, 0xA1, 0xAE));
            visuals.extreme_bg_color = Color32::from_rgb(0x0E, 0x10, 0x14);
            visuals.error_fg_color = Color32::from_rgb(0xFF, 0x8A, 0x65);
        } else {
            visuals.panel_fill = Color32::from_rgb(0xF7, 0xF8, 0xFA);
            visuals.widgets.noninteractive.fg_stroke.color = Color32::from_rgb(0x26, 0x2C, 0x33);
            visuals.weak_text_color = Some(Color32::from_rgb(0x58, 0x61, 0x6B));
            visuals.error_fg_color = Color32::from_rgb(0xB3, 0x3A, 0x00);
        }
        ctx.set_visuals_of(theme, visuals);
    }
    ctx.all_styles_mut(|style| {
        style.spacing.item_spacing = egui::vec2(7.0, 5.0);
        style.text_styles.insert(egui::TextStyle::Small, egui::FontId::proportional(11.0));
        style.animation_time = 0.06;
        style.spacing.tooltip_width = 420.0;
    });
}

/// A label with subscripts, as figures write them.
pub fn marked_up(ui: &Ui, label: &str) -> egui::text::LayoutJob {
    let body = egui::TextStyle::Body.resolve(ui.style());
    markup_job(label, body, ui.visuals().text_color())
}

/// The same in a typeface and a colour of one's own.
pub fn markup_job(label: &str, font: egui::FontId, color: Color32) -> egui::text::LayoutJob {
    let mut job = egui::text::LayoutJob { break_on_newline: true, ..Default::default() };
    for (level, text) in markup(label) {
        let (size, valign) = match level {
            Level::Base => (font.size, egui::Align::BOTTOM),
            Level::Sub => (font.size * 0.72, egui::Align::BOTTOM),
            Level::Super => (font.size * 0.72, egui::Align::TOP),
        };
        let font_id = egui::FontId::new(size, font.family.clone());
        let format = egui::TextFormat { font_id, color, valign, ..Default::default() };
        job.append(&text, 0.0, format);
    }
    job
}

/// What an empty panel says.
pub fn teach(ui: &mut Ui, words: &str) {
    ui.add_space(18.0);
    ui.vertical_centered(|ui| {
        ui.set_max_width(ui.available_width().min(520.0));
        ui.add(egui::Label::new(RichText::new(words).weak()).wrap());
    });
    ui.add_space(10.0);
}

/// The number at a tick: as many digits as tell neighbours apart. On a logarithmic axis the mark is an exponent.
pub fn axis_number(mark: GridMark, log: bool) -> String {
    if !log {
        return number(mark.value, ticks::decimals(mark.step_size, 0).min(8));
    }
    let value = 10f64.powf(mark.value);
    // The distance to the next mark, in the units of the quantity.
    let step = value * (10f64.powf(mark.step_size) - 1.0).min(1.0);
    number(value, (-(step.log10() + 1e-6).floor()).clamp(0.0, 8.0) as usize)
}

/// Least distance of grid lines, as plots with [`round_marks`] are to be told.
pub const GRID: egui::Rangef = egui::Rangef { min: 20.0, max: 60.0 };

/// Marks of an axis at round numbers, in a plot whose grid lines have this `spacing`, see [`ticks::along`]; on a logarithmic axis the
/// bounds are exponents. `room`: how far from each other they are about, and at least.
pub fn round_marks(input: &GridInput, spacing: egui::Rangef, numbers: Numbers, room: [f64; 2]) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    // egui's step is as long as the least distance of grid lines.
    let points = (high - low) / input.base_step_size * f64::from(spacing.min);
    let log = numbers == Numbers::Logarithmic;
    let range = if log { (10f64.powf(low), 10f64.powf(high)) } else { (low, high) };
    let ticks = ticks::along(range, numbers, points, room);
    let values: Vec<f64> = ticks.iter().map(|tick| if log { tick.value.log10() } else { tick.value }).collect();
    let gap = |i: usize| {
        let before = i.checked_sub(1).map_or(f64::INFINITY, |k| values[i] - values[k]);
        before.min(values.get(i + 1).map_or(f64::INFINITY, |next| next - values[i]))
    };
    let mark =
        |i: usize| GridMark { value: values[i], step_size: if gap(i).is_finite() { gap(i) } else { high - low } };
    (0..values.len()).map(mark).collect()
}

fn number(value: f64, decimals: usize) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let text =
        if value.abs() >= 1e6 || value.abs() < 1e-4 { format!("{value:.1e}") } else { format!("{value:.decimals$}") };
    text.replace('-', "−")
}

/// 109386 as 109,386.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A measured number with six significant digits.
pub fn value(x: f64) -> String {
    if x.is_nan() {
        return "NaN".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "∞".into() } else { "−∞".into() };
    }
    // The power of ten after rounding: 0.9999999 has that of 1.
    let exponent = format!("{x:.5e}").split_once('e').and_then(|(_, e)| e.parse::<i32>().ok()).unwrap_or(0);
    let text = match exponent {
        _ if x == 0.0 => "0".into(),
        -4..6 => format!("{x:.*}", (5 - exponent) as usize),
        _ => format!("{x:.4e}"),
    };
    text.replace('-', "−")
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.2} %", 100.0 * share) } else { value(share) }
}

/// What a small button that explains something is called.
pub fn help_button(ui: &mut Ui, of: &str, content: impl FnOnce(&mut Ui)) {
    let help = ui.small_button("?").on_hover_text("What this shows, and how it was measured");
    help.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Explain {of}")));
    egui::Popup::menu(&help).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_max_width(440.0);
        content(ui);
    });
}

/// A word of a "?" card, and what it means.
pub fn define(ui: &mut Ui, word: &str, meaning: &str) {
    ui.label(RichText::new(word).strong());
    ui.add(egui::Label::new(marked_up(ui, meaning)).wrap());
    ui.add_space(4.0);
}

/// A stretch of time as people say it.
pub fn duration(seconds: f64) -> String {
    let s = seconds.round() as u64;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

/// Black, so far from clear: over pictures, whose colours are the same in both themes.
pub fn shade(alpha: u8) -> Color32 {
    Color32::from_black_alpha(alpha)
}

/// White, so far from clear.
pub fn glow(alpha: u8) -> Color32 {
    Color32::from_white_alpha(alpha)
}

/// A grey between black and white.
pub fn grey(level: u8) -> Color32 {
    Color32::from_gray(level)
}

/// How long ago, in the largest unit that fits.
pub fn ago(then: SystemTime) -> String {
    let seconds = then.elapsed().map_or(0, |age| age.as_secs());
    let of = |n: u64, unit: &str| if n == 1 { format!("1 {unit} ago") } else { format!("{n} {unit}s ago") };
    match seconds {
        0..60 => "just now".into(),
        60..3600 => of(seconds / 60, "minute"),
        3600..86_400 => of(seconds / 3600, "hour"),
        _ => of(seconds / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_the_largest_unit() {
        let words = [5, 61, 7300, 86_400 * 3].map(|s| ago(SystemTime::now() - std::time::Duration::from_secs(s)));
        assert_eq!(words, ["just now", "1 minute ago", "2 hours ago", "3 days ago"]);
    }

    #[test]
    fn marks_are_round_and_know_their_neighbours() {
        // 400 points for 2: a mark every 80 points is one every 0.4, the next round step is 0.5.
        let input = GridInput { bounds: (-0.5, 1.5), base_step_size: 0.1 };
        let marks = round_marks(&input, GRID, Numbers::Linear, [80.0, 15.0]);
        assert_eq!(marks.iter().map(|m| m.value).collect::<Vec<_>>(), [-0.5, 0.0, 0.5, 1.0, 1.5]);
        assert!(marks.iter().all(|m| (m.step_size - 0.5).abs() < 1e-12));
        // Three decades on a logarithmic axis.
        let input = GridInput { bounds: (-1.0, 2.0), base_step_size: 0.1 };
        let found = round_marks(&input, GRID, Numbers::Logarithmic, [60.0, 15.0]);
        let found: Vec<f64> = found.iter().map(|m| 10f64.powf(m.value)).collect();
        assert!(found.len() >= 4 && found.iter().any(|v| (v - 10.0).abs() < 1e-9), "{found:?}");
        let odd = GridInput { bounds: (f64::NAN, 1.0), base_step_size: 0.1 };
        assert!(round_marks(&odd, GRID, Numbers::Linear, [80.0, 15.0]).is_empty());
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(109_386), "109,386");
        assert_eq!(grouped(7), "7");
        assert_eq!(
            (number(0.25, 2), number(-1.0, 1), number(2e-5, 5)),
            ("0.25".into(), "−1.0".into(), "2.0e−5".into())
        );
        let mark = |value: f64, step_size: f64| GridMark { value, step_size };
        let linear = [mark(1200.0, 100.0), mark(7.5, 2.5), mark(0.25, 0.05)].map(|mark| axis_number(mark, false));
        assert_eq!(linear, ["1200", "7.5", "0.25"]);
        let powers = [mark(3.0, 1.0), mark(-1.0, std::f64::consts::LOG10_2)].map(|mark| axis_number(mark, true));
        assert_eq!(powers, ["1000", "0.1"]);
        let values =
            [2.037_625_5, -0.000_5, 123_456.7, 1e-9, 0.0, 0.999_999_99, f64::NAN, f64::NEG_INFINITY].map(value);
        assert_eq!(values, ["2.03763", "−0.000500000", "123457", "1.0000e−9", "0", "1.00000", "NaN", "−∞"]);
        assert_eq!((percent(0.47), percent(f64::NAN)), ("47.00 %".into(), "NaN".into()));
        assert_eq!(
            (duration(3.2), duration(75.0), duration(3700.0)),
            ("3 s".into(), "1 min 15 s".into(), "1 h 1 min".into())
        );
    }

    fn of(c: Color32) -> Color {
        Color { r: c.r(), g: c.g(), b: c.b() }
    }

    #[test]
    fn words_and_lines_are_seen() {
        let ctx = egui::Context::default();
        install(&ctx);
        for theme in [egui::Theme::Dark, egui::Theme::Light] {
            let visuals = ctx.style_of(theme).visuals.clone();
            for ground in [visuals.panel_fill, visuals.extreme_bg_color] {
                for words in [visuals.text_color(), visuals.weak_text_color(), visuals.error_fg_color] {
                    let found = contrast(of(words), of(ground));
                    assert!(found >= CONTRAST, "{theme:?}: {words:?} on {ground:?} has {found:.2}");
                }
            }
        }
        for (dark, ground, least) in
            [(true, of(Color32::from_rgb(0x0E, 0x10, 0x14)), CONTRAST), (false, of(Color32::WHITE), 3.0)]
        {
            for color in (0..30).map(colors::run_color).chain([colors::FLOOR, colors::BARRIER]) {
                assert!(contrast(seen(color, dark), ground) >= least, "{color}");
            }
        }
    }

    #[test]
    fn no_two_of_thirty_runs_have_one_colour() {
        let all: std::collections::BTreeSet<String> = (0..30).map(|i| colors::run_color(i).to_string()).collect();
        assert_eq!(all.len(), 30);
    }

    /// A character without a glyph ends the program where it is drawn.
    #[test]
    fn the_typefaces_have_every_character_of_the_source() {
        fn of_folder(folder: &std::path::Path, found: &mut std::collections::BTreeMap<char, String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.ends_with("cli") {
                    of_folder(&path, found);
                } else if path.extension().is_some_and(|end| end == "rs")
                    && !path.ends_with("figure/text.rs")
                    && !path.ends_with("tests.rs")
                {
                    let source = std::fs::read_to_string(&path).unwrap();
                    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
                    for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
                        let odd = line.chars().filter(|c| !c.is_ascii());
                        odd.for_each(|c| _ = found.entry(c).or_insert_with(|| format!("{}: {line}", path.display())));
                    }
                }
            }
        }
        let ctx = egui::Context::default();
        install(&ctx);
        let _ = ctx.run_ui(egui::RawInput::default(), |_| {});
        let mut found = std::collections::BTreeMap::new();
        of_folder(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.len() > 50, "the test sees nothing");
        let font = egui::FontId::proportional(12.0);
        found.retain(|c, _| !ctx.fonts_mut(|fonts| fonts.has_glyph(&font, *c)));
        assert!(found.is_empty(), "{found:#?}");
    }
}
