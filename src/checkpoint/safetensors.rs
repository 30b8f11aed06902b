//! safetensors: a JSON header of names, types, shapes and places, then the bytes of all tensors.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    sync::Arc,
};

use safetensors::tensor::{Dtype as Stored, Metadata};

use super::{
    Dtype,
    burn::Origin,
    entry::{Cause, Entry, Refusal},
};
use crate::memory::Size;

/// How large a header may be beside the size of the file. Parsing takes up to about forty times its size, and real
/// headers are a hundred bytes for each tensor.
const HEADER: u64 = 1 << 20;

/// Bytes read at once; a multiple of every element's size.
const PIECE: usize = 1 << 16;

/// The tensors of the file, in its order, and who wrote it.
pub(super) fn entries(mut file: File, file_size: u64) -> Result<(Vec<Entry>, Origin), Refusal> {
    let mut length = [0; 8];
    read_at(&mut file, 0, &mut length)?;
    let length = u64::from_le_bytes(length);
    let data = length
        .checked_add(8)
        .filter(|data| *data <= file_size)
        .ok_or_else(|| format!("its header of {length} bytes is longer than the file"))?;
    if length > HEADER + file_size / 64 {
        let cause = format!("its header is {} of a file of {}", Size(length), Size(file_size));
        return Err(Refusal::TooLarge(cause));
    }
    let mut header = vec![0; length as usize];
    read_at(&mut file, 8, &mut header)?;
    // Names, types and shapes are checked against the places here, and that these leave no gaps.
    let metadata: Metadata =
        serde_json::from_slice(&header).map_err(|e| format!("its header is not that of safetensors, {e}"))?;
    drop(header);
    let end = data.checked_add(metadata.data_len() as u64);
    if end != Some(file_size) {
        let (expected, found) = (metadata.data_len(), file_size - data);
        return Err(format!("its tensors take {expected} bytes, and {found} follow the header").into());
    }
    let producer = metadata.metadata().as_ref().and_then(|m| m.get("producer"));
    let origin = if producer.is_some_and(|p| p == "burn") { Origin::MaybeBurn } else { Origin::Other };
    let file = Arc::new(file);
    let entries = metadata.offset_keys().into_iter().filter_map(|name| {
        let info = metadata.info(&name)?;
        let (start, end) = info.data_offsets;
        let file = Arc::clone(&file);
        let read = move |sink: &mut dyn FnMut(&[u8])| pieces(&file, data + start as u64, end - start, sink);
        Some(Entry::new(name, info.shape.clone(), dtype(info.dtype), read))
    });
    Ok((entries.collect(), origin))
}

/// Reads `length` bytes from `start` on, a piece at a time.
fn pieces(mut file: &File, start: u64, length: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), Cause> {
    let mut buffer = vec![0; length.min(PIECE)];
    let mut at = 0;
    while at < length {
        let piece = &mut buffer[..(length - at).min(PIECE)];
        read_at(&mut file, start + at as u64, piece)?;
        sink(piece);
        at += piece.len();
    }
    Ok(())
}

fn read_at(file: &mut (impl Read + Seek), start: u64, into: &mut [u8]) -> Result<(), Cause> {
    file.seek(SeekFrom::Start(start)).and_then(|_| file.read_exact(into)).map_err(|e| e.to_string())
}

fn dtype(stored: Stored) -> Dtype {
    match stored {
        Stored::F64 => Dtype::F64,
        Stored::F32 => Dtype::F32,
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
        Stored::BOOL => Dtype::Bool,
        Stored::C64 => Dtype::Other("complex64".into()),
        other => Dtype::Other(other.to_string()),
    }
}
