//! What `torch.save` wrote before 1.6: magic number, version, system, the tensors, the keys of the storages, each as a
//! pickle; then the storages, each behind its number of elements.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read as _, Seek as _, SeekFrom},
    rc::Rc,
};

use super::stretch::{Within, of_pickle, pieces};
use crate::checkpoint::entry::{Entry, Refusal};
use crate::pickle::{self, Lists};

/// Pickles before the one with the tensors.
const BEFORE: usize = 3;

/// The tensors of a legacy file.
pub(super) fn entries(file: File, file_size: u64, budget: u64) -> Result<Vec<Entry>, Refusal> {
    let mut input = BufReader::new(file);
    for _ in 0..BEFORE {
        pickle::read(&mut input, budget, Lists::default())?;
    }
    let begin = input.stream_position().map_err(|e| e.to_string())?;
    let kept = pickle::read(&mut input, budget, Lists::default())?;
    let keys = pickle::read(&mut input, budget, Lists::Texts)?.texts();
    let io = |e: io::Error| match e.kind() {
        io::ErrorKind::UnexpectedEof => "it ends before its storages do".to_string(),
        _ => e.to_string(),
    };
    // Where each storage begins, and its bytes.
    let mut places: HashMap<String, (u64, u64)> = HashMap::new();
    for key in keys {
        let mut count = [0; 8];
        input.read_exact(&mut count).map_err(io)?;
        let count =
            u64::try_from(i64::from_le_bytes(count)).map_err(|_| "a storage has fewer than no elements".to_string())?;
        let width = *kept.storages.get(&key).ok_or_else(|| format!("no tensor says what its storage {key} holds"))?;
        let begin = input.stream_position().map_err(io)?;
        let end = count.checked_mul(width as u64).and_then(|bytes| begin.checked_add(bytes));
        let end = end.filter(|end| *end <= file_size).ok_or_else(|| "it ends before its storages do".to_string())?;
        input.seek(SeekFrom::Start(end)).map_err(io)?;
        places.insert(key, (begin, end - begin));
    }
    let input = Rc::new(RefCell::new(input));
    let within = within(&input, begin);
    let stretch = move |key: &str, from: u64, length: u64, sink: &mut dyn FnMut(&[u8])| {
        let (begin, whole) = *places.get(key).ok_or_else(|| format!("its storage {key} is missing"))?;
        if from.checked_add(length).is_none_or(|end| end > whole) {
            return Err(format!("the storage {key} has {whole} bytes, fewer than its tensor needs"));
        }
        let mut input = input.borrow_mut();
        input.seek(SeekFrom::Start(begin + from)).map_err(io)?;
        pieces(&mut *input, length, sink).map_err(io)?;
        Ok(())
    };
    of_pickle(&kept, budget, Rc::new(stretch), within)
}

/// The arrays of a pickle that stands alone.
pub(super) fn alone(file: File, budget: u64) -> Result<Vec<Entry>, Refusal> {
    let mut input = BufReader::new(file);
    let kept = pickle::read(&mut input, budget, Lists::default())?;
    let within = within(&Rc::new(RefCell::new(input)), 0);
    let none = |key: &str, _: u64, _: u64, _: &mut dyn FnMut(&[u8])| Err(format!("its storage {key} is missing"));
    of_pickle(&kept, budget, Rc::new(none), within)
}

/// The bytes of a pickle that begins at `begin`.
fn within(input: &Rc<RefCell<BufReader<File>>>, begin: u64) -> Rc<Within> {
    let input = Rc::clone(input);
    Rc::new(move |at, length, sink: &mut dyn FnMut(&[u8])| {
        let text = |e: io::Error| e.to_string();
        let mut input = input.borrow_mut();
        input.seek(SeekFrom::Start(begin + at)).map_err(text)?;
        pieces(&mut *input, length, sink).map_err(text)
    })
}
