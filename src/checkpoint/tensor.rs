//! Tensors: their element types, their numbers as f32, and what there is to say about them.

use crate::{dtype::Dtype, probe::vector::norm};

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
