//! Images and labels from a safetensors file.
//!
//! The header of a damaged or hostile file may promise anything; the format's own reader checks it against the bytes
//! that are there, and nothing is allocated on its word.

use std::borrow::Cow;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::DataError;
use super::layout::{Layout, channels_first};
use super::records::{Number, Records};
use super::tensor_error::{MOST_CLASSES, TensorError};

/// The names of a half's images and labels.
pub type Names = [&'static str; 2];
/// The training data, and all of a file that stands beside another one.
pub const TRAIN: Names = ["images", "labels"];
/// The test data in the same file.
pub const TEST: Names = ["test_images", "test_labels"];
/// The names of both.
pub const BOTH: &[&str] = &[TRAIN[0], TRAIN[1], TEST[0], TEST[1]];

/// A safetensors file whose header is sound and has no tensors but those of `known`.
pub struct Tensors<'a> {
    path: &'a Path,
    file: SafeTensors<'a>,
}

impl<'a> Tensors<'a> {
    /// Reads the header of `bytes`, which are those of `path`.
    ///
    /// # Errors
    ///
    /// [`TensorError::Format`] and [`TensorError::Extra`].
    pub fn open(path: &'a Path, bytes: &'a [u8], known: &'static [&'static str]) -> Result<Self, DataError> {
        let wrong = |cause| DataError::Tensors { file: path.to_owned(), cause };
        let file = SafeTensors::deserialize(bytes).map_err(|error| wrong(TensorError::Format(error.to_string())))?;
        let mut names: Vec<_> =
            file.names().into_iter().filter(|name| !known.contains(name)).map(str::to_owned).collect();
        if !names.is_empty() {
            names.sort();
            return Err(wrong(TensorError::Extra { names, known }));
        }
        Ok(Self { path, file })
    }

    /// The images and labels of these names; their `layout` as far as it is known.
    ///
    /// # Errors
    ///
    /// [`DataError::Tensors`].
    pub fn records(&self, names: Names, layout: Option<Layout>) -> Result<Records<'a>, DataError> {
        self.read(names, layout).map_err(|cause| DataError::Tensors { file: self.path.to_owned(), cause })
    }

    /// The images and labels of these names; `None` if the file has neither.
    ///
    /// # Errors
    ///
    /// [`DataError::Tensors`].
    pub fn optional(&self, names: Names, layout: Option<Layout>) -> Result<Option<Records<'a>>, DataError> {
        let any = self.file.names().iter().any(|name| names.contains(name));
        any.then(|| self.records(names, layout)).transpose()
    }

    fn tensor(&self, name: &'static str) -> Result<TensorView<'a>, TensorError> {
        self.file.tensor(name).map_err(|_| {
            let mut has: Vec<_> = self.file.names().into_iter().map(str::to_owned).collect();
            has.sort();
            TensorError::Missing { name, has }
        })
    }

    fn read(&self, [images_name, labels_name]: Names, layout: Option<Layout>) -> Result<Records<'a>, TensorError> {
        let (images, labels) = (self.tensor(images_name)?, self.tensor(labels_name)?);
        let shape = images.shape().to_vec();
        if shape.contains(&0) {
            return Err(TensorError::Empty { name: images_name, shape });
        }
        let (count, record, lies) = match shape[..] {
            [n, a, b, c] => match layout.or_else(|| Layout::of([a, b, c])) {
                Some(Layout::Nchw) => (n, [a, b, c], None),
                Some(Layout::Nhwc) => (n, [c, a, b], Some([a, b, c])),
                None => return Err(TensorError::Layout { name: images_name, shape }),
            },
            [n, h, w] => (n, [1, h, w], None),
            [n, f] => (n, [f, 1, 1], None),
            _ => return Err(TensorError::ImageShape { name: images_name, shape }),
        };
        let number = match images.dtype() {
            Dtype::U8 => Number::Byte,
            Dtype::F16 => Number::Half,
            Dtype::BF16 => Number::Brain,
            Dtype::F32 => Number::Single,
            Dtype::F64 => Number::Double,
            other => return Err(TensorError::ImageType { name: images_name, found: format!("{other:?}") }),
        };
        let &[label_count] = labels.shape() else {
            return Err(TensorError::LabelShape { name: labels_name, shape: labels.shape().to_vec() });
        };
        if label_count != count {
            return Err(TensorError::Unequal { images: images_name, count, labels: labels_name, label_count });
        }
        Ok(Records {
            file: self.path.to_owned(),
            shape: record,
            number,
            turned: lies.is_some(),
            bytes: match lies {
                Some(lies) => Cow::Owned(channels_first(images.data(), lies, number.size())),
                None => Cow::Borrowed(images.data()),
            },
            labels: read_labels(labels_name, &labels)?,
        })
    }
}

fn read_labels(name: &'static str, labels: &TensorView<'_>) -> Result<Vec<u32>, TensorError> {
    let data = labels.data();
    match labels.dtype() {
        Dtype::U8 => classes(name, data, |b: [u8; 1]| u8::from_le_bytes(b).into()),
        Dtype::I8 => classes(name, data, |b: [u8; 1]| i8::from_le_bytes(b).into()),
        Dtype::U16 => classes(name, data, |b: [u8; 2]| u16::from_le_bytes(b).into()),
        Dtype::I16 => classes(name, data, |b: [u8; 2]| i16::from_le_bytes(b).into()),
        Dtype::U32 => classes(name, data, |b: [u8; 4]| u32::from_le_bytes(b).into()),
        Dtype::I32 => classes(name, data, |b: [u8; 4]| i32::from_le_bytes(b).into()),
        Dtype::U64 => classes(name, data, |b: [u8; 8]| u64::from_le_bytes(b).into()),
        Dtype::I64 => classes(name, data, |b: [u8; 8]| i64::from_le_bytes(b).into()),
        other => Err(TensorError::LabelType { name, found: format!("{other:?}") }),
    }
}

/// Little-endian integers of `SIZE` bytes as class indices.
fn classes<const SIZE: usize>(
    name: &'static str,
    data: &[u8],
    read: impl Fn([u8; SIZE]) -> i128,
) -> Result<Vec<u32>, TensorError> {
    let class = |(record, bytes): (usize, &[u8; SIZE])| {
        let label = read(*bytes);
        let class = u32::try_from(label).ok().filter(|class| *class < MOST_CLASSES);
        class.ok_or(TensorError::Label { name, record, label })
    };
    data.as_chunks::<SIZE>().0.iter().enumerate().map(class).collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A safetensors file with these tensors.
    pub fn file(tensors: &[(&str, Dtype, &[usize], Vec<u8>)]) -> Vec<u8> {
        let views = tensors
            .iter()
            .map(|(name, dtype, shape, data)| (*name, TensorView::new(*dtype, shape.to_vec(), data).unwrap()));
        safetensors::serialize(views, None).unwrap()
    }

    fn error(tensors: &[(&str, Dtype, &[usize], Vec<u8>)]) -> String {
        let bytes = file(tensors);
        let path = Path::new("a.safetensors");
        let read = Tensors::open(path, &bytes, BOTH).and_then(|file| file.records(TRAIN, None).map(|_| ()));
        read.unwrap_err().to_string()
    }

    #[test]
    fn shapes_and_types_are_read() {
        let shapes: [(&[usize], [usize; 3]); 3] =
            [(&[2, 3, 1, 2], [3, 1, 2]), (&[2, 3, 2], [1, 3, 2]), (&[2, 6], [6, 1, 1])];
        for (shape, want) in shapes {
            let bytes = file(&[
                ("images", Dtype::U8, shape, (0..12).collect()),
                ("labels", Dtype::I16, &[2], vec![7, 0, 0, 1]),
            ]);
            let file = Tensors::open(Path::new("a"), &bytes, BOTH).unwrap();
            let records = file.records(TRAIN, None).unwrap();
            assert_eq!((records.shape, records.number, &*records.labels), (want, Number::Byte, [7, 256].as_slice()));
            assert_eq!(records.bytes, (0..12).collect::<Vec<u8>>());
            assert!(file.optional(TEST, None).unwrap().is_none());
        }
    }

    #[test]
    fn every_integer_type_makes_labels() {
        let labels: [(Dtype, Vec<u8>); 8] = [
            (Dtype::U8, vec![5, 0]),
            (Dtype::I8, vec![5, 0]),
            (Dtype::U16, vec![5, 0, 0, 0]),
            (Dtype::I16, vec![5, 0, 0, 0]),
            (Dtype::U32, vec![5, 0, 0, 0, 0, 0, 0, 0]),
            (Dtype::I32, vec![5, 0, 0, 0, 0, 0, 0, 0]),
            (Dtype::U64, [5_u64.to_le_bytes(), [0; 8]].concat()),
            (Dtype::I64, [5_i64.to_le_bytes(), [0; 8]].concat()),
        ];
        for (dtype, data) in labels {
            let bytes = file(&[("images", Dtype::U8, &[2, 1], vec![0; 2]), ("labels", dtype, &[2], data)]);
            let file = Tensors::open(Path::new("a"), &bytes, BOTH).unwrap();
            assert_eq!(file.records(TRAIN, None).unwrap().labels, [5, 0], "{dtype:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let images = || ("images", Dtype::U8, [2, 1].as_slice(), vec![0; 2]);
        let labels = |data: Vec<u8>| ("labels", Dtype::U8, [2].as_slice(), data);
        let text = error(&[("imgs", Dtype::U8, &[2, 1], vec![0; 2]), labels(vec![0; 2])]);
        assert!(text.contains("not used: imgs") && text.contains("known: images, labels, test_images"), "{text}");
        let text = error(&[images()]);
        assert!(text.contains("no tensor \"labels\" (it has: images)"), "{text}");
        let text = error(&[("images", Dtype::I32, &[2, 1], vec![0; 8]), labels(vec![0; 2])]);
        assert!(text.starts_with("a.safetensors: \"images\" holds I32"), "{text}");
        let text = error(&[images(), ("labels", Dtype::F32, &[2], vec![0; 8])]);
        assert!(text.contains("\"labels\" holds F32; save it as integers"), "{text}");
        let text = error(&[("images", Dtype::U8, &[2], vec![0; 2]), labels(vec![0; 2])]);
        assert!(text.contains("\"images\" has shape [2]; save it as [N, C, H, W]"), "{text}");
        let text = error(&[images(), ("labels", Dtype::U8, &[2, 1], vec![0; 2])]);
        assert!(text.contains("\"labels\" has shape [2, 1]; save it as [N]"), "{text}");
        for shape in [[0, 4], [4, 0]] {
            let text = error(&[("images", Dtype::U8, &shape, vec![]), labels(vec![0; 2])]);
            assert!(text.contains("\"images\" is empty"), "{text}");
        }
        let text = error(&[images(), ("labels", Dtype::U8, &[3], vec![0; 3])]);
        assert!(text.contains("2 images") && text.contains("3 labels"), "{text}");
        let text = error(&[images(), ("labels", Dtype::I8, &[2], vec![3, 0xff])]);
        assert!(text.contains("label -1 of record 1 is no class index"), "{text}");
        // 65,536: one too many.
        let text = error(&[images(), ("labels", Dtype::U32, &[2], vec![0xff, 0xff, 0, 0, 0, 0, 1, 0])]);
        assert!(text.contains("label 65536 of record 1") && text.contains("65535 at most"), "{text}");
        let text = error(&[images(), ("labels", Dtype::U64, &[2], vec![0xff; 16])]);
        assert!(text.contains("label 18446744073709551615 of record 0"), "{text}");
    }

    #[test]
    fn a_checkpoint_shows_few_of_its_names() {
        let names: Vec<_> = (0..20).map(|i| format!("layer.{i:02}")).collect();
        let tensors: Vec<_> =
            names.iter().map(|name| (name.as_str(), Dtype::F32, [1].as_slice(), vec![0; 4])).collect();
        let text = error(&tensors);
        assert!(text.contains("layer.07, …;") && !text.contains("layer.08"), "{text}");
    }

    #[test]
    fn what_is_no_safetensors_file_is_named() {
        let whole = file(&[("images", Dtype::U8, &[2, 1], vec![0; 2]), ("labels", Dtype::U8, &[2], vec![0; 2])]);
        for bytes in [&b"PK\x03\x04 not this"[..], b"", &whole[..whole.len() - 1], &[whole.clone(), vec![0]].concat()] {
            let error = Tensors::open(Path::new("a"), bytes, BOTH).err().unwrap();
            assert!(matches!(error, DataError::Tensors { cause: TensorError::Format(_), .. }), "{error}");
        }
    }
}
