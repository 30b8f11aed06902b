//! Types of elements in files.

use std::fmt;

use half::{bf16, f16};

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
    /// The type of NumPy's name, such as `f4` or `<f4`.
    pub(crate) fn of_numpy(kind: &str) -> Dtype {
        match kind.trim_start_matches(['<', '>', '=', '|']) {
            "f8" => Dtype::F64,
            "f4" => Dtype::F32,
            "f2" => Dtype::F16,
            "i8" => Dtype::I64,
            "i4" => Dtype::I32,
            "i2" => Dtype::I16,
            "i1" => Dtype::I8,
            "u8" => Dtype::U64,
            "u4" => Dtype::U32,
            "u2" => Dtype::U16,
            "u1" => Dtype::U8,
            "b1" => Dtype::Bool,
            other => Dtype::Other(other.into()),
        }
    }

    /// Whether the elements are floating-point numbers, as parameters are.
    pub fn is_float(&self) -> bool {
        matches!(self, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16)
    }

    /// Bytes of an element; `None` for a type whose elements are not read.
    pub(crate) fn size(&self) -> Option<usize> {
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
    pub(crate) fn append(&self, bytes: &[u8], out: &mut Vec<f32>) {
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
