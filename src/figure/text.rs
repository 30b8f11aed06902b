//! Text in figures: the small markup of labels, XML escapes, and widths to lay out by.

/// Where a piece of a label stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Base,
    Sub,
    Super,
}

/// The same words with a capital letter at the front.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Plain text as a label: what would be markup in it is not.
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '_' | '^' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Takes a label apart: `g_t`, `g_{t−1}`, `10^{−5}`. Plain text comes back as one piece; a backslash takes the meaning from
/// the character after it.
pub fn markup(label: &str) -> Vec<(Level, String)> {
    let mut pieces: Vec<(Level, String)> = Vec::new();
    let mut add = |level: Level, c: char| match pieces.last_mut() {
        Some((last, text)) if *last == level => text.push(c),
        _ => pieces.push((level, c.to_string())),
    };
    let mut chars = label.chars();
    while let Some(c) = chars.next() {
        let level = match c {
            '_' => Level::Sub,
            '^' => Level::Super,
            '\\' => {
                add(Level::Base, chars.next().unwrap_or(c));
                continue;
            }
            _ => {
                add(Level::Base, c);
                continue;
            }
        };
        match chars.next() {
            Some('{') => chars.by_ref().take_while(|c| *c != '}').for_each(|c| add(level, c)),
            Some(c) => add(level, c),
            None => add(Level::Base, c),
        }
    }
    pieces
}

/// Size of sub- and superscripts relative to their line.
pub const SCRIPT: f64 = 0.72;

/// Advance widths of ' ' to '~' in the light Ubuntu typeface, in thousandths of the font size.
const ADVANCES: [u16; 95] = [
    228, 274, 392, 653, 564, 831, 648, 240, 310, 310, 472, 564, 246, 282, 246, 359, 564, 564, 564, 564, 564, 564, 564,
    564, 564, 564, 246, 246, 564, 564, 564, 380, 940, 641, 630, 609, 702, 555, 520, 658, 692, 248, 487, 599, 502, 865,
    709, 774, 592, 774, 618, 517, 548, 680, 624, 921, 608, 569, 560, 310, 359, 310, 564, 490, 376, 509, 583, 460, 583,
    548, 376, 573, 569, 237, 237, 495, 255, 863, 569, 582, 583, 583, 374, 428, 387, 569, 480, 775, 499, 474, 455, 319,
    262, 319, 564,
];

/// Width of plain text in pixels. An SVG shown without our typeface may be a little wider, so leave room.
pub fn width(text: &str, size: f64) -> f64 {
    let thousandths = |c: char| match (c as u32).checked_sub(32).and_then(|i| ADVANCES.get(i as usize)) {
        Some(advance) => f64::from(*advance),
        None if c == '·' => 246.0,
        None if (c as u32) < 0x2000 => 590.0,
        None if (c as u32) < 0x3000 => 620.0,
        // Scripts that our typeface lacks are mostly as wide as high.
        None => 1000.0,
    };
    text.chars().map(thousandths).sum::<f64>() / 1000.0 * size
}

/// Width of a label in markup.
pub fn markup_width(label: &str, size: f64) -> f64 {
    markup(label)
        .iter()
        .map(|(level, text)| width(text, if *level == Level::Base { size } else { size * SCRIPT }))
        .sum()
}

/// Cuts plain text so that it fits, with an ellipsis.
pub fn fitted(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.into();
    }
    let mut cut: String = text.into();
    while !cut.is_empty() && width(&cut, size) + size > room {
        cut.pop();
    }
    cut.trim_end().to_string() + "…"
}

/// Breaks plain text into lines that fit, at spaces; a word longer than a line is cut. No text has no lines.
pub fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
            if line.is_empty() || width(&longer, size) <= room {
                line = longer;
            } else {
                lines.push(std::mem::replace(&mut line, word.into()));
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines.into_iter().map(|line| fitted(&line, size, room)).collect()
}

/// Breaks a label in markup into lines that fit, at spaces outside of braces; a word longer than a line stays whole. There is
/// at least one line, which may be empty.
pub fn wrapped_markup(label: &str, size: f64, room: f64) -> Vec<String> {
    if markup_width(label, size) <= room {
        return vec![label.into()];
    }
    let mut lines: Vec<String> = vec![String::new()];
    for word in words_of_markup(label) {
        let longer = match lines.last() {
            Some(line) if !line.is_empty() => format!("{line} {word}"),
            _ => word.clone(),
        };
        let fits = markup_width(&longer, size) <= room;
        match lines.last_mut() {
            Some(line) if line.is_empty() || fits => *line = longer,
            _ => lines.push(word),
        }
    }
    lines
}

/// The words of a label; spaces inside of braces end none.
fn words_of_markup(label: &str) -> Vec<String> {
    let (mut words, mut inside) = (vec![String::new()], false);
    for c in label.chars() {
        inside = match c {
            '{' => true,
            '}' => false,
            _ => inside,
        };
        match words.last_mut() {
            Some(word) if inside || !c.is_whitespace() => word.push(c),
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Escapes text for XML; characters that XML forbids become U+FFFD.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c < ' ' || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// Whether our text typeface lacks a character that our second one (Hack) has. A renderer that meets such a character
/// may set the whole line in the second typeface, so these are marked one by one.
pub(super) fn needs_second_typeface(c: char) -> bool {
    matches!(c, '‖' | '←'..='⇿' | '⁰'..='ⁿ' | '₊'..='ₜ' | '∀'..='∁' | '∃'..='∅' | '∇'..='∍' | '⟨' | '⟩')
}

/// Text as XML content, every character in a typeface that has it.
pub fn content(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let second = needs_second_typeface(c);
        let end = rest.find(|c| needs_second_typeface(c) != second).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if second {
            out.push_str(&format!(r#"<tspan font-family="Hack, 'DejaVu Sans', sans-serif">{}</tspan>"#, escaped(run)));
        } else {
            out.push_str(&escaped(run));
        }
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_takes_labels_apart() {
        let pieces = markup("cos(g_{t−1}, g_t)");
        let expected =
            [(Level::Base, "cos(g"), (Level::Sub, "t−1"), (Level::Base, ", g"), (Level::Sub, "t"), (Level::Base, ")")];
        assert_eq!(pieces, expected.map(|(l, s)| (l, s.to_string())));
        assert_eq!(markup("10^{−5}")[1], (Level::Super, "−5".into()));
        assert_eq!(markup("plain_"), [(Level::Base, "plain_".into())]);
        for name in ["lenet_a.pt", "a^{b}_\\", "\\", "plain"] {
            assert_eq!(markup(&literal(name)), [(Level::Base, name.to_string())]);
        }
    }

    #[test]
    fn characters_of_the_second_typeface_stand_alone() {
        assert_eq!(content("a < b"), "a &lt; b");
        let arrow = content("1 → 2");
        assert!(arrow.starts_with("1 <tspan") && arrow.ends_with(">→</tspan> 2"), "{arrow}");
    }

    #[test]
    fn long_text_is_cut_and_odd_text_escaped() {
        assert_eq!(fitted("short", 12.0, 500.0), "short");
        let lines = wrapped("one two three four\n\nfive", 10.0, width("one two three", 10.0));
        assert_eq!(lines, ["one two three", "four", "five"]);
        assert!(wrapped(" \n", 10.0, 50.0).is_empty());
        assert!(wrapped(&"w".repeat(99), 10.0, 50.0)[0].ends_with('…'));
        let label = "cos(g_{t − 1}, g_t) of several words";
        let lines = wrapped_markup(label, 10.0, markup_width("cos(g_{t − 1}, g_t) of", 10.0));
        assert_eq!(lines, ["cos(g_{t − 1}, g_t) of", "several words"]);
        assert_eq!(wrapped_markup(label, 10.0, 1.0)[0], "cos(g_{t − 1},");
        assert_eq!(
            (wrapped_markup("", 10.0, 1.0), wrapped_markup(label, 10.0, 900.0)),
            (vec![String::new()], vec![label.into()])
        );
        let cut = fitted(&"long ".repeat(50), 12.0, 100.0);
        assert!(cut.ends_with('…') && width(&cut, 12.0) <= 100.0);
        assert_eq!(escaped("a<b & \"c\"\u{1}\n"), "a&lt;b &amp; &quot;c&quot;\u{FFFD} ");
    }
}
