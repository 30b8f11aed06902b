//! Data as it lies on people's disks: files under the names that others give them, pictures in folders, NumPy's archives, labels
//! that begin with 1.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use image::{GrayImage, Luma, Rgb, RgbImage};
use tempfile::TempDir;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::idx::tests::{gzip, plain};
use super::{DataSpec, Dataset, Layout, load};

fn spec(path: &Path) -> DataSpec {
    DataSpec { name: path.display().to_string(), ..DataSpec::default() }
}

fn error(path: &Path) -> String {
    load(&spec(path), 0).unwrap_err().to_string()
}

/// Images of 28×28 as an official set has them, under names made by `name` of a half and a kind.
fn idx(dir: &Path, name: impl Fn(&str, &str) -> String, first: u8) {
    fs::create_dir_all(dir).unwrap();
    for (half, n) in [("train", 20_u32), ("test", 10)] {
        let images: Vec<u8> = (0..n * 784).map(|i| (i % 251) as u8).collect();
        let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8 + first).collect();
        for (kind, bytes) in [("images", plain(&[n, 28, 28], &images)), ("labels", plain(&[n], &labels))] {
            let name = name(half, kind);
            fs::write(dir.join(&name), if name.ends_with(".gz") { gzip(&bytes) } else { bytes }).unwrap();
        }
    }
}

fn ubyte(half: &str, kind: &str, dot: &str) -> String {
    let half = if half == "test" { "t10k" } else { half };
    let rank = if kind == "images" { 3 } else { 1 };
    format!("{half}-{kind}{dot}idx{rank}-ubyte")
}

fn emnist(split: &str) -> impl Fn(&str, &str) -> String {
    move |half, kind| {
        let rank = if kind == "images" { 3 } else { 1 };
        format!("emnist-{split}-{half}-{kind}-idx{rank}-ubyte.gz")
    }
}

fn is_whole(set: &Dataset) {
    assert_eq!((set.shape, set.train.len(), set.test.len()), ([1, 28, 28], 20, 10));
    assert_eq!(set.train.labels[..3], [0, 1, 2]);
    assert_eq!(set.train.images[51].to_bits(), 0.2_f32.to_bits());
    assert_eq!(
        set.test.images[250].to_bits(),
        (250.0 / 255.0_f64).min(1.0).to_string().parse::<f32>().unwrap().to_bits()
    );
}

#[test]
fn mnist_is_found_under_every_name_and_where_torchvision_keeps_it() {
    for (place, dot) in [("mnist", "."), ("", "."), ("MNIST/raw", "-"), ("raw", "-"), ("MNIST/raw", ".")] {
        let dir = tempfile::tempdir().unwrap();
        idx(&dir.path().join(place), |half, kind| ubyte(half, kind, dot), 0);
        let official = DataSpec { name: "mnist".into(), dir: Some(dir.path().into()), ..DataSpec::default() };
        is_whole(&load(&official, 0).unwrap());
        // The same folder as one's own data.
        if place != "mnist" {
            is_whole(&load(&spec(dir.path()), 0).unwrap());
        }
    }
    let dir = tempfile::tempdir().unwrap();
    idx(&dir.path().join("FashionMNIST/raw"), |half, kind| ubyte(half, kind, "-") + ".gz", 0);
    let official = DataSpec { name: "fashion-mnist".into(), dir: Some(dir.path().into()), ..DataSpec::default() };
    is_whole(&load(&official, 0).unwrap());
    assert!(load(&DataSpec { name: "mnist".into(), ..official }, 0).is_err(), "another set's folder");
}

#[test]
fn emnist_is_found_and_asks_which_and_where_its_labels_begin() {
    let dir = tempfile::tempdir().unwrap();
    idx(dir.path(), emnist("digits"), 0);
    is_whole(&load(&spec(dir.path()), 0).unwrap());
    idx(dir.path(), emnist("letters"), 1);
    let text = error(dir.path());
    assert!(text.contains("emnist-digits, emnist-letters") && text.contains("named by one of its files"), "{text}");
    is_whole(&load(&spec(&dir.path().join("emnist-digits-train-images-idx3-ubyte.gz")), 0).unwrap());
    let letters = dir.path().join("emnist-letters-test-labels-idx1-ubyte.gz");
    let text = error(&letters);
    assert!(text.contains("labels go from 1 to 10") && text.contains("--first-label 1"), "{text}");
    let with = |first| load(&DataSpec { first_label: Some(first), ..spec(&letters) }, 0).unwrap();
    let (one, zero) = (with(1), with(0));
    assert_eq!((one.classes, &one.train.labels[..3]), (10, &[0, 1, 2][..]));
    assert_eq!((zero.classes, &zero.train.labels[..3]), (11, &[1, 2, 3][..]));
    let digits = DataSpec { first_label: Some(1), ..spec(&dir.path().join("emnist-digits-test-labels-idx1-ubyte.gz")) };
    let text = load(&digits, 0).unwrap_err().to_string();
    assert!(text.contains("record 0 has the label 0") && text.contains("leave that out"), "{text}");
    assert!(load(&DataSpec { first_label: Some(1), ..DataSpec::default() }, 0).is_err(), "built-in data have none");
}

/// A batch as Python 2 wrote it: keys and numbers as byte strings.
fn python_batch(n: usize, labels: &str, first: usize) -> Vec<u8> {
    let text = |text: &str| [&[b'U', text.len() as u8][..], text.as_bytes()].concat();
    let images: Vec<u8> = (0..n * 3072).map(|i| ((i + 7 * first) % 256) as u8).collect();
    let mut pickle = b"\x80\x02}(".to_vec();
    pickle.extend(text("batch_label"));
    pickle.extend(text("a batch"));
    pickle.extend(text(labels));
    pickle.extend(b"](");
    pickle.extend((0..n).flat_map(|i| [b'K', ((i + first) % 10) as u8]));
    pickle.push(b'e');
    pickle.extend(text("data"));
    pickle.extend(b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01");
    pickle.push(b'M');
    pickle.extend((n as u16).to_le_bytes());
    pickle.extend(b"M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T");
    pickle.extend((images.len() as u32).to_le_bytes());
    pickle.extend(images);
    pickle.extend(b"tbu.");
    pickle
}

#[test]
fn cifar_is_found_as_torchvision_keeps_it() {
    for place in ["cifar-10-batches-py", "cifar-10/cifar-10-batches-py", "cifar-10", ""] {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join(place);
        fs::create_dir_all(&own).unwrap();
        for batch in 1..=5 {
            fs::write(own.join(format!("data_batch_{batch}")), python_batch(3, "labels", batch)).unwrap();
        }
        fs::write(own.join("test_batch"), python_batch(2, "labels", 9)).unwrap();
        let spec = DataSpec {
            name: "cifar-10".into(),
            dir: Some(dir.path().into()),
            allow_partial: true,
            pixels: Some(super::Pixels::Unit),
            ..DataSpec::default()
        };
        let set = load(&spec, 0).unwrap();
        assert_eq!((set.shape, set.train.len(), set.test.len()), ([3, 32, 32], 15, 2));
        assert_eq!((&set.train.labels[..6], set.test.labels.as_slice()), (&[1, 2, 3, 2, 3, 4][..], &[9, 0][..]));
        // The second image of the second batch, by the formula it was made with.
        for (i, value) in set.train.images[4 * 3072..5 * 3072].iter().enumerate() {
            assert_eq!(value.to_bits(), ((((i + 3072 + 14) % 256) as f64 / 255.0) as f32).to_bits(), "{i}");
        }
        assert!(set.notes.iter().any(|note| note.contains("15 of 50000")), "{:?}", set.notes);
        let few = load(&DataSpec { train_count: Some(4), ..spec.clone() }, 0).unwrap();
        assert_eq!(few.train.images, set.train.images[..4 * 3072]);
        let text = load(&DataSpec { allow_partial: false, ..spec.clone() }, 0).unwrap_err().to_string();
        assert!(text.contains("data_batch_1: holds 3 records") && text.contains("--allow-partial"), "{text}");
        for (bytes, part) in [
            (python_batch(3, "lables", 1), "no list called labels"),
            (b"\x80\x02}.".to_vec(), "no array called data"),
            (b"no pickle".to_vec(), "pickle is damaged"),
            (python_batch(3, "labels", 1)[..5000].to_vec(), "ends too early"),
        ] {
            fs::write(own.join("data_batch_2"), bytes).unwrap();
            let text = load(&spec, 0).unwrap_err().to_string();
            assert!(text.contains(part) && text.contains("data_batch_2"), "{text}");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("cifar-100-python");
    fs::create_dir_all(&own).unwrap();
    for (name, n) in [("train", 4), ("test", 2)] {
        fs::write(own.join(name), python_batch(n, "fine_labels", 5)).unwrap();
    }
    let spec =
        DataSpec { name: "cifar-100".into(), dir: Some(dir.path().into()), allow_partial: true, ..DataSpec::default() };
    let set = load(&spec, 0).unwrap();
    assert_eq!((set.classes, set.train.labels.as_slice(), set.test.len()), (100, &[5, 6, 7, 8][..], 2));
}

fn colour(x: u32, y: u32, class: u8) -> [u8; 3] {
    [(x * 50) as u8, (y * 60) as u8, 10 * class]
}

/// Pictures of 4×3 pixels: two classes in colour, three each.
fn shots(dir: &Path, ending: &str) {
    for (class, name) in ["cat", "dog"].into_iter().enumerate() {
        fs::create_dir_all(dir.join(name)).unwrap();
        for i in 0..3 {
            let picture = RgbImage::from_fn(4, 3, |x, y| Rgb(colour(x, y, class as u8)));
            picture.save(dir.join(name).join(format!("{i}.{ending}"))).unwrap();
        }
    }
}

#[test]
fn a_folder_for_each_class_is_read() {
    let dir = tempfile::tempdir().unwrap();
    shots(&dir.path().join("train"), "png");
    shots(&dir.path().join("val"), "PNG");
    fs::write(dir.path().join("train/cat/notes.txt"), "no picture").unwrap();
    fs::create_dir(dir.path().join("train/empty")).unwrap();
    let set = load(&spec(dir.path()), 0).unwrap();
    assert_eq!((set.shape, set.classes, set.train.labels.as_slice()), ([3, 3, 4], 2, &[0, 0, 0, 1, 1, 1][..]));
    assert_eq!(set.test, set.train);
    assert!(set.notes[0].contains("0 cat, 1 dog") && set.notes[0].contains("in colour"), "{:?}", set.notes);
    // [C, H, W] of the last picture, by the formula it was made with.
    for (i, value) in set.train.images[5 * 36..].iter().enumerate() {
        let (channel, y, x) = (i / 12, i / 4 % 3, i % 4);
        let want = f64::from(colour(x as u32, y as u32, 1)[channel]) / 255.0;
        assert_eq!(value.to_bits(), (want as f32).to_bits(), "{i}");
    }
    // Without halves every tenth is held out; the sums follow the files.
    let one = load(&spec(&dir.path().join("train")), 0).unwrap();
    assert_eq!((one.train.len(), one.test.len(), one.files.len()), (5, 1, 1));
    let before = one.files[0].sha256.clone();
    RgbImage::from_fn(4, 3, |_, _| Rgb([1, 2, 3])).save(dir.path().join("train/dog/1.png")).unwrap();
    assert_ne!(load(&spec(&dir.path().join("train")), 0).unwrap().files[0].sha256, before);
}

#[test]
fn grey_pictures_have_one_channel_and_jpegs_are_nearly_what_was_drawn() {
    let dir = tempfile::tempdir().unwrap();
    for (name, level) in [("a", 51_u8), ("b", 204)] {
        fs::create_dir_all(dir.path().join(name)).unwrap();
        for i in 0..2 {
            GrayImage::from_pixel(8, 8, Luma([level])).save(dir.path().join(name).join(format!("{i}.jpeg"))).unwrap();
        }
    }
    let set = load(&spec(dir.path()), 0).unwrap();
    assert_eq!((set.shape, set.classes), ([1, 8, 8], 2));
    assert!(set.train.images[..64].iter().all(|x| (x - 0.2).abs() < 0.02));
    // One in colour among them makes all of them so.
    RgbImage::from_pixel(8, 8, Rgb([255, 0, 0])).save(dir.path().join("b/9.png")).unwrap();
    assert_eq!(load(&spec(dir.path()), 0).unwrap().shape, [3, 8, 8]);
}

#[test]
fn pictures_that_make_no_data_set_are_named() {
    let dir = tempfile::tempdir().unwrap();
    shots(dir.path(), "png");
    RgbImage::new(5, 3).save(dir.path().join("dog/2.png")).unwrap();
    let text = error(dir.path());
    assert!(text.contains("4×3") && text.contains("dog/2.png has 5×3") && text.contains("one size"), "{text}");
    fs::write(dir.path().join("dog/2.png"), b"\x89PNG\r\n\x1a\nand no more").unwrap();
    assert!(error(dir.path()).contains("dog/2.png: the picture cannot be read"), "{}", error(dir.path()));
    let halves = tempfile::tempdir().unwrap();
    shots(&halves.path().join("train"), "png");
    fs::create_dir_all(halves.path().join("test/bird")).unwrap();
    RgbImage::new(4, 3).save(halves.path().join("test/bird/1.png")).unwrap();
    assert!(error(halves.path()).contains("the class bird"), "{}", error(halves.path()));
    // What was seen, and what would have fitted.
    let other = tempfile::tempdir().unwrap();
    assert!(error(other.path()).contains("is empty"), "{}", error(other.path()));
    for i in 0..8 {
        fs::write(other.path().join(format!("{i}.webp")), b"x").unwrap();
    }
    let text = error(other.path());
    assert!(
        text.contains("0.webp, 1.webp") && text.contains("and 2 more") && text.contains("folder for each class"),
        "{text}"
    );
}

/// An array as NumPy writes it.
fn array(kind: &str, fortran: bool, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let extents: Vec<String> = shape.iter().map(|n| format!("{n},")).collect();
    let order = if fortran { "True" } else { "False" };
    let mut table = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': ({}), }}", extents.join(" "));
    while (10 + table.len() + 1) % 64 != 0 {
        table.push(' ');
    }
    table.push('\n');
    let mut all = b"\x93NUMPY\x01\0".to_vec();
    all.extend((table.len() as u16).to_le_bytes());
    all.extend(table.as_bytes());
    all.extend(bytes);
    all
}

fn npz(path: &Path, packed: bool, arrays: &[(&str, Vec<u8>)]) {
    let method = if packed { CompressionMethod::Deflated } else { CompressionMethod::Stored };
    let options = SimpleFileOptions::default().compression_method(method);
    let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
    for (name, bytes) in arrays {
        zip.start_file(format!("{name}.npy"), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn bytes(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * 7 % 256) as u8).collect()
}

fn longs(numbers: impl Iterator<Item = i64>) -> Vec<u8> {
    numbers.flat_map(i64::to_le_bytes).collect()
}

/// For the mutation test: an archive that is read.
pub fn arrays(dir: &Path) -> PathBuf {
    let path = dir.join("mine.npz");
    let arrays = [
        ("x_train", array("|u1", false, &[12, 5, 5], &bytes(300))),
        ("y_train", array("<i8", false, &[12], &longs((0..12).map(|i| i % 3)))),
    ];
    npz(&path, false, &arrays);
    path
}

#[test]
fn arrays_are_read_under_the_usual_names_packed_or_not() {
    for (packed, names) in [
        (false, ["x_train", "y_train", "x_test", "y_test"]),
        (true, ["train_images", "train_labels", "test_images", "test_labels"]),
        (true, ["X_train", "Y_train", "X_test", "Y_test"]),
        (false, ["arr_0", "arr_1", "arr_2", "arr_3"]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("set.npz");
        let labels = |n: usize| longs((0..n).map(|i| i as i64 % 3));
        npz(
            &path,
            packed,
            &[
                (names[0], array("|u1", false, &[6, 4, 5, 3], &bytes(360))),
                (names[1], array("<i8", false, &[6, 1], &labels(6))),
                (names[2], array("|u1", false, &[3, 4, 5, 3], &bytes(180))),
                (names[3], array("<i8", false, &[3], &labels(3))),
                ("extra", array("|O", false, &[1], b"x")),
            ],
        );
        // As a file and as the only one of a folder.
        for spec in [spec(&path), spec(dir.path())] {
            let set = load(&spec, 0).unwrap();
            assert_eq!((set.shape, set.classes, set.train.len(), set.test.len()), ([3, 4, 5], 3, 6, 3), "{names:?}");
            assert_eq!(set.train.labels, [0, 1, 2, 0, 1, 2]);
            // [N, H, W, C] was brought to [N, C, H, W].
            let want = |n: usize, c: usize, y: usize, x: usize| bytes(360)[((n * 4 + y) * 5 + x) * 3 + c];
            for (i, value) in set.train.images.iter().enumerate() {
                let byte = want(i / 60, i / 20 % 3, i / 5 % 4, i % 5);
                assert_eq!(value.to_bits(), ((f64::from(byte) / 255.0) as f32).to_bits(), "{i}");
            }
            assert!(set.notes[0].contains(&format!("{} as images", names[0])), "{:?}", set.notes);
        }
    }
}

#[test]
fn arrays_of_every_order_and_of_floats_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.npz");
    let value = |i: usize, j: usize| i as f32 * 10.0 + j as f32;
    let columns: Vec<u8> = (0..3).flat_map(|j| (0..4).flat_map(move |i| value(i, j).to_be_bytes())).collect();
    let labels = array("<i4", false, &[4], &[0_i32, 1, 0, 1].iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>());
    npz(&path, false, &[("x", array(">f4", true, &[4, 3], &columns)), ("y", labels.clone())]);
    let set = load(&spec(&path), 0).unwrap();
    assert_eq!((set.shape, &set.train.images[..6]), ([3, 1, 1], &[0.0, 1.0, 2.0, 10.0, 11.0, 12.0][..]));
    // A cube says no layout; asked for, it is turned or not.
    npz(&path, false, &[("images", array("|u1", false, &[4, 3, 3, 3], &bytes(108))), ("labels", labels)]);
    assert!(error(&path).contains("--images nchw"), "{}", error(&path));
    let set = load(&DataSpec { images: Some(Layout::Nhwc), ..spec(&path) }, 0).unwrap();
    assert_eq!(set.train.images[1].to_bits(), ((f64::from(bytes(4)[3]) / 255.0) as f32).to_bits());
}

#[test]
fn arrays_that_make_no_data_set_are_named() {
    let dir: TempDir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.npz");
    let labels = || array("<i8", false, &[2], &longs([0, 1].into_iter()));
    for (arrays, part) in [
        (vec![("a", labels()), ("b", labels())], "it has: a, b"),
        (vec![("x", array("|O", false, &[2], b"..")), ("y", labels())], "its array x cannot be read"),
        (vec![("x", array("|u1", false, &[2, 4, 4], &bytes(30))), ("y", labels())], "takes 32"),
        (vec![("x", array("<c8", false, &[2], &bytes(16))), ("y", labels())], "its numbers are c8"),
        (vec![("x", array("|u1", false, &[3, 2, 2], &bytes(12))), ("y", labels())], "one label per image"),
        (
            vec![("x", array("|u1", false, &[2, 2, 2], &bytes(8))), ("y", array("<f4", false, &[2], &bytes(8)))],
            "integers",
        ),
        (
            vec![
                ("x", array("|u1", false, &[2, 2, 2], &bytes(8))),
                ("y", array("<i8", false, &[2], &longs([1, 2].into_iter()))),
            ],
            "--first-label",
        ),
    ] {
        npz(&path, false, &arrays);
        let text = error(&path);
        assert!(text.contains(part) && text.contains("x.npz"), "{text}");
    }
    fs::write(&path, b"no archive").unwrap();
    assert!(error(&path).contains("x.npz"), "{}", error(&path));
}
