//! burnpack, the files of the Burn framework: a CBOR table of names, types, shapes and places, then the bytes.

use std::{fs::File, io::Read, path::Path};

use burn_pack::{DType as Stored, HEADER_SIZE, Header, Reader};

use super::{
    Dtype,
    entry::{Entry, Refusal},
};
use crate::memory::Size;

/// How large the table may be beside the size of the file. Parsing takes up to about forty times its size, and real
/// tables are a hundred bytes for each tensor.
const TABLE: u64 = 1 << 20;

/// The tensors of the file, by name.
pub(super) fn entries(mut file: File, path: &Path, file_size: u64) -> Result<Vec<Entry>, Refusal> {
    let text = |e: burn_pack::Error| e.to_string();
    // The library makes room for as large a table as the header announces.
    let mut head = [0; HEADER_SIZE];
    file.read_exact(&mut head).map_err(|e| e.to_string())?;
    let table = u64::from(Header::from_bytes(&head).map_err(text)?.metadata_size);
    if table > TABLE + file_size / 64 {
        return Err(Refusal::TooLarge(format!("its table is {} of a file of {}", Size(table), Size(file_size))));
    }
    let tensors = Reader::from_file_exact(path).and_then(Reader::into_tensors).map_err(text)?;
    let entries = tensors.into_iter().map(|tensor| {
        let (name, shape, dtype) = (tensor.name.clone(), tensor.shape.to_vec(), dtype(tensor.dtype));
        Entry::new(name, shape, dtype, move |sink| {
            let bytes = tensor.into_bytes().map_err(text)?;
            // The file is read here. (Dereferencing would do it, too, but panic when it fails.)
            sink(bytes.read(Default::default()).map_err(|e| e.to_string())?);
            Ok(())
        })
    });
    Ok(entries.collect())
}

fn dtype(stored: Stored) -> Dtype {
    match stored {
        Stored::F64 => Dtype::F64,
        Stored::F32 | Stored::Flex32 => Dtype::F32,
        Stored::F16 => Dtype::F16,
        Stored::BF16 => Dtype::BF16,
        Stored::I64 => Dtype::I64,
        Stored::I32 => Dtype::I32,
        Stored::I16 => Dtype::I16,
        Stored::I8 => Dtype::I8,
        Stored::U64 => Dtype::U64,
        Stored::U32 => Dtype::U32,
        Stored::U16 => Dtype::U16,
        Stored::U8 => Dtype::U8,
        Stored::Bool(_) if stored.size() == 1 => Dtype::Bool,
        Stored::Bool(_) => Dtype::U32,
        Stored::QFloat(_) => Dtype::Other("quantised".into()),
    }
}
