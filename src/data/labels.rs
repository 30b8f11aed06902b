//! Training labels from a text file, and labels corrupted at random.

use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{DataError, FileSum, hash, stream};

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

/// Replaces the last `count` of `labels` by labels drawn evenly from all `classes`.
///
/// Each is drawn as a whole, so one in `classes` stays right by chance: the shuffled-label experiments of the field.
/// The draws come from the seed's own stream, in the order of the records.
///
/// # Errors
///
/// [`DataError::Corrupt`] if there are fewer than `count`.
pub fn corrupt(labels: &mut [u32], classes: usize, count: usize, seed: u64) -> Result<(), DataError> {
    let available = labels.len();
    let first = available.checked_sub(count).ok_or(DataError::Corrupt { asked: count, available })?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream::CORRUPT);
    for label in &mut labels[first..] {
        *label = rng.random_range(0..classes as u32);
    }
    Ok(())
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
        corrupt(&mut a, 10, 20, 7).unwrap();
        corrupt(&mut b, 10, 20, 7).unwrap();
        corrupt(&mut c, 10, 20, 8).unwrap();
        assert_eq!(a, b);
        assert_ne!(a, c);
        assert_eq!(a[..30], clean[..30]);
        assert!(a.iter().all(|&label| label < 10) && a[30..] != clean[30..]);
        corrupt(&mut b, 10, 0, 9).unwrap();
        assert_eq!(a, b);
        assert!(corrupt(&mut c, 10, 51, 7).is_err());
    }
}
