//! Names that have no room: their middle is left out, because runs are told apart by their ends.

use egui::{Color32, Label, Response, RichText, Sense, TextStyle, Ui, WidgetInfo};

/// The share of what is left of a name that stands before the gap.
const HEAD: usize = 3;
const OF: usize = 7;

/// The name, with as little left out of its middle as fits.
pub fn middle(name: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(name) {
        return name.to_owned();
    }
    let letters: Vec<char> = name.chars().collect();
    let cut = |kept: usize| {
        let head: String = letters[..kept * HEAD / OF].iter().collect();
        let tail: String = letters[letters.len() - (kept - kept * HEAD / OF)..].iter().collect();
        format!("{}…{}", head.trim_end(), tail.trim_start())
    };
    let (mut least, mut most) = (0, letters.len().saturating_sub(1));
    while least < most {
        let kept = (least + most).div_ceil(2);
        if fits(&cut(kept)) { least = kept } else { most = kept - 1 }
    }
    cut(least)
}

/// How wide a name is.
pub fn width(ui: &Ui, name: &str, style: &TextStyle) -> f32 {
    ui.painter().layout_no_wrap(name.to_owned(), style.resolve(ui.style()), Color32::WHITE).size().x
}

/// The same name, no wider than that.
pub fn fitting(ui: &Ui, name: &str, style: &TextStyle, most: f32) -> String {
    middle(name, |part| width(ui, part, style) <= most)
}

/// A name in the room that is left, which can be clicked. Screen readers have all of it.
pub fn label(ui: &mut Ui, name: &str, look: impl FnOnce(RichText) -> RichText) -> Response {
    let words = fitting(ui, name, &TextStyle::Body, ui.available_width());
    let label = ui.add(Label::new(look(RichText::new(words))).truncate().sense(Sense::click()));
    label.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, name));
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_name_stay() {
        let within = |most: usize| move |part: &str| part.chars().count() <= most;
        let name = "fashion-mnist · lenet · SGD · η 0.25";
        assert_eq!(middle(name, within(99)), name);
        let short = middle(name, within(16));
        assert!(short.starts_with("fash") && short.ends_with("η 0.25") && short.contains('…'), "{short}");
        assert!(short.chars().count() <= 16 && short.chars().count() >= 14, "{short}");
        assert_eq!(middle(name, within(0)), "…", "nothing fits");
        assert_eq!(middle("", within(0)), "");
    }
}
