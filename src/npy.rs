//! The header of NumPy's arrays, version 1 to 3: `\x93NUMPY`, a version, a length and a table in Python's notation.

use std::io::Read;

/// An array as its header describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Kind and bytes of an element, such as `f4`, `u1`, `b1`.
    pub kind: String,
    /// Whether elements are stored with the first byte highest.
    pub big_endian: bool,
    /// Whether the first axis varies fastest.
    pub fortran: bool,
    pub shape: Vec<usize>,
    /// Bytes before the numbers.
    pub length: usize,
}

/// The longest header that is read: NumPy's own are of a hundred bytes.
const LONGEST: usize = 1 << 16;

impl Header {
    /// Bytes that have to be there before it is known how long the header is.
    pub const START: usize = 12;

    /// How many bytes the header takes, from the first [`Header::START`] of them.
    ///
    /// # Errors
    /// Bytes that are no array.
    pub fn needs(start: &[u8]) -> Result<usize, String> {
        let short = || "it is no array of NumPy, it is too short".to_string();
        if start.len() < Header::START {
            return Err(short());
        }
        if !start.starts_with(b"\x93NUMPY") {
            return Err("it is no array of NumPy, it does not begin as one".into());
        }
        let (length, from) = match start[6] {
            1 => (usize::from(u16::from_le_bytes([start[8], start[9]])), 10),
            2 | 3 => (u32::from_le_bytes([start[8], start[9], start[10], start[11]]) as usize, 12),
            version => return Err(format!("it is an array of version {version} of the format, which is not known")),
        };
        if length > LONGEST {
            return Err("the header of its array is longer than that of any array".into());
        }
        Ok((from + length).max(Header::START))
    }

    /// Reads a whole header.
    ///
    /// # Errors
    /// Bytes that are no header, and arrays of objects or of records.
    pub fn read(bytes: &[u8]) -> Result<Header, String> {
        let length = Header::needs(bytes)?;
        let from = if bytes[6] == 1 { 10 } else { 12 };
        let text = bytes.get(from..length).and_then(|text| str::from_utf8(text).ok());
        let text = text.ok_or("the header of its array is no text")?;
        let after = |key: &str| {
            let place = text.find(&format!("'{key}'"))? + key.len() + 2;
            text[place..].trim_start().strip_prefix(':').map(str::trim_start)
        };
        let broken = || format!("the header of its array cannot be read: {}", text.trim());
        let descr = after("descr").ok_or_else(broken)?;
        let Some(descr) = descr.strip_prefix(['\'', '"']).and_then(|rest| rest.split(['\'', '"']).next()) else {
            return Err("it is an array of records; save plain arrays".into());
        };
        let (order, kind) = match descr.chars().next() {
            Some(c @ ('<' | '>' | '|' | '=')) => (c, &descr[1..]),
            _ => ('=', descr),
        };
        if kind.starts_with('O') {
            return Err("it is an array of Python objects, which are not read; save arrays of numbers".into());
        }
        let fortran = after("fortran_order").ok_or_else(broken)?.starts_with("True");
        let inside = after("shape").and_then(|rest| rest.strip_prefix('(')?.split_once(')')).ok_or_else(broken)?.0;
        let extents = inside.split(',').map(str::trim).filter(|part| !part.is_empty());
        let shape: Option<Vec<usize>> = extents.map(|part| part.trim_end_matches('L').parse().ok()).collect();
        Ok(Header {
            kind: kind.to_string(),
            big_endian: order == '>',
            fortran,
            shape: shape.ok_or_else(broken)?,
            length,
        })
    }
}

impl Header {
    /// Reads a header from the beginning of an array.
    ///
    /// # Errors
    /// As [`Header::read`], and what the reader says.
    pub fn from(input: &mut impl Read) -> Result<Header, String> {
        let mut bytes = Vec::new();
        let mut read = |bytes: &mut Vec<u8>, up_to: usize| {
            let more = up_to.saturating_sub(bytes.len()) as u64;
            input.by_ref().take(more).read_to_end(bytes).map_err(|e| e.to_string())
        };
        read(&mut bytes, Header::START)?;
        let needs = Header::needs(&bytes)?;
        read(&mut bytes, needs)?;
        Header::read(&bytes)
    }
}

/// Turns elements of `width` bytes round that are stored with the first byte highest.
pub fn low_byte_first(header: &Header, bytes: &mut [u8], width: usize) {
    if header.big_endian {
        bytes.chunks_exact_mut(width.max(1)).for_each(<[u8]>::reverse);
    }
}

/// All numbers of an array with the last axis fastest and the lowest byte first.
///
/// # Errors
/// Another number of bytes than the shape says.
pub fn plain(header: &Header, mut all: Vec<u8>, width: usize) -> Result<Vec<u8>, String> {
    let count = header.shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    let count = count.filter(|n| n.checked_mul(width) == Some(all.len()));
    let Some(count) = count else { return Err("the bytes of its array do not match its shape".into()) };
    low_byte_first(header, &mut all, width);
    if !header.fortran || header.shape.len() < 2 {
        return Ok(all);
    }
    let mut index = vec![0usize; header.shape.len()];
    let mut rows = Vec::with_capacity(all.len());
    for _ in 0..count {
        let (mut at, mut step) = (0, 1);
        for (i, extent) in index.iter().zip(&header.shape) {
            at += i * step;
            step *= extent;
        }
        rows.extend_from_slice(&all[at * width..][..width]);
        for d in (0..index.len()).rev() {
            index[d] += 1;
            if index[d] < header.shape[d] {
                break;
            }
            index[d] = 0;
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_axis_may_be_fastest_and_the_first_byte_highest() {
        let table = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3)}";
        let header = Header::from(&mut array(1, table).as_slice()).unwrap();
        // 1 4 | 2 5 | 3 6: column by column, high bytes first.
        let bytes: Vec<u8> = [1_i16, 4, 2, 5, 3, 6].iter().flat_map(|x| x.to_be_bytes()).collect();
        let want: Vec<u8> = (1_i16..=6).flat_map(i16::to_le_bytes).collect();
        assert_eq!(plain(&header, bytes.clone(), 2).unwrap(), want);
        assert!(plain(&header, bytes[..10].to_vec(), 2).is_err());
    }

    fn array(version: u8, table: &str) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend([version, 0]);
        if version == 1 {
            bytes.extend((table.len() as u16).to_le_bytes());
        } else {
            bytes.extend((table.len() as u32).to_le_bytes());
        }
        bytes.extend(table.as_bytes());
        bytes
    }

    #[test]
    fn headers_of_every_version_are_read() {
        for (version, length) in [(1, 10), (2, 12), (3, 12)] {
            let table = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n";
            let header = Header::read(&array(version, table)).unwrap();
            let want = Header {
                kind: "f4".into(),
                big_endian: false,
                fortran: false,
                shape: vec![3, 4],
                length: length + table.len(),
            };
            assert_eq!(header, want);
        }
        let read = |table: &str| Header::read(&array(1, table)).unwrap();
        let one = read("{'shape': (7,), 'fortran_order': True, 'descr': '>i8'}");
        assert_eq!((one.shape, one.fortran, one.big_endian, one.kind.as_str()), (vec![7], true, true, "i8"));
        assert_eq!(read("{'descr': '|u1', 'fortran_order': False, 'shape': ()}").shape, Vec::<usize>::new());
    }

    #[test]
    fn what_is_no_array_of_numbers_is_refused() {
        let error = |bytes: &[u8]| Header::read(bytes).unwrap_err();
        assert!(error(b"").contains("too short"));
        assert!(error(b"PK\x03\x04 and so on").contains("does not begin"));
        assert!(error(&array(9, "{}")).contains("version 9"));
        assert!(error(&array(1, "{}")).contains("cannot be read"));
        assert!(error(&array(1, "{'descr': '|O', 'fortran_order': False, 'shape': (3,)}")).contains("Python objects"));
        let records = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}";
        assert!(error(&array(1, records)).contains("records"));
        assert!(
            error(&array(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}")).contains("cannot be read")
        );
        let mut cut = array(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}");
        cut.truncate(20);
        assert!(Header::read(&cut).is_err());
        assert!(error(b"\x93NUMPY\x02\0\xff\xff\xff\xff").contains("longer"));
    }
}
