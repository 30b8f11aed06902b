//! The functions and classes that a pickle names, as far as tensors are made with them.

use crate::dtype::Dtype;

/// What a global is.
#[derive(Clone, Debug, PartialEq)]
pub enum Class {
    /// `torch.FloatStorage` and its like, with the bytes of an element.
    Storage(Dtype, usize),
    /// `torch.float32` and its like.
    Type(Dtype, usize),
    /// A table that can be made from pairs.
    Table,
    /// `torch.Size`: its argument.
    Size,
    /// `_rebuild_parameter…`: its first argument.
    Parameter,
    /// `_rebuild_from_type…`: the function of its arguments.
    FromType,
    /// `_rebuild_tensor…` of storage, offset, shape and strides; in version 3 the type follows.
    Tensor,
    /// A function that makes a tensor without numbers of its own kind, by what it is called.
    Strange(&'static str),
    /// `numpy…_reconstruct`: an array whose state follows.
    NewArray,
    /// `numpy…_frombuffer` of bytes, type, shape and order.
    FromBuffer,
    /// `numpy.dtype` of a name.
    Element,
    /// `_codecs.encode` of a text that stands for bytes.
    Encode,
    Other,
}

impl Class {
    /// The global `module.name`.
    pub fn of(module: &str, name: &str) -> Class {
        match (module, name) {
            ("collections", "OrderedDict" | "Counter") => Class::Table,
            ("builtins" | "__builtin__", "dict") => Class::Table,
            ("torch", "Size") => Class::Size,
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Class::NewArray,
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Class::FromBuffer,
            ("numpy", "dtype") => Class::Element,
            ("_codecs", "encode") => Class::Encode,
            ("torch._utils" | "torch._tensor" | "torch", _) => match name {
                "_rebuild_parameter" | "_rebuild_parameter_with_state" => Class::Parameter,
                "_rebuild_from_type" | "_rebuild_from_type_v2" => Class::FromType,
                "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3" => Class::Tensor,
                "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor" => Class::Strange("sparse"),
                "_rebuild_qtensor" => Class::Strange("quantised"),
                "_rebuild_nested_tensor" => Class::Strange("nested"),
                "_rebuild_meta_tensor_no_storage" => Class::Strange("meta"),
                "_rebuild_wrapper_subclass" => Class::Strange("wrapped"),
                _ => stored(name),
            },
            ("torch.storage" | "torch.cuda", _) => stored(name),
            _ => Class::Other,
        }
    }
}

/// `FloatStorage`, `float32`.
fn stored(name: &str) -> Class {
    let (known, is_storage) = match name.strip_suffix("Storage") {
        Some(kind) => (kind, true),
        None => (name, false),
    };
    let (dtype, width) = match known {
        "Double" | "float64" | "double" => (Dtype::F64, 8),
        "Float" | "float32" | "float" => (Dtype::F32, 4),
        "Half" | "float16" | "half" => (Dtype::F16, 2),
        "BFloat16" | "bfloat16" => (Dtype::BF16, 2),
        "Long" | "int64" | "long" => (Dtype::I64, 8),
        "Int" | "int32" | "int" => (Dtype::I32, 4),
        "Short" | "int16" | "short" => (Dtype::I16, 2),
        "Char" | "int8" => (Dtype::I8, 1),
        "uint64" => (Dtype::U64, 8),
        "uint32" => (Dtype::U32, 4),
        "uint16" => (Dtype::U16, 2),
        // An untyped storage is bytes, whatever a tensor reads in them.
        "Byte" | "uint8" | "Untyped" => (Dtype::U8, 1),
        "Bool" | "bool" => (Dtype::Bool, 1),
        "ComplexFloat" | "complex64" | "cfloat" => (Dtype::Other("complex64".into()), 8),
        "ComplexDouble" | "complex128" | "cdouble" => (Dtype::Other("complex128".into()), 16),
        "ComplexHalf" | "complex32" | "chalf" => (Dtype::Other("complex32".into()), 4),
        "QInt8" | "qint8" => (Dtype::Other("qint8".into()), 1),
        "QUInt8" | "quint8" => (Dtype::Other("quint8".into()), 1),
        "QInt32" | "qint32" => (Dtype::Other("qint32".into()), 4),
        "QUInt4x2" | "quint4x2" | "QUInt2x4" | "quint2x4" => (Dtype::Other("quint4x2".into()), 1),
        _ if known.starts_with("float8_") || known.starts_with("float4_") => (Dtype::Other(known.into()), 1),
        _ => return Class::Other,
    };
    if is_storage { Class::Storage(dtype, width) } else { Class::Type(dtype, width) }
}
