//! What can be wrong with a safetensors file of images and labels.

/// The most classes of a data set; a label beyond them is taken for damage.
pub(super) const MOST_CLASSES: u32 = 1 << 16;
/// Names of tensors that an error text shows.
const SHOWN: usize = 8;

/// What is wrong with a safetensors file of images and labels, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TensorError {
    /// Not the format.
    #[error("is not a safetensors file ({0}); save it with safetensors.torch.save_file or safetensors.numpy.save_file")]
    Format(String),
    /// A tensor that must be there.
    #[error("has no tensor {name:?} (it has: {}); save the images and labels under these names", shown(has))]
    Missing {
        /// The tensor's name.
        name: &'static str,
        /// The names that the file has.
        has: Vec<String>,
    },
    /// Tensors of other names, which might be misspelt ones.
    #[error("has tensors that are not used: {}; leave them out (known: {})", shown(.names), known.join(", "))]
    Extra {
        /// Their names.
        names: Vec<String>,
        /// The names that are used.
        known: &'static [&'static str],
    },
    /// Images of a type that is none of images.
    #[error("{name:?} holds {found}; save it as bytes (uint8) or floating-point numbers (float32)")]
    ImageType {
        /// The tensor's name.
        name: &'static str,
        /// Its type.
        found: String,
    },
    /// Labels that are no integers.
    #[error("{name:?} holds {found}; save it as integers (int64)")]
    LabelType {
        /// The tensor's name.
        name: &'static str,
        /// Its type.
        found: String,
    },
    /// Images of no known shape.
    #[error("{name:?} has shape {shape:?}; save it as [N, C, H, W], [N, H, W] or [N, F]")]
    ImageShape {
        /// The tensor's name.
        name: &'static str,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// Images of which any axis may be the channels.
    #[error(
        "{name:?} has shape {shape:?}, which does not tell where the channels are; say whether they come first or last (--images nchw or --images nhwc)"
    )]
    Layout {
        /// The tensor's name.
        name: &'static str,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// Labels that are no list.
    #[error("{name:?} has shape {shape:?}; save it as [N], one class index per image")]
    LabelShape {
        /// The tensor's name.
        name: &'static str,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// No images, or images without pixels.
    #[error("{name:?} is empty: its shape is {shape:?}; save at least one image")]
    Empty {
        /// The tensor's name.
        name: &'static str,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// Numbers of images and labels that differ.
    #[error("{images:?} has {count} images, but {labels:?} has {label_count} labels; save one label per image")]
    Unequal {
        /// The name of the images.
        images: &'static str,
        /// Their number.
        count: usize,
        /// The name of the labels.
        labels: &'static str,
        /// Their number.
        label_count: usize,
    },
    /// A label that is no class index.
    #[error("{name:?}: label {label} of record {record} is no class index; classes count from 0, to {} at most", MOST_CLASSES - 1)]
    Label {
        /// The tensor's name.
        name: &'static str,
        /// The record, from 0.
        record: usize,
        /// The label.
        label: i128,
    },
}

fn shown(names: &[String]) -> String {
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(", "))
}
