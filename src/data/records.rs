//! Records as they lie in a user's own file, before they become a split.

use std::borrow::Cow;
use std::path::PathBuf;

use super::Split;

/// The type of an image's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// One byte, scaled to the pixel range.
    Byte,
    /// IEEE 754 binary16.
    Half,
    /// bfloat16.
    Brain,
    /// IEEE 754 binary32.
    Single,
    /// IEEE 754 binary64, rounded to binary32.
    Double,
}

impl Number {
    /// Whether the numbers are scaled to the pixel range.
    pub fn is_byte(self) -> bool {
        self == Self::Byte
    }

    /// The type in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Byte => "bytes (uint8)",
            Self::Half => "floating-point numbers (float16)",
            Self::Brain => "floating-point numbers (bfloat16)",
            Self::Single => "floating-point numbers (float32)",
            Self::Double => "floating-point numbers (float64)",
        }
    }

    /// Bytes of one.
    pub fn size(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Half | Self::Brain => 2,
            Self::Single => 4,
            Self::Double => 8,
        }
    }

    /// Adds the little-endian numbers in `bytes` to `out`; a byte as `table` has it.
    fn read(self, bytes: &[u8], table: &[f32; 256], out: &mut Vec<f32>) {
        let pairs = || bytes.as_chunks::<2>().0.iter().map(|&pair| u16::from_le_bytes(pair));
        match self {
            Self::Byte => out.extend(bytes.iter().map(|&byte| table[usize::from(byte)])),
            Self::Half => out.extend(pairs().map(from_half)),
            Self::Brain => out.extend(pairs().map(|bits| f32::from_bits(u32::from(bits) << 16))),
            Self::Single => out.extend(bytes.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b))),
            Self::Double => out.extend(bytes.as_chunks::<8>().0.iter().map(|&b| f64::from_le_bytes(b) as f32)),
        }
    }
}

/// The value of a binary16, which binary32 holds exactly.
fn from_half(bits: u16) -> f32 {
    let fraction = f32::from(bits & 0x3ff);
    let size = match bits >> 10 & 0x1f {
        0 => fraction * 2.0_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1024.0 + fraction) * 2.0_f32.powi(i32::from(exponent) - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// Images and labels as they lie in a file, as many of each.
pub struct Records<'a> {
    /// The file with the images.
    pub file: PathBuf,
    /// One image's shape, `[C, H, W]`.
    pub shape: [usize; 3],
    /// The type of its numbers.
    pub number: Number,
    /// Whether the file has them as `[H, W, C]`.
    pub turned: bool,
    /// The numbers of all images, `[N, C, H, W]` row-major.
    pub bytes: Cow<'a, [u8]>,
    /// Class indices, `[N]`.
    pub labels: Vec<u32>,
}

impl Records<'_> {
    /// The first `count` of the records at `indices`.
    pub fn split(&self, table: &[f32; 256], indices: impl Iterator<Item = usize>, count: usize) -> Split {
        let area = self.shape.iter().product::<usize>();
        let size = area * self.number.size();
        let mut split = Split { images: Vec::with_capacity(count * area), labels: Vec::with_capacity(count) };
        for i in indices.take(count) {
            self.number.read(&self.bytes[i * size..][..size], table, &mut split.images);
            split.labels.push(self.labels[i]);
        }
        split
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Pixels;

    fn read(number: Number, bytes: &[u8]) -> Vec<f32> {
        let mut out = Vec::new();
        number.read(bytes, &Pixels::Unit.table(255), &mut out);
        out
    }

    #[test]
    fn numbers_of_every_type_are_read() {
        assert_eq!(read(Number::Byte, &[0, 51, 255]), [0.0, 0.2, 1.0]);
        assert_eq!(read(Number::Single, &(-1.5_f32).to_le_bytes()), [-1.5]);
        assert_eq!(read(Number::Double, &0.1_f64.to_le_bytes()), [0.1]);
        assert_eq!(read(Number::Double, &1e300_f64.to_le_bytes()), [f32::INFINITY]);
        // 1.0 and −2.5 in both: sign, exponent, fraction written out.
        let pairs = |pairs: [u16; 2]| pairs.map(u16::to_le_bytes).concat();
        assert_eq!(read(Number::Half, &pairs([0x3c00, 0xc100])), [1.0, -2.5]);
        assert_eq!(read(Number::Brain, &pairs([0x3f80, 0xc020])), [1.0, -2.5]);
        assert!(read(Number::Single, &f32::NAN.to_le_bytes())[0].is_nan());
    }

    #[test]
    fn every_half_has_the_value_of_its_definition() {
        // The largest, the smallest normal, the largest and the smallest subnormal, 1/3 rounded, and what is not finite.
        for (bits, want) in [
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x03ff, 6.097_555e-5),
            (0x0001, 5.960_464_5e-8),
            (0x3555, 0.333_251_95),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(from_half(bits), want, "{bits:#x}");
        }
        assert!(from_half(0x7e00).is_nan() && from_half(0xfc01).is_nan());
        assert_eq!((from_half(0x8000).to_bits(), from_half(0).to_bits()), ((-0.0_f32).to_bits(), 0));
        // Every positive one is larger than the one before it, by a step that doubles with the exponent.
        for bits in 1..0x7c00_u16 {
            let step = 2.0_f32.powi(i32::from((bits - 1) >> 10).max(1) - 25);
            assert_eq!(from_half(bits) - from_half(bits - 1), step, "{bits:#x}");
        }
    }

    #[test]
    fn a_split_takes_the_first_of_the_chosen_records() {
        let records = Records {
            file: PathBuf::new(),
            shape: [1, 1, 2],
            number: Number::Byte,
            turned: false,
            bytes: Cow::Borrowed(&[0, 51, 102, 153, 204, 255]),
            labels: vec![4, 5, 6],
        };
        let split = records.split(&Pixels::Unit.table(255), [2, 0, 1].into_iter(), 2);
        assert_eq!(split, Split { images: vec![0.8, 1.0, 0.0, 0.2], labels: vec![6, 4] });
    }
}
