//! Files of every form, changed at random thousands of times: whatever they say, nothing panics, every answer is either
//! a sound data set or an error that names the file, and no header is believed about memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::MultiGzDecoder;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::Dtype;
use tar::EntryType;
use tempfile::TempDir;

use super::archive::Packed;
use super::catalog::{Batch, Batches, Form, OfficialSet};
use super::idx::tests::{gzip, plain};
use super::{DataSpec, cifar, form_tests, load, tensors, unpack_tests};

/// Changes of each form.
const CHANGES: usize = 2500;
/// Bytes that the address space of a process may grow by; the files are some kilobytes each.
const MEMORY: u64 = 48 << 20;
/// Tells the child that it is one; without it the child test does nothing.
const CHILD: &str = "VALLEYSCOPE_MUTATION_TEST";

/// The largest address space that this process has had, bytes, where the system says so.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

/// Numbers that headers are changed to.
const ODD: [u64; 10] =
    [0, 1, 0x7fff, 0xffff, 0x10_0000, 0x7fff_ffff, 0xffff_ffff, 0x1_0000_0000, i64::MAX as u64, u64::MAX];

/// Changes `bytes` in one to three places, half of them near the beginning, where headers are.
fn change(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    for _ in 0..rng.random_range(1..=3) {
        let near = if rng.random() { 300 } else { usize::MAX };
        let at = rng.random_range(0..=bytes.len().min(near));
        let end = rng.random_range(at..=bytes.len().min(at + 40));
        let odd = ODD[rng.random_range(0..ODD.len())];
        match rng.random_range(0..9) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << rng.random_range(0..8)),
            1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = rng.random()),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => bytes.splice(at..at, (0..end - at).map(|_| rng.random::<u8>()).collect::<Vec<_>>()).for_each(drop),
            5 => bytes.splice(at..at, bytes[at..end].to_vec()).for_each(drop),
            6 => over(bytes, at / 4 * 4, &(odd as u32).to_be_bytes()),
            7 => over(bytes, at / 8 * 8, &odd.to_le_bytes()),
            // A number in text.
            _ => {
                let digit = bytes[at..].iter().position(u8::is_ascii_digit);
                if let Some(digit) = digit.map(|digit| at + digit) {
                    let run = bytes[digit..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    bytes.splice(digit..digit + run, odd.to_string().into_bytes()).for_each(drop);
                }
            }
        }
    }
}

/// Writes `new` over what is at `at`, as far as there is something.
fn over(bytes: &mut [u8], at: usize, new: &[u8]) {
    bytes.iter_mut().skip(at).zip(new).for_each(|(byte, new)| *byte = *new);
}

/// Writes a new file. Writing over an old one makes some file systems wait for the disk.
fn put(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).ok();
    fs::write(path, bytes).unwrap();
}

/// Changes one of `files` again and again and loads `spec`; how many loads gave a data set, and how many an error.
fn attack(files: &[PathBuf], spec: &DataSpec, seed: u64) -> [usize; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let whole: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    let mut counts = [0; 2];
    for _ in 0..CHANGES {
        let i = rng.random_range(0..files.len());
        let mut bytes = whole[i].clone();
        if bytes.starts_with(&[0x1f, 0x8b]) && rng.random() {
            // What the checksum of a packed file would hide.
            bytes = std::io::Read::bytes(MultiGzDecoder::new(bytes.as_slice())).map(Result::unwrap).collect();
            change(&mut bytes, &mut rng);
            bytes = gzip(&bytes);
        } else {
            change(&mut bytes, &mut rng);
        }
        put(&files[i], &bytes);
        match load(spec, 0) {
            Ok(set) => {
                counts[0] += 1;
                let area: usize = set.shape.iter().product();
                for split in [&set.train, &set.test] {
                    assert_eq!(split.images.len(), split.len() * area);
                    assert!(!split.is_empty() && split.labels.iter().all(|&label| (label as usize) < set.classes));
                }
            }
            Err(error) => {
                counts[1] += 1;
                let text = error.to_string();
                let folders = || files.iter().map(|file| file.parent().unwrap().display().to_string());
                let whole = files[0].parent().unwrap().parent().unwrap().display().to_string();
                assert!(folders().any(|folder| text.contains(&folder)) || text.contains(&whole), "{text}");
            }
        }
        put(&files[i], &whole[i]);
    }
    counts
}

/// Writes four small IDX files, packed or not.
fn idx(dir: &Path, packed: bool) -> Vec<PathBuf> {
    let write = |name: &str, bytes: Vec<u8>| {
        let path = dir.join(if packed { format!("{name}.gz") } else { name.to_owned() });
        fs::write(&path, if packed { gzip(&bytes) } else { bytes }).unwrap();
        path
    };
    let pixels = |n: usize| (0..n).map(|i| (i * 37 % 256) as u8).collect::<Vec<_>>();
    vec![
        write("train-images-idx3-ubyte", plain(&[20, 3, 4, 4], &pixels(960))),
        write("train-labels-idx1-ubyte", plain(&[20], &[0, 1, 2, 3].repeat(5))),
        write("t10k-images-idx3-ubyte", plain(&[6, 3, 4, 4], &pixels(288))),
        write("t10k-labels-idx1-ubyte", plain(&[6], &[3, 2, 1, 0, 1, 2])),
    ]
}

fn safetensors_file(dir: &Path) -> PathBuf {
    let path = dir.join("mine.safetensors");
    let floats = |n: u16| (0..n).flat_map(|i| (f32::from(i) / 7.0).to_le_bytes()).collect::<Vec<_>>();
    let labels = |n: i64| (0..n).flat_map(|i| (i % 4).to_le_bytes()).collect::<Vec<_>>();
    let tensors: [(&str, Dtype, &[usize], Vec<u8>); 4] = [
        ("images", Dtype::F32, &[20, 2, 3, 3], floats(360)),
        ("labels", Dtype::I64, &[20], labels(20)),
        ("test_images", Dtype::F32, &[4, 2, 3, 3], floats(72)),
        ("test_labels", Dtype::I64, &[4], labels(4)),
    ];
    fs::write(&path, tensors::tests::file(&tensors)).unwrap();
    path
}

/// Pictures of two classes, grey and in colour.
fn pictures(dir: &Path) -> Vec<PathBuf> {
    ["a/1.png", "a/2.png", "b/1.png", "b/2.jpg"]
        .map(|name| {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let pixel = |x: u32, y: u32| image::Rgb([(x * 40) as u8, (y * 50) as u8, name.len() as u8]);
            image::RgbImage::from_fn(6, 5, pixel).save(&path).unwrap();
            path
        })
        .into()
}

fn spec(name: &Path) -> DataSpec {
    DataSpec { name: name.display().to_string(), ..DataSpec::default() }
}

/// Changes an archive again and again and reads it, or unpacks it; how often it was sound, and how often not.
fn attack_archive(dir: &TempDir, seed: u64) -> [usize; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let batch = |name, records| Batch { name, records };
    let base = unpack_tests::set("");
    let Form::Batches(old) = base.form else { panic!("no batches") };
    let batches = Batches { train: &[Batch { name: "a.bin", records: 700 }], test: batch("test.bin", 50), ..old };
    let set = OfficialSet { form: Form::Batches(batches), ..base };
    let whole = unpack_tests::pack(&[
        ("tiny-bin/a.bin", EntryType::Regular, [1, 2].repeat(700)),
        ("tiny-bin/names.txt", EntryType::Regular, b"names".to_vec()),
        ("tiny-bin/test.bin", EntryType::Regular, [3, 4].repeat(50)),
    ]);
    let inner: Vec<u8> = std::io::Read::bytes(MultiGzDecoder::new(whole.as_slice())).map(Result::unwrap).collect();
    let (path, folder) = (dir.path().join("x.tar.gz"), dir.path().join("in"));
    let mut counts = [0; 2];
    for i in 0..CHANGES {
        let outside: bool = rng.random();
        let mut bytes = if outside { whole.clone() } else { inner.clone() };
        change(&mut bytes, &mut rng);
        put(&path, &if outside { bytes } else { gzip(&bytes) });
        let packed = Packed { path: &path, set: &set, batches: &batches };
        let sound = packed.sums().is_ok();
        counts[usize::from(!sound)] += 1;
        // Every file that is unpacked waits for the disk: a few will do.
        if i % 25 > 0 {
            continue;
        }
        let done = packed.unpack(&folder, |_| true, &mut |_, _| Ok(()));
        assert_eq!(done.is_ok(), sound);
        for entry in fs::read_dir(&folder).into_iter().flatten().map(Result::unwrap) {
            let size = if entry.file_name() == "a.bin" { 1400 } else { 100 };
            assert!(["a.bin", "test.bin"].iter().any(|name| entry.file_name() == *name));
            assert_eq!(entry.metadata().unwrap().len(), size);
        }
        fs::remove_dir_all(&folder).ok();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
    counts
}

/// Not a test of its own: the process whose memory the next test watches.
#[test]
fn child_that_reads_changed_files() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let dirs: [TempDir; 6] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let (plain_files, packed_files) = (idx(dirs[0].path(), false), idx(dirs[1].path(), true));
    let tensors = safetensors_file(dirs[2].path());
    let arrays = form_tests::arrays(dirs[4].path());
    let shots = pictures(dirs[5].path());
    let cifar_dir = cifar::tests::part_of_cifar_10("cifar-10");
    let mut cifar_files: Vec<_> =
        fs::read_dir(cifar_dir.path().join("cifar-10")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cifar_files.sort();

    let before = peak();
    let begun = std::time::Instant::now();
    let results = [
        ("IDX", attack(&plain_files, &spec(dirs[0].path()), 1)),
        ("packed IDX", attack(&packed_files, &spec(dirs[1].path()), 2)),
        ("safetensors", attack(std::slice::from_ref(&tensors), &spec(&tensors), 3)),
        ("CIFAR", attack(&cifar_files, &cifar::tests::spec(cifar_dir.path()), 4)),
        ("NPZ", attack(std::slice::from_ref(&arrays), &spec(&arrays), 6)),
        ("pictures", attack(&shots, &spec(dirs[5].path()), 7)),
        ("archive", attack_archive(&dirs[3], 5)),
    ];
    println!("data sets and errors: {results:?}, {:.1?}", begun.elapsed());
    // Changes that all fail at once, or do nothing, would try nothing.
    for (form, counts) in results {
        assert!(counts.iter().all(|&count| count >= CHANGES / 50), "{form}: {counts:?}");
    }
    if let (Some(before), Some(after)) = (before, peak()) {
        println!("address space: {} MiB more", (after - before) >> 20);
        assert!(after - before < MEMORY, "{} bytes of address space", after - before);
    }
}

#[test]
fn changed_files_never_panic_and_are_not_believed_about_memory() {
    // "crate::data::mutation_tests" without the crate, as the test harness names it.
    let module = module_path!().split_once("::").unwrap().1;
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1", &format!("{module}::child_that_reads_changed_files")])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && text.contains("data sets and errors"), "{text}");
    print!("{text}");
}
