//! Tensors: their element types, their numbers as f32, and what there is to say about them.

use std::fmt;

use half::{bf16, f16};

use crate::probe::vector::norm;

/// The type of a tensor's elements in the file, under PyTorch's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dtype {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
    /// Complex numbers, floats of eight bits and fewer, quantised numbers: none that an f32 stands for.
    Other(String),
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Dtype::F64 => "float64",
            Dtype::F32 => "float32",
            Dtype::F16 => "float16",
            Dtype::BF16 => "bfloat16",
            Dtype::I64 => "int64",
            Dtype::I32 => "int32",
            Dtype::I16 => "int16",
            Dtype::I8 => "int8",
            Dtype::U64 => "uint64",
            Dtype::U32 => "uint32",
            Dtype::U16 => "uint16",
            Dtype::U8 => "uint8",
            Dtype::Bool => "bool",
            Dtype::Other(name) => name,
        })
    }
}

impl Dtype {
    /// Whether the elements are floating-point numbers, as parameters are.
    pub fn is_float(&self) -> bool {
        matches!(self, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16)
    }

    /// Bytes of an element; `None` for a type whose elements are not read.
    pub(super) fn size(&self) -> Option<usize> {
        match self {
            Dtype::F64 | Dtype::I64 | Dtype::U64 => Some(8),
            Dtype::F32 | Dtype::I32 | Dtype::U32 => Some(4),
            Dtype::F16 | Dtype::BF16 | Dtype::I16 | Dtype::U16 => Some(2),
            Dtype::I8 | Dtype::U8 | Dtype::Bool => Some(1),
            Dtype::Other(_) => None,
        }
    }

    /// Appends the little-endian elements in `bytes` as f32: narrower floats exactly, f64 and wide integers rounded.
    /// Numbers that are not finite are kept. A type without numbers appends nothing.
    pub(super) fn append(&self, bytes: &[u8], out: &mut Vec<f32>) {
        match self {
            Dtype::F64 => each(bytes, out, |b| f64::from_le_bytes(b) as f32),
            Dtype::F32 => each(bytes, out, f32::from_le_bytes),
            Dtype::F16 => each(bytes, out, |b| f16::from_le_bytes(b).to_f32()),
            Dtype::BF16 => each(bytes, out, |b| bf16::from_le_bytes(b).to_f32()),
            Dtype::I64 => each(bytes, out, |b| i64::from_le_bytes(b) as f32),
            Dtype::I32 => each(bytes, out, |b| i32::from_le_bytes(b) as f32),
            Dtype::I16 => each(bytes, out, |b| i16::from_le_bytes(b).into()),
            Dtype::I8 => each(bytes, out, |b| i8::from_le_bytes(b).into()),
            Dtype::U64 => each(bytes, out, |b| u64::from_le_bytes(b) as f32),
            Dtype::U32 => each(bytes, out, |b| u32::from_le_bytes(b) as f32),
            Dtype::U16 => each(bytes, out, |b| u16::from_le_bytes(b).into()),
            Dtype::U8 => each(bytes, out, |[b]| b.into()),
            Dtype::Bool => each(bytes, out, |[b]| f32::from(b != 0)),
            Dtype::Other(_) => {}
        }
    }
}

fn each<const N: usize>(bytes: &[u8], out: &mut Vec<f32>, number: impl Fn([u8; N]) -> f32) {
    out.extend(bytes.as_chunks::<N>().0.iter().map(|b| number(*b)));
}

/// A tensor of a checkpoint, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its name in the network, such as `conv1.weight`.
    pub name: String,
    /// Extents, outermost first; empty for a single number.
    pub shape: Vec<usize>,
    /// What the file holds.
    pub dtype: Dtype,
    /// As many numbers as the extents multiply to.
    pub values: Vec<f32>,
}

/// A tensor whose elements are not real numbers, and so were not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub name: String,
    pub shape: Vec<usize>,
    pub dtype: Dtype,
}

/// A tensor at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorSummary {
    pub name: String,
    pub shape: Vec<usize>,
    pub dtype: Dtype,
    /// Numbers in it.
    pub count: usize,
    /// ‖x‖₂; NaN or infinite when one of the numbers is.
    pub norm: f64,
    /// The smallest and the largest number, infinities included; `None` when there is none but NaN.
    pub range: Option<(f32, f32)>,
    /// How many are NaN or infinite.
    pub non_finite: usize,
}

impl Tensor {
    /// The tensor at a glance.
    pub fn summary(&self) -> TensorSummary {
        let range = self.values.iter().filter(|x| !x.is_nan()).fold(None, |range, &x| match range {
            None => Some((x, x)),
            Some((low, high)) => Some((x.min(low), x.max(high))),
        });
        TensorSummary {
            name: self.name.clone(),
            shape: self.shape.clone(),
            dtype: self.dtype.clone(),
            count: self.values.len(),
            norm: norm(&self.values),
            range,
            non_finite: self.values.iter().filter(|x| !x.is_finite()).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_becomes_f32() {
        let read = |dtype: Dtype, bytes: &[u8]| {
            let mut out = Vec::new();
            dtype.append(bytes, &mut out);
            assert_eq!(out.len() * dtype.size().unwrap(), bytes.len());
            out
        };
        // 1 + 2⁻³⁰ has no f32; half precision holds 1.5, its smallest subnormal 2⁻²⁴, and infinity.
        assert_eq!(read(Dtype::F64, &(1.0 + 2f64.powi(-30)).to_le_bytes()), [1.0]);
        assert_eq!(read(Dtype::F32, &[0xdb, 0x0f, 0x49, 0x40]), [std::f32::consts::PI]);
        assert_eq!(read(Dtype::F16, &[0x00, 0x3e, 0x01, 0x00, 0x00, 0x7c]), [1.5, 2f32.powi(-24), f32::INFINITY]);
        assert_eq!(read(Dtype::BF16, &[0x40, 0x40, 0x80, 0xff]), [3.0, f32::NEG_INFINITY]);
        assert!(read(Dtype::F16, &[0x01, 0x7e])[0].is_nan());
        assert_eq!(read(Dtype::I64, &(-3i64).to_le_bytes()), [-3.0]);
        assert_eq!(read(Dtype::U64, &u64::MAX.to_le_bytes()), [2f32.powi(64)]);
        assert_eq!(read(Dtype::I32, &(-70_000i32).to_le_bytes()), [-70_000.0]);
        assert_eq!(read(Dtype::U32, &70_000u32.to_le_bytes()), [70_000.0]);
        assert_eq!(read(Dtype::I16, &(-2i16).to_le_bytes()), [-2.0]);
        assert_eq!(read(Dtype::U16, &[0xff, 0xff]), [65_535.0]);
        assert_eq!(read(Dtype::I8, &[0xff]), [-1.0]);
        assert_eq!(read(Dtype::U8, &[0xff]), [255.0]);
        assert_eq!(read(Dtype::Bool, &[0, 1, 2]), [0.0, 1.0, 1.0]);
    }

    #[test]
    fn a_summary_counts_what_is_not_finite() {
        let tensor = |values: &[f32]| Tensor {
            name: "w".into(),
            shape: vec![values.len()],
            dtype: Dtype::F32,
            values: values.to_vec(),
        };
        let s = tensor(&[3.0, -4.0, 0.0]).summary();
        assert_eq!((s.count, s.norm, s.range, s.non_finite), (3, 5.0, Some((-4.0, 3.0)), 0));
        let s = tensor(&[f32::NAN, 1.0, f32::NEG_INFINITY, 2.0]).summary();
        assert!(s.norm.is_nan());
        assert_eq!((s.range, s.non_finite), (Some((f32::NEG_INFINITY, 2.0)), 2));
        assert_eq!(tensor(&[f32::NAN]).summary().range, None);
        let empty = tensor(&[]).summary();
        assert_eq!((empty.count, empty.norm, empty.range), (0, 0.0, None));
    }
}
