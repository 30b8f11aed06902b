//! "Did you mean …?": the nearest known word to one that is not known.

/// Words longer than this are never compared: the distance is quadratic in the length, and no option is that long.
const LONGEST: usize = 64;

/// The option nearest to `word`, if one is near enough to be what was meant.
///
/// Near enough: an edit distance (insert, delete, replace, swap neighbours) of at most a third of the word's length,
/// one at least; or, for three letters and more, an option that `word` begins (`fashion` → `fashion-mnist`). Case does
/// not count. The first option wins a tie.
pub fn closest<'a>(word: &str, options: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let word = word.to_lowercase();
    let allowed = (length / 3).max(1);
    options
        .into_iter()
        .filter_map(|option| {
            let known = option.to_lowercase();
            let distance = strsim::damerau_levenshtein(&word, &known);
            let begins = length >= 3 && known.starts_with(&word);
            // An abbreviation is farther away than any typing error that is let through, whatever it leaves out.
            match (distance <= allowed, begins) {
                (true, _) => Some((distance, option)),
                (false, true) => Some((LONGEST + distance, option)),
                (false, false) => None,
            }
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, option)| option)
}

/// The error text for a word that is none of `options`, e.g.
/// `unknown data set "mnits"; did you mean "mnist"? (known: digits, mnist)`.
pub fn unknown(kind: &str, word: &str, options: &[&str]) -> String {
    let known = options.join(", ");
    match closest(word, options.iter().copied()) {
        Some(near) => format!("unknown {kind} {word:?}; did you mean {near:?}? (known: {known})"),
        None => format!("unknown {kind} {word:?} (known: {known})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETS: [&str; 5] = ["digits", "mnist", "fashion-mnist", "moons", "spirals"];

    #[test]
    fn a_swap_and_a_slip_are_found() {
        assert_eq!(closest("mnits", SETS), Some("mnist"));
        assert_eq!(closest("digit", SETS), Some("digits"));
        assert_eq!(closest("MOONS", SETS), Some("moons"));
        assert_eq!(closest("fashion_mnist", SETS), Some("fashion-mnist"));
    }

    #[test]
    fn an_abbreviation_is_found() {
        assert_eq!(closest("fashion", SETS), Some("fashion-mnist"));
        assert_eq!(closest("fa", SETS), None);
    }

    #[test]
    fn a_far_word_gets_no_suggestion() {
        assert_eq!(closest("cifar-10", SETS), None);
        assert_eq!(closest("", SETS), None);
        assert_eq!(closest(&"m".repeat(10_000), SETS), None);
    }

    #[test]
    fn the_text_names_the_word_the_guess_and_all_options() {
        assert_eq!(
            unknown("data set", "mnits", &SETS),
            "unknown data set \"mnits\"; did you mean \"mnist\"? (known: digits, mnist, fashion-mnist, moons, spirals)"
        );
        assert_eq!(unknown("data set", "cifar", &["moons"]), "unknown data set \"cifar\" (known: moons)");
    }
}
