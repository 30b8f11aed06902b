//! The IDX format of unsigned bytes: a magic number, big-endian dimensions, then the bytes, row-major.
//!
//! The header of a damaged or hostile file may promise anything; nothing is allocated on its word. Bytes are kept as
//! they come out of the file, up to the records asked for, and the rest is counted and dropped, so that a file of the
//! wrong length or with a bad checksum is found also when few records are used.

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;

/// The largest payload read, bytes: ten times MNIST's training images. Larger headers are refused.
const LARGEST: u64 = 512 * 1024 * 1024;
/// DEFLATE cannot expand a byte to more than this.
const EXPANSION: u64 = 1032;
/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// How a file's bytes are packed, which its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// As they are.
    Plain,
    /// Gzip.
    Gzip,
}

/// What is wrong with an IDX file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdxError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// A `.gz` that is not gzip data.
    #[error("is named .gz but is not gzip data{hint}")]
    NotGzip {
        /// What it looks like instead, or nothing.
        hint: &'static str,
    },
    /// Gzip data that does not unpack.
    #[error("the gzip data is damaged ({0})")]
    Gzip(String),
    /// Fewer bytes than the header has.
    #[error("is cut short: {found} bytes, less than the header's {expected}")]
    Header {
        /// Bytes in the file, unpacked.
        found: usize,
        /// Bytes of the header.
        expected: usize,
    },
    /// Another magic number.
    #[error("is not an IDX file of {kind}: its magic number is 0x{found:08x}, not 0x{expected:08x}{hint}")]
    Magic {
        /// What was expected: `images` or `labels`.
        kind: &'static str,
        /// The number in the file.
        found: u32,
        /// The number expected.
        expected: u32,
        /// What it looks like instead, or nothing.
        hint: &'static str,
    },
    /// A dimension of 0.
    #[error("holds nothing: its dimensions are {0:?}")]
    Zero(Vec<u32>),
    /// Dimensions whose product the file cannot hold.
    #[error("its header is damaged: dimensions {0:?} are more than the file can hold")]
    Huge(Vec<u32>),
    /// Fewer bytes than the header promises.
    #[error("is cut short: {found} bytes of data, where its header promises {expected}")]
    Truncated {
        /// Bytes after the header, unpacked.
        found: u64,
        /// Bytes promised.
        expected: u64,
    },
    /// More bytes than the header promises.
    #[error("has more data than the {expected} bytes its header promises")]
    Trailing {
        /// Bytes promised.
        expected: u64,
    },
}

/// An IDX file whose header has been read and found plausible.
pub struct Idx<'a, const RANK: usize> {
    dims: [usize; RANK],
    body: Box<dyn Read + 'a>,
}

impl<'a, const RANK: usize> Idx<'a, RANK> {
    /// Reads the header of an IDX file of unsigned bytes with `RANK` dimensions: 3 or 4 for images, 1 for labels.
    ///
    /// # Errors
    ///
    /// [`IdxError`], except for what only the data can show.
    pub fn open(bytes: &'a [u8], packing: Packing) -> Result<Self, IdxError> {
        if bytes.is_empty() {
            return Err(IdxError::Empty);
        }
        let (mut body, most): (Box<dyn Read + 'a>, u64) = match packing {
            Packing::Plain => (Box::new(bytes), LARGEST),
            Packing::Gzip if !bytes.starts_with(&[0x1f, 0x8b]) => {
                // Some browsers unpack on download and keep the name.
                let plain = bytes.starts_with(&magic::<RANK>().to_be_bytes());
                let hint = if plain { "; it is a plain IDX file, whose name must not end in .gz" } else { "" };
                return Err(IdxError::NotGzip { hint });
            }
            Packing::Gzip => {
                let most = (bytes.len() as u64).saturating_mul(EXPANSION).min(LARGEST);
                (Box::new(MultiGzDecoder::new(bytes)), most)
            }
        };

        let expected = 4 + 4 * RANK;
        let mut header = vec![0; expected];
        let found = fill(&mut body, &mut header)?;
        let mut words = header[..found].as_chunks::<4>().0.iter().map(|&word| u32::from_be_bytes(word));
        match words.next() {
            None if found == 0 => return Err(IdxError::Empty),
            None => {}
            Some(magic) => check_magic::<RANK>(magic)?,
        }
        if found < expected {
            return Err(IdxError::Header { found, expected });
        }
        let sizes: Vec<u32> = words.collect();
        if sizes.contains(&0) {
            return Err(IdxError::Zero(sizes));
        }
        let total = sizes.iter().try_fold(1_u64, |product, &size| product.checked_mul(u64::from(size)));
        if total.is_none_or(|total| total > most) {
            return Err(IdxError::Huge(sizes));
        }
        let mut dims = [0; RANK];
        for (dim, size) in dims.iter_mut().zip(&sizes) {
            *dim = usize::try_from(*size).map_err(|_| IdxError::Huge(sizes.clone()))?;
        }
        Ok(Self { dims, body })
    }

    /// The dimensions, outermost first; none is 0.
    pub fn dims(&self) -> [usize; RANK] {
        self.dims
    }

    /// The bytes of the first `records` records (of the outermost dimension), row-major. The rest of the file is
    /// read too, to find out whether it is whole.
    ///
    /// # Errors
    ///
    /// [`IdxError::Truncated`], [`IdxError::Trailing`] and [`IdxError::Gzip`].
    pub fn first(mut self, records: usize) -> Result<Vec<u8>, IdxError> {
        let record = self.dims[1..].iter().map(|&dim| dim as u64).product::<u64>();
        let expected = record * self.dims[0] as u64;
        // Within `expected`, which `open` has found to fit.
        let wanted = (record * records.min(self.dims[0]) as u64) as usize;
        let mut kept = Vec::new();
        let mut found = 0_u64;
        let mut chunk = vec![0; CHUNK];
        loop {
            let n = fill(&mut self.body, &mut chunk)?;
            found += n as u64;
            if found > expected {
                return Err(IdxError::Trailing { expected });
            }
            kept.extend_from_slice(&chunk[..n.min(wanted - kept.len())]);
            if n < chunk.len() {
                break;
            }
        }
        if found < expected {
            return Err(IdxError::Truncated { found, expected });
        }
        Ok(kept)
    }
}

impl<'a> Idx<'a, 4> {
    /// Reads the header of a file of images, `[N, C, H, W]`, or `[N, H, W]` with one channel.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_images(bytes: &'a [u8], packing: Packing) -> Result<Self, IdxError> {
        match Idx::<3>::open(bytes, packing) {
            Ok(Idx { dims: [n, h, w], body }) => Ok(Self { dims: [n, 1, h, w], body }),
            Err(IdxError::Magic { found, .. }) if found == magic::<4>() => Self::open(bytes, packing),
            Err(error) => Err(error),
        }
    }
}

/// The magic number of unsigned bytes with `RANK` dimensions.
const fn magic<const RANK: usize>() -> u32 {
    0x0800 + RANK as u32
}

fn check_magic<const RANK: usize>(found: u32) -> Result<(), IdxError> {
    let expected = magic::<RANK>();
    if found == expected {
        return Ok(());
    }
    let kind = if RANK == 1 { "labels" } else { "images" };
    let hint = match found {
        0x0801 => " (it is a file of labels)",
        0x0803 => " (it is a file of images)",
        _ if found >> 16 == 0x1f8b => " (it is gzip data, whose name must end in .gz)",
        _ => "",
    };
    Err(IdxError::Magic { kind, found, expected, hint })
}

/// Reads until `buffer` is full or the data ends; the number of bytes read.
fn fill(body: &mut impl Read, buffer: &mut [u8]) -> Result<usize, IdxError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match body.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(IdxError::Gzip("it is cut short".to_owned()));
            }
            Err(error) => return Err(IdxError::Gzip(error.to_string())),
        }
    }
    Ok(filled)
}

#[cfg(test)]
pub mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// An IDX file as it is on disk, plain.
    pub fn plain(dims: &[u32], data: &[u8]) -> Vec<u8> {
        let mut bytes = (0x0800 + dims.len() as u32).to_be_bytes().to_vec();
        bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
        bytes.extend_from_slice(data);
        bytes
    }

    /// `bytes` as gzip.
    pub fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn images(bytes: &[u8], packing: Packing, records: usize) -> Result<([usize; 3], Vec<u8>), IdxError> {
        let idx = Idx::<3>::open(bytes, packing)?;
        Ok((idx.dims(), idx.first(records)?))
    }

    #[test]
    fn what_is_written_is_read_plain_and_packed() {
        let data: Vec<u8> = (0..200_000_u32).map(|i| (i * 31 % 251) as u8).collect();
        let file = plain(&[500, 20, 20], &data);
        for (bytes, packing) in [(file.clone(), Packing::Plain), (gzip(&file), Packing::Gzip)] {
            assert_eq!(images(&bytes, packing, 500).unwrap(), ([500, 20, 20], data.clone()));
            assert_eq!(images(&bytes, packing, 7).unwrap(), ([500, 20, 20], data[..2800].to_vec()));
        }
        let labels = plain(&[3], &[1, 2, 3]);
        assert_eq!(Idx::<1>::open(&labels, Packing::Plain).unwrap().first(3).unwrap(), [1, 2, 3]);
    }

    #[test]
    fn images_may_have_channels() {
        let data: Vec<u8> = (0..48).collect();
        for (dims, want) in [(&[4, 3, 2, 2][..], [4, 3, 2, 2]), (&[4, 3, 4], [4, 1, 3, 4])] {
            let file = plain(dims, &data);
            for (bytes, packing) in [(file.clone(), Packing::Plain), (gzip(&file), Packing::Gzip)] {
                let idx = Idx::open_images(&bytes, packing).unwrap();
                assert_eq!(idx.dims(), want);
                assert_eq!(idx.first(3).unwrap(), data[..36]);
            }
        }
        let labels = plain(&[4], &[0; 4]);
        let error = Idx::open_images(&labels, Packing::Plain).err().unwrap();
        assert!(matches!(error, IdxError::Magic { found: 0x0801, expected: 0x0803, .. }), "{error}");
    }

    #[test]
    fn members_of_a_gzip_file_are_joined() {
        let file = plain(&[1, 2, 2], &[1, 2, 3, 4]);
        let parts = [gzip(&file[..9]), gzip(&file[9..])].concat();
        assert_eq!(images(&parts, Packing::Gzip, 1).unwrap().1, [1, 2, 3, 4]);
    }

    #[test]
    fn an_empty_file_is_named() {
        assert_eq!(images(&[], Packing::Plain, 1).unwrap_err(), IdxError::Empty);
        assert_eq!(images(&[], Packing::Gzip, 1).unwrap_err(), IdxError::Empty);
        assert_eq!(images(&gzip(&[]), Packing::Gzip, 1).unwrap_err(), IdxError::Empty);
    }

    #[test]
    fn garbage_named_gz_is_named() {
        let error = images(b"<html>404</html>", Packing::Gzip, 1).unwrap_err();
        assert_eq!(error, IdxError::NotGzip { hint: "" });
        let unpacked = plain(&[1, 1, 1], &[0]);
        assert!(images(&unpacked, Packing::Gzip, 1).unwrap_err().to_string().contains("plain IDX file"));
        let mut garbage = vec![0x1f, 0x8b];
        garbage.extend((0..99_u8).map(|i| i.wrapping_mul(7)));
        assert!(matches!(images(&garbage, Packing::Gzip, 1), Err(IdxError::Gzip(_))));
    }

    #[test]
    fn a_wrong_magic_number_is_named_with_what_it_looks_like() {
        let labels = plain(&[3], &[1, 2, 3]);
        let text = images(&labels, Packing::Plain, 1).err().unwrap().to_string();
        assert!(text.contains("0x00000801") && text.contains("file of labels"), "{text}");
        let packed = gzip(&plain(&[1, 1, 1], &[0]));
        assert!(images(&packed, Packing::Plain, 1).unwrap_err().to_string().contains("must end in .gz"));
        // Floats, not bytes: type 0x0d.
        let floats = [&[0, 0, 0x0d, 3], [0; 12].as_slice()].concat();
        assert!(matches!(images(&floats, Packing::Plain, 1), Err(IdxError::Magic { found: 0x0d03, .. })));
    }

    #[test]
    fn a_cut_header_is_named() {
        let file = plain(&[1, 2, 2], &[1, 2, 3, 4]);
        for cut in [1, 3, 4, 9, 12, 15] {
            for (bytes, packing) in [(file[..cut].to_vec(), Packing::Plain), (gzip(&file[..cut]), Packing::Gzip)] {
                assert_eq!(images(&bytes, packing, 1).unwrap_err(), IdxError::Header { found: cut, expected: 16 });
            }
        }
    }

    #[test]
    fn cut_data_is_named_also_when_few_records_are_used() {
        let file = plain(&[10, 2, 2], &[7; 40]);
        let expected = IdxError::Truncated { found: 39, expected: 40 };
        for records in [1, 10] {
            assert_eq!(images(&file[..55], Packing::Plain, records).unwrap_err(), expected);
            assert_eq!(images(&gzip(&file[..55]), Packing::Gzip, records).unwrap_err(), expected);
        }
    }

    #[test]
    fn a_cut_gzip_file_is_named() {
        let data: Vec<u8> = (0..4000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let packed = gzip(&plain(&[1000, 2, 2], &data));
        for cut in [3, 12, packed.len() / 2, packed.len() - 1] {
            let text = images(&packed[..cut], Packing::Gzip, 1).unwrap_err().to_string();
            assert!(text.contains("damaged") || text.contains("cut short"), "{text}");
        }
    }

    #[test]
    fn a_flipped_bit_is_found_by_the_checksum() {
        let mut packed = gzip(&plain(&[1, 2, 2], &[1, 2, 3, 4]));
        let crc = packed.len() - 8;
        packed[crc] ^= 1;
        assert!(matches!(images(&packed, Packing::Gzip, 1), Err(IdxError::Gzip(_))));
    }

    #[test]
    fn more_data_than_promised_is_named() {
        let file = plain(&[2, 2, 2], &[7; 9]);
        let expected = IdxError::Trailing { expected: 8 };
        assert_eq!(images(&file, Packing::Plain, 1).unwrap_err(), expected);
        assert_eq!(images(&gzip(&file), Packing::Gzip, 2).unwrap_err(), expected);
    }

    #[test]
    fn huge_and_empty_dimensions_are_named_without_an_allocation() {
        for dims in [[u32::MAX; 3], [60_000, 28_000, 28_000], [u32::MAX, 1, 1]] {
            let file = plain(&dims, &[0; 8]);
            for (bytes, packing) in [(file.clone(), Packing::Plain), (gzip(&file), Packing::Gzip)] {
                assert_eq!(images(&bytes, packing, 1).unwrap_err(), IdxError::Huge(dims.to_vec()));
            }
        }
        // Not huge, but more than so small a gzip file can unpack to.
        let file = gzip(&plain(&[60_000, 28, 28], &[]));
        assert!(matches!(images(&file, Packing::Gzip, 1), Err(IdxError::Huge(_))));
        let file = plain(&[0, 28, 28], &[]);
        assert_eq!(images(&file, Packing::Plain, 1).unwrap_err(), IdxError::Zero(vec![0, 28, 28]));
    }

    #[test]
    fn no_prefix_and_no_flipped_byte_panics() {
        let packed = gzip(&plain(&[3, 2, 2], &[7; 12]));
        for at in 0..packed.len() {
            let _ = images(&packed[..at], Packing::Gzip, 3);
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = packed.clone();
                bytes[at] ^= flip;
                let _ = images(&bytes, Packing::Gzip, 3);
            }
        }
    }
}
