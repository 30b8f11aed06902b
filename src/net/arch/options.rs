//! The numbers in a name, and what follows its colon.

use crate::suggest;

/// Blocks per stage at most: ResNet-1202 has 200.
const DEEPEST: usize = 200;

/// Numbers in a name at most; more is a slip of the finger.
const WIDEST: usize = 1 << 16;

/// The number that `name` ends in after `prefix`: 20 in `resnet20`.
pub(super) fn number_after(name: &str, prefix: &str) -> Option<usize> {
    whole(name.strip_prefix(prefix)?)
}

/// A whole number without sign.
pub(super) fn whole(text: &str) -> Option<usize> {
    if text.bytes().all(|c| c.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// n for a network `per`·n + `rest` layers deep.
pub(super) fn blocks(prefix: &str, depth: usize, per: usize, rest: usize) -> Result<usize, String> {
    let layers = depth.saturating_sub(rest);
    let nearest = (layers.saturating_add(per / 2) / per).clamp(1, DEEPEST);
    if layers == nearest * per {
        Ok(nearest)
    } else {
        Err(format!("its depth is {per}n + {rest}, up to n = {DEEPEST}; write {prefix}{}", per * nearest + rest))
    }
}

/// The same for a checkpoint: the distinct blocks that it has in a stage.
pub(super) fn plausible_blocks(blocks: usize) -> Option<usize> {
    (1..=DEEPEST).contains(&blocks).then_some(blocks)
}

/// A width, if it is one.
pub(super) fn width(n: usize) -> Result<usize, String> {
    if (1..=WIDEST).contains(&n) { Ok(n) } else { Err(format!("{n} is no width; give 1 to {WIDEST}")) }
}

/// What follows the colon of a name: at most one number, and words out of a given set.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Options {
    pub number: Option<usize>,
    pub words: Vec<String>,
}

impl Options {
    /// Reads `32,linear`; `None` is a name without colon.
    pub(super) fn read(text: Option<&str>, known: &[&str]) -> Result<Options, String> {
        let mut options = Options::default();
        for part in text.into_iter().flat_map(|t| t.split(',')).map(str::trim) {
            match whole(part).map(width).transpose()? {
                Some(_) if options.number.is_some() => return Err("two numbers after the colon; give one".into()),
                Some(n) => options.number = Some(n),
                None if known.contains(&part) => options.words.push(part.into()),
                None if known.is_empty() => return Err(format!("\"{part}\" after the colon is no number")),
                None => return Err(format!("{}, or a number", suggest::unknown("option", part, known))),
            }
        }
        Ok(options)
    }
}

/// The text of a name with options: a number if it is not the usual one, and words that are not the usual ones.
pub(super) fn written(name: &str, number: Option<usize>, words: &[Option<&str>]) -> String {
    let parts: Vec<String> =
        number.map(|n| n.to_string()).into_iter().chain(words.iter().flatten().map(|w| w.to_string())).collect();
    if parts.is_empty() { name.into() } else { format!("{name}:{}", parts.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_are_checked() {
        assert_eq!(blocks("resnet", 20, 6, 2), Ok(3));
        assert_eq!(blocks("resnet", 1202, 6, 2), Ok(200));
        for (depth, nearest) in [(0, "resnet8"), (21, "resnet20"), (23, "resnet26"), (1208, "resnet1202")] {
            let error = blocks("resnet", depth, 6, 2).unwrap_err();
            assert!(error.ends_with(&format!("write {nearest}")), "{depth}: {error}");
        }
        assert!(blocks("resnet", usize::MAX, 6, 2).is_err());
    }

    #[test]
    fn options_are_numbers_and_known_words() {
        let read = |text| Options::read(Some(text), &["fc", "linear"]);
        assert_eq!(read("32,linear"), Ok(Options { number: Some(32), words: vec!["linear".into()] }));
        assert_eq!(Options::read(None, &[]), Ok(Options::default()));
        assert!(read("32,16").unwrap_err().contains("two numbers"));
        assert!(read("liner").unwrap_err().contains("did you mean \"linear\""));
        assert!(read("").unwrap_err().contains("unknown option"));
        assert!(read("0").unwrap_err().contains("is no width"));
        assert!(read("99999999999999999999999").unwrap_err().contains("unknown option"));
        assert_eq!(written("resnet20", Some(8), &[None, Some("linear")]), "resnet20:8,linear");
        assert_eq!(written("resnet20", None, &[None]), "resnet20");
    }
}
