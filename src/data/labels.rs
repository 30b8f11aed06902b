//! Training labels from a text file, and labels corrupted at random.

use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Corruption, DataError, FileSum, hash, stream};

/// The largest label file read, bytes.
const LARGEST: u64 = 64 * 1024 * 1024;
/// Letters of a bad line that an error text shows.
const SHOWN: usize = 40;

/// Reads `records` labels below `classes`, one per line, and the file's hash.
///
/// White space around a label and a byte order mark are let pass; an empty line is an error, except that the last line
/// may end in a line break.
///
/// # Errors
///
/// [`DataError::LabelLine`], [`DataError::LabelCount`], [`DataError::NotText`], [`DataError::TooLarge`], and what the
/// system says.
pub fn read(path: &Path, records: usize, classes: usize) -> Result<(Vec<u32>, FileSum), DataError> {
    let (bytes, sum) = hash::read(path, LARGEST)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| DataError::NotText { file: path.to_owned(), at: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let labels = text
        .lines()
        .enumerate()
        .map(|(i, line)| match line.trim().parse::<u32>() {
            Ok(label) if (label as usize) < classes => Ok(label),
            _ => Err(DataError::LabelLine {
                file: path.to_owned(),
                line: i + 1,
                text: line.chars().take(SHOWN).collect(),
                classes,
            }),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if labels.len() != records {
        return Err(DataError::LabelCount { file: path.to_owned(), lines: labels.len(), records });
    }
    Ok((labels, sum))
}

/// Replaces the last `count` of `labels` by labels drawn evenly: from all `classes`, so that one in `classes` stays right
/// by chance, or from those that are wrong. The draws come from the seed's own stream, in the order of the records.
///
/// Gives what a reader must know of it beyond the count, which the run's settings have.
///
/// # Errors
///
/// [`DataError::Corrupt`] if there are fewer than `count`, [`DataError::NoOtherClass`] if no label is wrong.
pub fn corrupt(
    labels: &mut [u32],
    classes: usize,
    count: usize,
    from: Corruption,
    seed: u64,
) -> Result<Option<String>, DataError> {
    let available = labels.len();
    let first = available.checked_sub(count).ok_or(DataError::Corrupt { asked: count, available })?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream::CORRUPT);
    match from {
        Corruption::Random => {
            for label in &mut labels[first..] {
                *label = rng.random_range(0..classes as u32);
            }
            Ok(None)
        }
        Corruption::Wrong if count == 0 => Ok(None),
        Corruption::Wrong if classes < 2 => Err(DataError::NoOtherClass { asked: count }),
        Corruption::Wrong => {
            for label in &mut labels[first..] {
                // Evenly from as many numbers as there are wrong classes; those from the right one on stand for the next.
                let drawn = rng.random_range(0..classes as u32 - 1);
                *label = drawn + u32::from(drawn >= *label);
            }
            Ok(Some(format!(
                "The last {count} of the {available} training labels are wrong: drawn from the other classes."
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: impl AsRef<[u8]>, records: usize) -> Result<Vec<u32>, DataError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("labels.txt");
        std::fs::write(&path, text).unwrap();
        read(&path, records, 10).map(|(labels, _)| labels)
    }

    #[test]
    fn lines_become_labels() {
        for text in ["3\n0\n9\n", "3\n0\n9", "3\r\n0\r\n9\r\n", "\u{feff} 3\n0 \n\t9\n"] {
            assert_eq!(read_text(text, 3).unwrap(), [3, 0, 9]);
        }
    }

    #[test]
    fn a_bad_line_is_named_with_its_number() {
        for bad in ["10", "-1", "1.0", "cat", "", "4294967296", "1 2"] {
            let text = read_text(format!("1\n2\n{bad}\n3\n"), 4).unwrap_err().to_string();
            assert!(text.contains("labels.txt, line 3:"), "{text}");
            assert!(text.contains(&format!("{bad:?}")) && text.contains("0 to 9"), "{text}");
        }
    }

    #[test]
    fn another_number_of_lines_is_an_error_with_both_counts() {
        for (text, lines) in [("1\n2\n", "2 labels"), ("", "0 labels"), ("1\n1\n1\n1\n", "4 labels")] {
            let error = read_text(text, 3).unwrap_err().to_string();
            assert!(error.contains(lines) && error.contains("3 training"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_no_text_or_missing_is_named() {
        assert!(matches!(read_text([b'1', b'\n', 0xff], 2), Err(DataError::NotText { at: 2, .. })));
        let text = read(Path::new("/no/such/labels.txt"), 1, 10).unwrap_err().to_string();
        assert!(text.starts_with("/no/such/labels.txt: cannot read"), "{text}");
    }

    #[test]
    fn corruption_is_seeded_and_stays_at_the_end() {
        let clean = vec![1; 50];
        let (mut a, mut b, mut c) = (clean.clone(), clean.clone(), clean.clone());
        corrupt(&mut a, 10, 20, Corruption::Random, 7).unwrap();
        corrupt(&mut b, 10, 20, Corruption::Random, 7).unwrap();
        corrupt(&mut c, 10, 20, Corruption::Random, 8).unwrap();
        assert_eq!(a, b);
        assert_ne!(a, c);
        assert_eq!(a[..30], clean[..30]);
        assert!(a.iter().all(|&label| label < 10) && a[30..] != clean[30..]);
        corrupt(&mut b, 10, 0, Corruption::Random, 9).unwrap();
        assert_eq!(a, b);
        assert!(corrupt(&mut c, 10, 51, Corruption::Random, 7).is_err());
    }

    #[test]
    fn wrong_labels_are_wrong_and_even_over_the_other_classes() {
        for classes in [2, 3, 10] {
            let clean: Vec<u32> = (0..9000).map(|i| i % classes as u32).collect();
            let mut wrong = clean.clone();
            let said = corrupt(&mut wrong, classes, 6000, Corruption::Wrong, 4).unwrap().unwrap();
            assert!(said.contains("last 6000 of the 9000"), "{said}");
            assert_eq!(wrong[..3000], clean[..3000]);
            let pairs = || wrong[3000..].iter().zip(&clean[3000..]);
            assert!(pairs().all(|(a, b)| a != b && (*a as usize) < classes));
            // How far on from the right class: every other one as often, within five deviations of a binomial count.
            let others = classes - 1;
            for step in 1..classes as u32 {
                let far_on = pairs().filter(|(a, b)| (*a + classes as u32 - *b) % classes as u32 == step).count();
                let share = 1.0 / others as f64;
                let deviation = (6000.0 * share * (1.0 - share)).sqrt();
                assert!((far_on as f64 - 6000.0 * share).abs() <= 5.0 * deviation, "{classes}: {step}, {far_on}");
            }
            let mut again = clean.clone();
            corrupt(&mut again, classes, 6000, Corruption::Wrong, 4).unwrap();
            assert_eq!(again, wrong);
        }
        let mut one = vec![0; 5];
        assert_eq!(corrupt(&mut one, 1, 0, Corruption::Wrong, 4).unwrap(), None);
        let error = corrupt(&mut one, 1, 2, Corruption::Wrong, 4).unwrap_err().to_string();
        assert!(error.contains("only one class") && error.contains("--corrupt-as random"), "{error}");
    }
}
