//! A user's own data: small files of every accepted form, and of many that are not.

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use tempfile::TempDir;

use super::idx::tests::{gzip, plain};
use super::tensors::tests::file;
use super::{DataError, DataSpec, Dataset, Layout, Pixels, hash, load};

fn spec(path: &Path) -> DataSpec {
    DataSpec { name: path.display().to_string(), ..DataSpec::default() }
}

/// The error text for `path`, which it must name.
fn error(path: &Path, named: &Path) -> String {
    let text = load(&spec(path), 0).unwrap_err().to_string();
    assert!(text.contains(&named.display().to_string()), "{text}");
    text
}

/// A folder with IDX files: 12 training images of 2×3 pixels, image `i` with label `i % 4`, and 2 test images.
fn idx_folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (prefix, n) in [("train", 12_u32), ("t10k", 2)] {
        let images: Vec<u8> = (0..n * 6).map(|i| i as u8).collect();
        let labels: Vec<u8> = (0..n).map(|i| (i % 4) as u8).collect();
        fs::write(dir.path().join(format!("{prefix}-images-idx3-ubyte")), plain(&[n, 2, 3], &images)).unwrap();
        fs::write(dir.path().join(format!("{prefix}-labels-idx1-ubyte.gz")), gzip(&plain(&[n], &labels))).unwrap();
    }
    dir
}

type Tensor<'a> = (&'a str, Dtype, &'a [usize], Vec<u8>);

fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn longs(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Writes a safetensors file `name` into `dir`.
fn write(dir: &TempDir, name: &str, tensors: &[Tensor<'_>]) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, file(tensors)).unwrap();
    path
}

/// Twenty images `[20, 1, 1, 2]` of floats, image `i` being `(i, −i)`, with labels `i / 10`: sorted by class.
fn sorted() -> [Tensor<'static>; 2] {
    let images: Vec<f32> = (0..20).flat_map(|i| [i as f32, -(i as f32)]).collect();
    let labels: Vec<i64> = (0..20).map(|i| i / 10).collect();
    [("images", Dtype::F32, &[20, 1, 1, 2], floats(&images)), ("labels", Dtype::I64, &[20], longs(&labels))]
}

/// Two test images of the same kind.
fn test_tensors() -> [Tensor<'static>; 2] {
    [
        ("test_images", Dtype::F32, &[2, 1, 1, 2], floats(&[0.5, 1.5, 2.5, 3.5])),
        ("test_labels", Dtype::I64, &[2], longs(&[2, 0])),
    ]
}

#[test]
fn idx_files_under_the_names_of_mnist_are_read() {
    let dir = idx_folder();
    let set = load(&spec(dir.path()), 0).unwrap();
    assert_eq!((set.name.as_str(), set.shape, set.classes), (dir.path().to_str().unwrap(), [1, 2, 3], 4));
    assert_eq!(set.train.labels, [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
    assert_eq!((set.test.labels.as_slice(), set.pixels, set.notes.len()), ([0, 1].as_slice(), Some(Pixels::Unit), 0));
    assert_eq!(set.train.images[51], 0.2);
    assert_eq!(set.files.len(), 4);
    assert_eq!(set.files[1].name, "train-labels-idx1-ubyte.gz");
    assert_eq!(set.files[1].sha256, hash::of_bytes(&fs::read(dir.path().join("train-labels-idx1-ubyte.gz")).unwrap()));

    let some = DataSpec { train_count: Some(3), pixels: Some(Pixels::Signed), ..spec(dir.path()) };
    let some = load(&some, 0).unwrap();
    assert_eq!((some.train.len(), some.train.images[0], some.pixels), (3, -1.0, Some(Pixels::Signed)));
    // The classes are those of the file, not those of the records used.
    assert_eq!(load(&DataSpec { train_count: Some(1), ..spec(dir.path()) }, 0).unwrap().classes, 4);
}

#[test]
fn idx_files_may_have_channels_and_a_folder_may_lack_test_images() {
    let dir = idx_folder();
    for name in ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    fs::write(dir.path().join("train-images-idx3-ubyte"), plain(&[12, 3, 2, 1], &[51; 72])).unwrap();
    let set = load(&spec(dir.path()), 0).unwrap();
    assert_eq!((set.shape, set.train.labels.len(), set.test.labels), ([3, 2, 1], 11, vec![1]));
    assert_eq!(set.notes, ["There are no test images: every tenth training image is held out to test on, 1 of 12."]);
}

#[test]
fn bad_idx_files_are_named() {
    let text = |name: &str, bytes: Vec<u8>| {
        let dir = idx_folder();
        fs::write(dir.path().join(name), bytes).unwrap();
        error(dir.path(), &dir.path().join(name))
    };
    let images = "train-images-idx3-ubyte";
    assert!(text(images, plain(&[12, 2, 3], &[0; 71])).contains("cut short"));
    assert!(text(images, plain(&[11, 2, 3], &[0; 66])).contains("11 images"));
    assert!(text(images, plain(&[0, 2, 3], &[])).contains("holds nothing"));
    assert!(text(images, plain(&[12], &[0; 12])).contains("file of labels"));
    assert!(text(images, Vec::new()).contains("empty"));
    assert!(text("t10k-images-idx3-ubyte", plain(&[2, 3, 2], &[0; 12])).contains("1×3×2 pixels, where"));

    let dir = idx_folder();
    fs::remove_file(dir.path().join("train-labels-idx1-ubyte.gz")).unwrap();
    assert!(error(dir.path(), dir.path()).contains("has no train-labels-idx1-ubyte"));
    let dir = idx_folder();
    fs::remove_file(dir.path().join("t10k-images-idx3-ubyte")).unwrap();
    assert!(error(dir.path(), dir.path()).contains("has no t10k-images-idx3-ubyte"));
}

#[test]
fn one_file_may_hold_training_and_test_data() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(&dir, "mine.safetensors", &[sorted(), test_tensors()].concat());
    let set = load(&spec(&path), 0).unwrap();
    // A class that only the test labels have counts too.
    assert_eq!((set.shape, set.classes, set.pixels, set.train.len()), ([1, 1, 2], 3, None, 20));
    assert_eq!((set.test.images.as_slice(), set.test.labels.as_slice()), (&[0.5, 1.5, 2.5, 3.5][..], &[2, 0][..]));
    assert_eq!(set.train.images[6..8], [3.0, -3.0]);
    assert_eq!(set.notes, ["The images are floating-point numbers (float32), taken as they are."]);
    assert_eq!((set.files.len(), set.files[0].name.as_str()), (1, "mine.safetensors"));
}

#[test]
fn a_folder_may_hold_two_safetensors_files() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir, "train.safetensors", &sorted());
    let [images, labels] = test_tensors();
    let test = [("images", images.1, images.2, images.3), ("labels", labels.1, labels.2, labels.3)];
    write(&dir, "test.safetensors", &test);
    let set = load(&spec(dir.path()), 0).unwrap();
    assert_eq!((set.train.len(), set.test.labels.as_slice(), set.classes), (20, &[2, 0][..], 3));
    assert_eq!(
        set.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
        ["train.safetensors", "test.safetensors"]
    );
    // Two sets of test images: only one can be meant.
    write(&dir, "train.safetensors", &[sorted(), test_tensors()].concat());
    assert!(error(dir.path(), &dir.path().join("train.safetensors")).contains("not used: test_images, test_labels"));
}

#[test]
fn every_tenth_image_is_held_out_also_of_a_sorted_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(&dir, "mine.safetensors", &sorted());
    let set = load(&spec(&path), 0).unwrap();
    assert_eq!((set.test.images.as_slice(), set.test.labels.as_slice()), (&[9.0, -9.0, 19.0, -19.0][..], &[0, 1][..]));
    let firsts: Vec<f32> = set.train.images.iter().copied().step_by(2).collect();
    assert_eq!(firsts, [0., 1., 2., 3., 4., 5., 6., 7., 8., 10., 11., 12., 13., 14., 15., 16., 17., 18.]);
    assert!(set.notes[1].ends_with("every tenth training image is held out to test on, 2 of 20."), "{:?}", set.notes);

    let text = load(&DataSpec { train_count: Some(19), ..spec(&path) }, 0).unwrap_err().to_string();
    assert!(text.contains("18 training"), "{text}");
    let few = |n: usize| {
        let [images, labels] = sorted();
        let (images, labels) = (images.3[..8 * n].to_vec(), labels.3[..8 * n].to_vec());
        let tensors = [("images", Dtype::F32, &[n, 2][..], images), ("labels", Dtype::I64, &[n], labels)];
        load(&spec(&write(&dir, "few.safetensors", &tensors)), 0)
    };
    let nine = few(9).unwrap();
    assert_eq!((nine.shape, nine.train.len(), nine.test.images.as_slice()), ([2, 1, 1], 8, &[8.0, -8.0][..]));
    assert!(matches!(few(1), Err(DataError::Single(_))));
}

#[test]
fn bytes_are_scaled_and_floats_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let bytes: [Tensor<'_>; 2] =
        [("images", Dtype::U8, &[2, 1, 2], vec![0, 255, 51, 0]), ("labels", Dtype::U8, &[2], vec![1, 0])];
    let path = write(&dir, "bytes.safetensors", &bytes);
    let set = load(&spec(&path), 0).unwrap();
    assert_eq!((set.pixels, set.train.images.as_slice(), set.test.images[0]), (Some(Pixels::Unit), &[0., 1.][..], 0.2));
    let set = load(&DataSpec { pixels: Some(Pixels::Signed), ..spec(&path) }, 0).unwrap();
    assert_eq!((set.pixels, set.train.images.as_slice()), (Some(Pixels::Signed), &[-1., 1.][..]));

    let path = write(&dir, "floats.safetensors", &sorted());
    let text = load(&DataSpec { pixels: Some(Pixels::Unit), ..spec(&path) }, 0).unwrap_err().to_string();
    assert!(text.contains("floats.safetensors") && text.contains("taken as they are"), "{text}");

    let [images, labels] = bytes;
    let mixed =
        [("test_images", Dtype::F32, &[1, 1, 2][..], floats(&[0., 1.])), ("test_labels", Dtype::U8, &[1], vec![0])];
    let path = write(&dir, "mixed.safetensors", &[[images, labels], mixed].concat());
    assert!(
        error(&path, &path).contains("test images are floating-point numbers (float32), the training images bytes")
    );
}

#[test]
fn numbers_that_are_not_finite_are_data() {
    let dir = tempfile::tempdir().unwrap();
    let [_, labels] = sorted();
    let mut images: Vec<f32> = (0..20).map(|i| i as f32).collect();
    images[3] = f32::NAN;
    images[9] = f32::INFINITY;
    let path = write(&dir, "nan.safetensors", &[("images", Dtype::F32, &[20, 1], floats(&images)), labels]);
    let set = load(&spec(&path), 0).unwrap();
    assert!(set.train.images[3].is_nan() && set.test.images[0] == f32::INFINITY);
    assert_eq!(set.notes.last().unwrap(), "2 numbers in the images used are not finite.");
}

#[test]
fn bad_safetensors_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let [images, labels] = sorted();
    let text = |tensors: &[Tensor<'_>]| {
        let path = write(&dir, "bad.safetensors", tensors);
        error(&path, &path)
    };
    assert!(text(std::slice::from_ref(&images)).contains("no tensor \"labels\""));
    assert!(text(&[images.clone(), labels.clone(), test_tensors()[0].clone()]).contains("no tensor \"test_labels\""));
    let other = ("test_images", Dtype::F32, &[2, 1, 2, 2][..], floats(&[0.0; 8]));
    let text_of_shape = text(&[images, labels, other, test_tensors()[1].clone()]);
    assert!(text_of_shape.contains("1×2×2 pixels, where the training data has 1×1×2"), "{text_of_shape}");
    let path = dir.path().join("bad.safetensors");
    fs::write(&path, b"").unwrap();
    assert!(error(&path, &path).contains("is not a safetensors file"));
}

#[test]
fn paths_and_names_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    for missing in [dir.path().join("none"), PathBuf::from("none.safetensors"), PathBuf::from("./none")] {
        let text = error(&missing, &missing);
        assert!(text.contains("no such file or folder") && text.contains("fashion-mnist"), "{text}");
    }
    assert!(matches!(load(&spec(Path::new("none")), 0), Err(DataError::Unknown(_))));

    assert!(error(dir.path(), dir.path()).contains("train.safetensors"));
    let picture = dir.path().join("cat.png");
    fs::write(&picture, b"\x89PNG").unwrap();
    assert!(error(&picture, &picture).contains("give a .safetensors or .npz file"));

    let dir = idx_folder();
    write(&dir, "train.safetensors", &sorted());
    assert!(error(dir.path(), dir.path()).contains("holds both"));

    let dir = super::cifar::tests::part_of_cifar_10("");
    assert!(error(dir.path(), dir.path()).contains("choose cifar-10 or cifar-100"));
}

#[test]
fn labels_of_ones_own_data_may_be_replaced_and_corrupted() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(&dir, "mine.safetensors", &[sorted(), test_tensors()].concat());
    let labels = dir.path().join("labels.txt");
    fs::write(&labels, "2\n1\n0\n").unwrap();
    let spec = DataSpec { train_count: Some(3), labels: Some(labels), ..spec(&path) };
    let Dataset { train, files, .. } = load(&spec, 0).unwrap();
    assert_eq!((train.labels, files.len()), (vec![2, 1, 0], 2));
}

/// One set of images in both layouts, as bytes and as floats.
#[test]
fn channels_may_come_last() {
    let dir = tempfile::tempdir().unwrap();
    let (n, height, width, channels) = (4usize, 5usize, 6usize, 3usize);
    let value = |i: usize, c: usize, y: usize, x: usize| ((i * 7 + c * 50 + y * 11 + x * 3) % 251) as u8;
    let mut all = [Vec::new(), Vec::new()];
    for i in 0..n {
        for c in 0..channels {
            for y in 0..height {
                all[0].extend((0..width).map(|x| value(i, c, y, x)));
            }
        }
        for y in 0..height {
            for x in 0..width {
                all[1].extend((0..channels).map(|c| value(i, c, y, x)));
            }
        }
    }
    let shapes = [[n, channels, height, width], [n, height, width, channels]];
    let labels = ("labels", Dtype::I64, &[n][..], longs(&[0, 1, 2, 0]));
    let mut found = Vec::new();
    for (k, (bytes, shape)) in all.iter().zip(&shapes).enumerate() {
        let singles: Vec<f32> = bytes.iter().map(|b| f32::from(*b)).collect();
        for (kind, dtype, data) in [("bytes", Dtype::U8, bytes.clone()), ("floats", Dtype::F32, floats(&singles))] {
            let path = write(
                &dir,
                &format!("{kind}{k}.safetensors"),
                &[("images", dtype, shape, data), (labels.0, labels.1, labels.2, labels.3.clone())],
            );
            let set = load(&spec(&path), 0).unwrap();
            assert_eq!(set.shape, [3, 5, 6], "{kind} {k}");
            assert_eq!(set.notes.iter().any(|note| note.contains("[N, H, W, C]")), k == 1, "{:?}", set.notes);
            found.push((kind, set.train, set.test));
        }
    }
    assert_eq!((&found[0], &found[1]), (&found[2], &found[3]));
    // What the shape does not tell is asked for, and taken as it is said.
    let bytes: Vec<u8> = (0..4 * 27).collect();
    let cube: Tensor<'_> = ("images", Dtype::U8, &[4, 3, 3, 3], bytes);
    let path = write(&dir, "cube.safetensors", &[cube, labels]);
    assert!(error(&path, &path).contains("--images nchw or --images nhwc"));
    let of = |layout| load(&DataSpec { images: Some(layout), ..spec(&path) }, 0).unwrap().train.images;
    let (first, last) = (of(Layout::Nchw), of(Layout::Nhwc));
    assert_eq!((first[1], last[1]), (1.0 / 255.0, 3.0 / 255.0));
    assert!(load(&DataSpec { images: Some(Layout::Nchw), ..DataSpec::default() }, 0).is_err(), "digits have theirs");
    let idx = idx_folder();
    let asked = DataSpec { images: Some(Layout::Nhwc), ..spec(idx.path()) };
    assert!(load(&asked, 0).unwrap_err().to_string().contains("leave out the order of the axes (--images)"));
}
