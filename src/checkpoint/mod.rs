//! Checkpoints of any origin: what PyTorch, safetensors, Burn and our own runs keep of a network.
//!
//! A file's kind is told by its content. Its tensors are listed first, without their numbers; then the network is found
//! among the bookkeeping, what it would take is checked against the size of the file, and only then are numbers read.
//! A pickle is never executed.
//!
//! Reading takes no more than the size of the file and 64 MiB, and for a file of more than 64 MiB its largest tensor once
//! more; numbers of less than 32 bits are widened to twice the size of the file at most.

mod burn;
mod burnpack;
mod contents;
mod derived;
mod entry;
mod error;
mod fit;
mod format;
mod labels;
mod moment;
mod nameless;
mod names;
mod natural;
mod npz;
mod open;
mod order;
mod pytorch;
mod run;
mod safetensors;
mod save;
mod shards;
mod tensor;
mod trajectory;

use std::{collections::BTreeMap, path::Path};

use crate::{
    net::{Network, recognise},
    probe::NormMode,
};

pub use crate::dtype::Dtype;
use burn::Origin;
pub use contents::{Checkpoint, Summary};
use entry::{Entry, Refusal};
pub use error::CheckpointError;
pub use format::Format;
pub use labels::labels;
pub use moment::{Moment, file_of, step_of, without_key};
use names::is_statistic;
use open::open;
pub use save::{save, save_directions};
pub use tensor::{Tensor, TensorSummary, Unread};
pub use trajectory::{Point, Trajectory, trajectory};

impl Checkpoint {
    /// Reads a checkpoint: a file of any known format, the last iteration of a run file, the one that `FILE@STEP`
    /// names, or with `FILE@average` the mean of iterates that the run keeps; of a file with several networks, the one that
    /// `FILE#KEY` names.
    ///
    /// # Errors
    /// A file that is missing, foreign or damaged, or that would take far more memory than it is large.
    pub fn read(path: &Path) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::read_if(path, |_| Ok(()))
    }

    /// The same for a network that is known: what is not of it is refused before any number is read.
    ///
    /// # Errors
    /// As [`Checkpoint::read`] and [`Checkpoint::point`].
    pub fn read_for(path: &Path, network: &Network, mode: NormMode) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::read_if(path, |outline| outline.check(network, mode))
    }

    /// Reads what `may` lets pass, which is shown everything but numbers.
    fn read_if(
        path: &Path,
        may: impl Fn(&Checkpoint) -> Result<(), CheckpointError>,
    ) -> Result<Checkpoint, CheckpointError> {
        let (whole, key) = moment::split_key(path);
        let (file_path, moment) = moment::split_moment(&whole);
        let (mut file, mut file_size, mut format) = open(&file_path)?;
        // What is only a part is read with the others.
        let (mut parts, mut notes) = (None, Vec::new());
        if format == Format::SafetensorsIndex {
            parts = Some(file_path.clone());
        } else if format == Format::Safetensors
            && let Some(shard) = shards::of(&file_path)
        {
            let index =
                shard.index().map_err(|cause| CheckpointError::Unreadable { path: path.into(), format, cause })?;
            notes.push(format!("a part of {}: all parts were read", index.display()));
            (file, file_size, format) = open(&index)?;
            parts = Some(index);
        }
        match moment {
            Some(moment) if format != Format::Run => {
                return Err(CheckpointError::NoMoments { path: file_path, format, moment });
            }
            _ => {}
        }
        let refused = |refusal| {
            let path = path.to_path_buf();
            match refusal {
                Refusal::Damaged(cause) => CheckpointError::Unreadable { path, format, cause },
                Refusal::TooLarge(cause) => CheckpointError::TooLarge { path, format, cause },
            }
        };
        let (entries, origin) = match format {
            Format::Run => match key {
                Some(key) => return Err(CheckpointError::NoKeys { path: file_path, key }),
                None => return run::read(path, &file_path, moment),
            },
            Format::Safetensors => safetensors::entries(file, file_size),
            Format::SafetensorsIndex => {
                let index = parts.as_deref().unwrap_or(&file_path);
                shards::entries(file, file_size, index).map(|(entries, whole)| {
                    file_size = whole;
                    (entries, Origin::Other)
                })
            }
            Format::Npz => npz::entries(file, file_size).map(|e| (e, Origin::Other)),
            Format::Burnpack => burnpack::entries(file, &file_path, file_size).map(|e| (e, Origin::Burn)),
            Format::PytorchZip | Format::PytorchLegacy | Format::Pickle => {
                pytorch::entries(file, format, file_size).map(|e| (e, Origin::Other))
            }
        }
        .map_err(refused)?;
        let mut checkpoint = Checkpoint {
            path: path.into(),
            format,
            tensors: Vec::new(),
            unread: Vec::new(),
            notes,
            others: Vec::new(),
            run: None,
        };
        let real = checkpoint.choose(entries, key.as_deref(), file_size).map_err(refused)?;
        // Burn's tensors have the names and shapes of PyTorch's only when their numbers are turned.
        if matches!(origin, Origin::Other) {
            let tensors = real.iter().map(Entry::outline).collect();
            may(&Checkpoint { tensors, ..checkpoint.clone() })?;
        }
        checkpoint.fill(real, origin).map_err(refused)?;
        Ok(checkpoint)
    }

    /// Chooses the network among `entries`.
    fn choose(&mut self, entries: Vec<Entry>, key: Option<&str>, file_size: u64) -> Result<Vec<Entry>, Refusal> {
        let (entries, made) = derived::weights(entries);
        let names: Vec<String> = entries.iter().map(|e| e.name.clone()).collect();
        let fits = |names: &[Option<String>]| fits(&entries, names);
        let chosen = match key {
            Some(key) => names::choose_under(&names, key)?,
            None => names::choose(&names, &fits),
        };
        self.notes.extend(chosen.notes);
        self.others = chosen.others;
        self.notes.extend(made);
        let (mut real, mut other) = (Vec::new(), Vec::new());
        for (mut entry, name) in entries.into_iter().zip(chosen.names) {
            if let Some(name) = name {
                entry.name = name;
                if matches!(entry.dtype, Dtype::Other(_)) { other.push(entry) } else { real.push(entry) }
            }
        }
        if real.is_empty() && other.is_empty() {
            let beside = if names.is_empty() { String::new() } else { format!(" ({})", self.notes.join("; ")) };
            return Err(Refusal::Damaged(format!("it holds no tensors of a network{beside}")));
        }
        entry::check_size(&real, file_size)?;
        self.unread = other.into_iter().map(|e| Unread { name: e.name, shape: e.shape, dtype: e.dtype }).collect();
        Ok(real)
    }

    /// Reads the network and puts it into PyTorch's layout.
    fn fill(&mut self, real: Vec<Entry>, origin: Origin) -> Result<(), Refusal> {
        self.tensors = real.into_iter().map(Entry::tensor).collect::<Result<_, _>>()?;
        self.notes.extend(burn::to_pytorch(&mut self.tensors, origin));
        self.notes.extend(conversions(&self.tensors));
        Ok(())
    }

    /// Names and shapes, for recognising a network.
    pub fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        self.tensors.iter().map(|t| (t.name.clone(), t.shape.clone())).collect()
    }

    /// Every tensor's norm, range and what is not finite in it, and how many numbers there are in all.
    pub fn summary(&self) -> Summary {
        let numbers = |statistics: bool| {
            self.tensors
                .iter()
                .filter(|t| t.dtype.is_float() && is_statistic(&t.name) == statistics)
                .map(|t| t.values.len())
                .sum()
        };
        Summary {
            tensors: self.tensors.iter().map(Tensor::summary).collect(),
            parameters: numbers(false),
            buffers: numbers(true),
        }
    }
}

/// Whether the tensors that have names are one of the networks that are known.
fn fits(entries: &[Entry], names: &[Option<String>]) -> bool {
    let shapes: Vec<(String, Vec<usize>)> = entries
        .iter()
        .zip(names)
        .filter_map(|(entry, name)| Some((name.clone()?, entry.shape.clone())))
        .filter(|(name, _)| !name.ends_with("num_batches_tracked"))
        .collect();
    !shapes.is_empty() && recognise(&shapes, None).is_ok()
}

/// Which element types were converted, and in how many tensors.
fn conversions(tensors: &[Tensor]) -> Vec<String> {
    let mut converted = BTreeMap::new();
    for t in tensors.iter().filter(|t| t.dtype.is_float() && t.dtype != Dtype::F32) {
        let how = if t.dtype == Dtype::F64 { "rounded" } else { "widened" };
        *converted.entry(format!("{} {how} to float32", t.dtype)).or_insert(0) += 1;
    }
    let tensors = |n| if n == 1 { "1 tensor".to_string() } else { format!("{n} tensors") };
    converted.into_iter().map(|(what, n)| format!("{what} ({})", tensors(n))).collect()
}
