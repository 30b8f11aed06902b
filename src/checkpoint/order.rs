//! The order of checkpoints, from the numbers in their names.

use std::collections::BTreeSet;

/// Words that say what number follows them, from the slowest count to the fastest: a name may have several.
const COUNTS: [&str; 15] = [
    "epoch",
    "epochs",
    "ep",
    "e",
    "global_step",
    "step",
    "steps",
    "iteration",
    "iter",
    "it",
    "i",
    "t",
    "checkpoint",
    "ckpt",
    "chkpt",
];

/// A number in a name, and the word before it.
#[derive(Clone, Debug, PartialEq)]
struct Field {
    word: String,
    /// The digits before the point.
    whole: u64,
    /// Whether it has a point: a loss, a rate, a version.
    is_decimal: bool,
}

/// How names can be ordered.
#[derive(Debug, PartialEq)]
pub(super) struct Order {
    /// For each name what it is ordered by.
    pub keys: Vec<Vec<u64>>,
    /// What that is, in words.
    pub by: String,
}

/// The order that the numbers in `names` (without their extensions) give; `None` where they give none.
///
/// A number behind a known word counts; else the last whole number that is different in every name. A number with a point
/// in it is one number, and says nothing about an order.
pub(super) fn order(names: &[String]) -> Option<Order> {
    let all: Vec<Vec<Field>> = names.iter().map(|name| fields(name)).collect();
    let is_order = |keys: &[Vec<u64>]| keys.iter().collect::<BTreeSet<_>>().len() == keys.len();
    // All counts that every name has.
    let of = |word: &str| -> Option<Vec<u64>> {
        all.iter().map(|fields| Some(fields.iter().rfind(|f| f.word == word && !f.is_decimal)?.whole)).collect()
    };
    let counts: Vec<(&str, Vec<u64>)> = COUNTS.iter().filter_map(|word| Some((*word, of(word)?))).collect();
    let moving: Vec<&(&str, Vec<u64>)> =
        counts.iter().filter(|(_, values)| values.iter().any(|v| *v != values[0]) || values.len() == 1).collect();
    if !moving.is_empty() {
        let keys: Vec<Vec<u64>> = (0..names.len()).map(|k| moving.iter().map(|(_, v)| v[k]).collect()).collect();
        if is_order(&keys) {
            let words: Vec<&str> = moving.iter().map(|(word, _)| *word).collect();
            return Some(Order { keys, by: format!("ordered by the {} in the file names", words.join(" and ")) });
        }
    }
    // Any number that is in all names at the same place from the end, the last one first.
    let least = all.iter().map(Vec::len).min()?;
    for back in 1..=least {
        let keys: Option<Vec<Vec<u64>>> = all
            .iter()
            .map(|fields| {
                let field = &fields[fields.len() - back];
                (!field.is_decimal).then(|| vec![field.whole])
            })
            .collect();
        if let Some(keys) = keys.filter(|keys| is_order(keys)) {
            return Some(Order { keys, by: "ordered by the last number in the file names".into() });
        }
    }
    None
}

/// The numbers of a name with the words before them.
fn fields(name: &str) -> Vec<Field> {
    let letters: Vec<char> = name.chars().collect();
    let (mut fields, mut k) = (Vec::new(), 0);
    while k < letters.len() {
        if !letters[k].is_ascii_digit() {
            k += 1;
            continue;
        }
        let begin = k;
        let digits = |mut k: usize| {
            while k < letters.len() && letters[k].is_ascii_digit() {
                k += 1;
            }
            k
        };
        k = digits(k);
        let whole: String = letters[begin..k].iter().collect();
        let mut is_decimal = false;
        // 2.30, 1.5e-3; not the dot before an extension of letters.
        if letters.get(k) == Some(&'.') && letters.get(k + 1).is_some_and(char::is_ascii_digit) {
            (is_decimal, k) = (true, digits(k + 1));
        }
        if let Some('e' | 'E') = letters.get(k) {
            let sign = usize::from(matches!(letters.get(k + 1), Some('-' | '+')));
            let end = digits(k + 1 + sign);
            if end > k + 1 + sign && (sign > 0 || is_decimal) {
                (is_decimal, k) = (true, end);
            }
        }
        if let Ok(whole) = whole.parse() {
            fields.push(Field { word: word(&letters[..begin]), whole, is_decimal });
        }
    }
    fields
}

/// The word that a number stands behind: letters and what joins them, without what separates it from the number.
fn word(before: &[char]) -> String {
    let joins = |c: char| matches!(c, '=' | '-' | '_' | ':' | ' ' | '.' | '(' | '[');
    let end = before.iter().rposition(|c| !joins(*c)).map_or(0, |k| k + 1);
    let begin = before[..end].iter().rposition(|c| !c.is_alphabetic() && *c != '_').map_or(0, |k| k + 1);
    let word = before[begin..end].iter().collect::<String>().to_lowercase();
    let word = word.trim_matches('_');
    if COUNTS.contains(&word) {
        return word.into();
    }
    // `model_epoch`, `lenet_step`: the last of several words.
    word.rsplit('_').next().unwrap_or(word).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in their order, and by what.
    fn ordered(names: &[&str]) -> Option<(Vec<String>, String)> {
        let names: Vec<String> = names.iter().map(|n| n.to_string()).collect();
        let Order { keys, by } = order(&names)?;
        let mut all: Vec<(Vec<u64>, String)> = keys.into_iter().zip(names).collect();
        all.sort();
        Some((all.into_iter().map(|(_, name)| name).collect(), by))
    }

    fn check(sorted: &[&str], by: &str) {
        let mut shuffled = sorted.to_vec();
        shuffled.reverse();
        let middle = shuffled.len() / 2;
        shuffled.rotate_left(middle);
        let (names, words) = ordered(&shuffled).unwrap_or_else(|| panic!("{sorted:?} have no order"));
        assert_eq!(names, sorted);
        assert!(words.contains(by), "{words}");
    }

    #[test]
    fn counts_go_before_losses() {
        check(
            &["epoch=00-val_loss=2.30", "epoch=01-val_loss=1.90", "epoch=02-val_loss=1.95", "epoch=10-val_loss=0.79"],
            "the epoch",
        );
        check(&["model_best_e3_acc91", "model_best_e12_acc90", "model_best_e20_acc95"], "the e ");
        check(&["global_step=900-loss=1.0", "global_step=1000-loss=3.0"], "the global_step");
        check(&["lenet_step200_lr0.1", "lenet_step1000_lr0.01"], "the step");
        check(&["epoch=0-step=400", "epoch=1-step=100", "epoch=1-step=200"], "the epoch and step");
        check(&["iter-9-1e-3", "iter-10-1e-4"], "the iter");
        check(&["ckpt.2", "ckpt.10"], "the ckpt");
        check(&["checkpoint-500", "checkpoint-1500"], "the checkpoint");
    }

    #[test]
    fn what_is_the_same_everywhere_says_nothing() {
        check(&["resnet18_1_seed7", "resnet18_2_seed7", "resnet18_10_seed7"], "last number");
        check(&["net.v2.epoch3", "net.v2.epoch12"], "the epoch");
        check(&["epoch_5_fold1", "epoch_5_fold2"], "last number");
        check(&["a2", "a10"], "last number");
        check(&["only7"], "last number");
    }

    #[test]
    fn a_number_with_a_point_is_one_and_no_order() {
        assert_eq!(ordered(&["loss=2.30", "loss=2.19"]), None);
        assert_eq!(ordered(&["best", "last"]), None);
        assert_eq!(ordered(&["a1", "b1"]), None);
        assert_eq!(ordered(&["a1", "b"]), None);
        assert_eq!(ordered(&["w_99999999999999999999999"]), None, "no number that we count to");
    }
}
