//! Damaged and hostile checkpoints: whatever is in a file, reading it ends in a checkpoint or an error, and takes no
//! more memory than the size of the file and 64 MiB.
//!
//! A test of its own, because it counts what every thread allocates.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is wrong")]
#![expect(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "an allocator, passed on to the system's")]

mod forge;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    fs,
    path::Path,
};

use burn_pack::{Bytes, DType, Tensor as PackTensor, Writer as PackWriter};
use forge::{Value, View, array, floats, npz, numpy, pickle, pytorch_legacy, pytorch_zip};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use valleyscope::{
    checkpoint::{Checkpoint, CheckpointError, save},
    net::{ParamKind, ParamLayout, State},
};
use zip::CompressionMethod;

/// What reading may take beyond the size of the file.
const ALLOWED: usize = 64 << 20;

/// The system's allocator, counting what the present thread has, and the most it had.
struct Counting;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

fn taken(bytes: usize) {
    NOW.set(NOW.get().wrapping_add(bytes));
    PEAK.set(PEAK.get().max(NOW.get()));
}

fn given(bytes: usize) {
    // What another thread took may be given back here.
    NOW.set(NOW.get().saturating_sub(bytes));
}

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both may exist for a moment.
        taken(size);
        given(layout.size());
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        given(layout.size());
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Reads a file of these bytes as a person would: everything that can be done with a checkpoint. Also the most memory
/// that it took.
fn read(path: &Path, bytes: &[u8]) -> (Result<Checkpoint, CheckpointError>, usize) {
    fs::write(path, bytes).unwrap();
    let (params, buffers) = layouts();
    let before = NOW.get();
    PEAK.set(before);
    let result = Checkpoint::read(path);
    if let Ok(checkpoint) = &result {
        let _ = checkpoint.fit(&params, &buffers);
        assert_eq!(checkpoint.summary().tensors.len(), checkpoint.tensors.len());
    }
    (result, PEAK.get() - before)
}

/// [`read`] in a directory of its own, which must stay within the bounds.
fn bounded(bytes: &[u8], what: &str) -> Result<Checkpoint, CheckpointError> {
    let dir = tempfile::tempdir().unwrap();
    let (result, peak) = read(&dir.path().join("checkpoint"), bytes);
    let mib = |n: usize| n as f64 / f64::from(1 << 20);
    println!(
        "{what}: file {:.2} MiB, peak {:.2} MiB, {}",
        mib(bytes.len()),
        mib(peak),
        match &result {
            Ok(c) => format!("{} tensors", c.tensors.len()),
            Err(e) => e.to_string(),
        }
    );
    assert!(peak <= bytes.len() + ALLOWED, "{what}: {peak} bytes for a file of {}", bytes.len());
    result
}

fn layouts() -> (ParamLayout, ParamLayout) {
    let tensor = |name: &str, shape: &[usize], kind| (name.to_string(), shape.to_vec(), kind);
    let params = [tensor("fc.weight", &[4, 3], ParamKind::Weight), tensor("fc.bias", &[4], ParamKind::Bias)];
    let buffers = [tensor("bn.running_mean", &[2], ParamKind::Norm), tensor("bn.running_var", &[2], ParamKind::Norm)];
    (params.into_iter().collect(), buffers.into_iter().collect())
}

/// The tensors of [`layouts`] as PyTorch's views, under a key and a prefix, with an optimizer beside them.
fn training_pickle(class: &'static str) -> Vec<u8> {
    let tensors = vec![
        ("module.fc.weight", View::of(class, 0, &[4, 3])),
        ("module.fc.bias", View::of(class, 1, &[4])),
        ("module.bn.running_mean", View::of(class, 2, &[2])),
        ("module.bn.running_var", View::of(class, 2, &[2])),
    ];
    let state = Value::Dict(vec![("0", Value::Dict(vec![("exp_avg", View::of(class, 1, &[4]))]))]);
    pickle(&Value::Dict(vec![
        ("epoch", Value::Raw(b"K\x03".to_vec())),
        ("state_dict", Value::Dict(tensors)),
        ("optimizer", Value::Dict(vec![("state", state)])),
    ]))
}

fn storages() -> Vec<Vec<u8>> {
    [12, 4, 2].map(|n| floats(&(0..n).map(|i| i as f32 / 7.0).collect::<Vec<_>>())).to_vec()
}

fn burnpack() -> Vec<u8> {
    let tensor = |name: &str, shape: &[usize]| {
        let count = shape.iter().product::<usize>();
        PackTensor::new(name.into(), DType::F32, shape.to_vec(), None, Bytes::from_bytes_vec(vec![7; count * 4]))
    };
    let tensors = vec![tensor("fc.weight", &[3, 4]), tensor("fc.bias", &[4]), tensor("bn.gamma", &[2])];
    PackWriter::new(tensors).with_metadata("producer", "burn").into_bytes().unwrap().to_vec()
}

fn numbers() -> [(&'static str, [usize; 2]); 2] {
    [("fc.weight", [4, 3]), ("fc.bias", [4, 1])]
}

/// NumPy's archive.
fn archive(method: CompressionMethod) -> Vec<u8> {
    let of = |(name, shape): (&str, [usize; 2])| {
        let bytes = floats(&vec![0.5; shape[0] * shape[1]]);
        (name.to_string(), array("<f4", shape[1] == 3, &shape, &bytes))
    };
    npz(method, &numbers().map(of))
}

/// NumPy's arrays in a pickle.
fn arrays() -> Value {
    let of = |(name, shape): (&'static str, [usize; 2])| (name, numpy(&shape, &vec![0.5; shape[0] * shape[1]]));
    Value::Dict(numbers().map(of).into())
}

/// Parameters in several tensors.
fn pruned() -> Vec<u8> {
    let shapes: [(&str, &[usize]); 6] = [
        ("a.weight_orig", &[4, 3]),
        ("a.weight_mask", &[4, 3]),
        ("b.weight_g", &[4, 1]),
        ("b.weight_v", &[4, 3]),
        ("c.parametrizations.weight.original0", &[4, 1]),
        ("c.parametrizations.weight.original1", &[4, 3]),
    ];
    let bytes = floats(&[0.5; 12]);
    let views = shapes.map(|(name, shape)| {
        let count = shape.iter().product::<usize>() * 4;
        (name, safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.to_vec(), &bytes[..count]).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

/// The index of a network in parts, which lie beside it.
fn index(dir: &Path, whole: &Path) -> Vec<u8> {
    let name = "seed-00001-of-00001.safetensors";
    fs::copy(whole, dir.join(name)).unwrap();
    let map: serde_json::Map<_, _> = ["fc.weight", "fc.bias", "bn.running_mean", "bn.running_var"]
        .into_iter()
        .map(|tensor| (tensor.to_string(), name.into()))
        .collect();
    serde_json::json!({ "metadata": { "total_size": 80 }, "weight_map": map }).to_string().into_bytes()
}

fn run_file(dir: &Path) -> Vec<u8> {
    let path = dir.join("seed.valley");
    forge::run(&path, 16, &(0..20).collect::<Vec<_>>());
    fs::read(path).unwrap()
}

/// A whole file of every kind. The index is of parts that lie in `dir`.
fn wholes(dir: &Path) -> [(&'static str, Vec<u8>); 12] {
    let (params, buffers) = layouts();
    let state = State { theta: vec![0.5; params.len()], buffers: vec![1.0; buffers.len()] };
    let safe = dir.join("seed.safetensors");
    save(&safe, &params, &buffers, &state).unwrap();
    let root = training_pickle("FloatStorage");
    [
        ("plain.safetensors", fs::read(&safe).unwrap()),
        ("stored.pt", pytorch_zip(&root, &storages(), false)),
        ("packed.pt", pytorch_zip(&root, &storages(), true)),
        ("legacy.pt", pytorch_legacy(&root, &storages(), 4)),
        ("burn.bpk", burnpack()),
        ("run.valley", run_file(dir)),
        ("stored.npz", archive(CompressionMethod::Stored)),
        ("packed.npz", archive(CompressionMethod::Deflated)),
        ("arrays.pkl", pickle(&arrays())),
        ("arrays.pt", pytorch_zip(&pickle(&arrays()), &[], false)),
        ("pruned.safetensors", pruned()),
        ("parts.safetensors.index.json", index(dir, &safe)),
    ]
}

/// Writes the whole files that `tests/fuzz.rs` damages. Their bytes do not change by themselves: this is for a form that is new.
#[test]
#[ignore = "writes into tests/corpus"]
fn the_corpus_is_made_anew() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let write = |reader: &str, name: &str, bytes: Vec<u8>| {
        fs::create_dir_all(corpus.join(reader)).unwrap();
        fs::write(corpus.join(reader).join(name), bytes).unwrap();
    };
    let dir = tempfile::tempdir().unwrap();
    // Runs have a reader of their own, and an index needs its parts.
    for (name, bytes) in wholes(dir.path()).into_iter().filter(|(_, bytes)| bytes.len() < 16 << 10) {
        write("checkpoints", name, bytes);
    }
    let images = [("x_train", vec![4, 5, 5], 100), ("y_train", vec![4], 4)];
    let arrays = images.clone().map(|(name, shape, count)| {
        (name.to_string(), array("|u1", false, &shape, &(0..count).map(|i| i as u8 % 3).collect::<Vec<_>>()))
    });
    for (name, method) in [("stored.npz", CompressionMethod::Stored), ("packed.npz", CompressionMethod::Deflated)] {
        write("arrays", name, npz(method, &arrays));
    }
    let bytes: Vec<u8> = (0..300).map(|i| i as u8 % 3).collect();
    let view = |shape: &[usize]| {
        let count = shape.iter().product::<usize>();
        safetensors::tensor::TensorView::new(safetensors::Dtype::U8, shape.to_vec(), &bytes[..count]).unwrap()
    };
    let tensors = [("images", view(&[4, 3, 5, 5])), ("labels", view(&[4]))];
    write("arrays", "colour.safetensors", safetensors::serialize(tensors, None).unwrap());
}

/// One random change to a file.
fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut ChaCha8Rng) {
    let at = |n: usize, rng: &mut ChaCha8Rng| if n == 0 { 0 } else { rng.random_range(0..n) };
    let n = bytes.len();
    match rng.random_range(0..8) {
        0 => bytes.truncate(at(n, rng)),
        1 | 2 => {
            for _ in 0..rng.random_range(1..=8) {
                if let Some(b) = {
                    let i = at(n, rng);
                    bytes.get_mut(i)
                } {
                    *b = if rng.random() { rng.random() } else { *b ^ (1 << rng.random_range(0..8)) };
                }
            }
        }
        // A length, a count or a place becomes huge, in binary or in decimal.
        3 => {
            let huge = [u64::MAX, 1 << 63, 1 << 40, 1 << 32, u64::from(u32::MAX), 1 << 31, 1 << 20, 0xffff, n as u64];
            let width = [2, 4, 8][rng.random_range(0..3)];
            let value = huge[rng.random_range(0..huge.len())].to_le_bytes();
            let i = at(n.saturating_sub(width), rng);
            if let Some(place) = bytes.get_mut(i..i + width) {
                place.copy_from_slice(&value[..width]);
            }
        }
        4 => {
            if let Some(i) = bytes.iter().skip(at(n, rng)).position(u8::is_ascii_digit) {
                let more = rng.random_range(1..18);
                bytes.splice(i..i, std::iter::repeat_n(b'9', more));
            }
        }
        // A piece goes, comes twice, or comes from elsewhere.
        5 => {
            let (i, j) = (at(n, rng), at(n, rng));
            bytes.drain(i.min(j)..i.max(j));
        }
        6 => {
            let (i, j, k) = (at(n, rng), at(n, rng), at(n, rng));
            let piece = bytes[i.min(j)..i.max(j)].to_vec();
            bytes.splice(k..k, piece);
        }
        _ => {
            let other = &seeds[rng.random_range(0..seeds.len())];
            let (i, j, k) = (at(other.len(), rng), at(other.len(), rng), at(n, rng));
            let piece = &other[i.min(j)..i.max(j)];
            let end = (k + piece.len()).min(n);
            bytes.splice(k..end, piece.iter().copied());
        }
    }
}

/// Every kind of file, and a way to change its inside before it is put together: a byte changed in a whole archive only
/// ever gives a wrong checksum.
fn ten_thousand(first: usize, last: usize) {
    let dir = tempfile::tempdir().unwrap();
    let root = training_pickle("FloatStorage");
    let half = training_pickle("HalfStorage");
    let whole = wholes(dir.path()).map(|(_, bytes)| bytes);
    for seed in &whole {
        let path = dir.path().join("unchanged");
        assert!(read(&path, seed).0.is_ok(), "the files are good before they are changed");
        fs::remove_file(path).unwrap();
    }
    let (mut good, mut refused) = (0, 0);
    for i in first..last {
        let mut rng = ChaCha8Rng::seed_from_u64(i as u64);
        let changes = 1 + rng.random_range(0..3) * rng.random_range(0..3);
        let mut change = |mut bytes: Vec<u8>| {
            (0..changes).for_each(|_| mutate(&mut bytes, &whole, &mut rng));
            bytes
        };
        let bytes = match i % 10 {
            0..6 => change(whole[i / 10 % whole.len()].clone()),
            6 => pytorch_zip(&change(root.clone()), &storages(), false),
            7 => pytorch_zip(&change(half.clone()), &storages(), true),
            8 => pytorch_legacy(&change(root.clone()), &storages(), 4),
            _ => {
                let header = u64::from_le_bytes(whole[0][..8].try_into().unwrap()) as usize;
                let changed = change(whole[0][8..8 + header].to_vec());
                forge::safetensors(&String::from_utf8_lossy(&changed), &whole[0][8 + header..])
            }
        };
        let path = dir.path().join(format!("{i}"));
        let (result, peak) = read(&path, &bytes);
        assert!(peak <= bytes.len() + ALLOWED, "case {i}: {peak} bytes for a file of {}", bytes.len());
        if result.is_ok() {
            good += 1;
        } else {
            refused += 1;
        }
        for side in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(dir.path().join(format!("{i}{side}")));
        }
    }
    println!("{good} read, {refused} refused");
    assert!(good > 50 && refused > good, "{good} read, {refused} refused: the changes do too much or too little");
}

#[test]
fn mutated_files_are_read_or_refused() {
    ten_thousand(0, 5_000);
}

#[test]
fn more_mutated_files_are_read_or_refused() {
    ten_thousand(5_000, 10_000);
}

/// A pickle of these opcodes, which must leave nothing that matters: an empty table is put on top.
fn zipped(opcodes: Vec<u8>, packed: bool) -> Vec<u8> {
    let root = Value::Dict(vec![("w", View::whole(0, &[1]))]);
    let mut pickle = [b"\x80\x02".to_vec(), opcodes].concat();
    pickle.extend(&forge::pickle(&root)[2..]);
    pytorch_zip(&pickle, &[floats(&[1.0])], packed)
}

#[test]
fn pickles_that_would_fill_the_memory_are_refused() {
    let patterns: [(&str, &[u8], &[u8]); 12] = [
        ("nothings", b"", b"N"),
        ("numbers", b"", b"K\x07"),
        ("lists", b"", b"]"),
        ("tables", b"", b"}"),
        ("full tables", b"", b"}K\x01K\x02s"),
        ("tuples", b"", b"N\x85"),
        ("marks", b"", b"("),
        ("closed marks", b"", b"(NNt"),
        ("names", b"", b"ca\nb\n"),
        ("copies", b"(NNNNNNNNtq\0", b"h\0"),
        ("memo", b"", b"N\x94"),
        ("one list", b"](", b"N"),
    ];
    for (name, begin, pattern) in patterns {
        for (count, packed) in [(60_000, false), (120_000, true), (1_500_000, true), (3_000_000, false)] {
            let mut opcodes = begin.to_vec();
            opcodes.extend(pattern.repeat(count));
            let result = bounded(&zipped(opcodes, packed), &format!("{count} {name}, packed: {packed}"));
            assert!(result.is_err() || count < 1_500_000 || name == "marks", "{count} {name} are not refused");
        }
    }
    // A list and a table that are filled, and kept.
    for count in [33_000, 66_000, 99_000, 132_000] {
        let filled = [&b"]("[..], &b"N".repeat(count), b"e"].concat();
        assert!(bounded(&zipped(filled, false), &format!("a list of {count}")).is_ok(), "nothing of it is kept");
        let entries = (0..count as u32).flat_map(|i| [&b"J"[..], &i.to_le_bytes(), b"N"].concat());
        let filled: Vec<u8> = b"}(".iter().copied().chain(entries).chain(*b"u").collect();
        assert!(bounded(&zipped(filled, false), &format!("a table of {count}")).is_ok(), "nothing of it is kept");
    }
    // Long strings, once and again.
    let text = |n: usize| [&b"X"[..], &(n as u32).to_le_bytes(), &vec![b'a'; n]].concat();
    let _ = bounded(&zipped(text(7 << 20), true), "a string of 7 MiB, packed");
    assert!(bounded(&zipped(text(40 << 20), true), "a string of 40 MiB, packed").is_err());
    let _ = bounded(&zipped(text(40 << 20), false), "a string of 40 MiB");
    let copied = [text(3 << 20), b"q\0".to_vec(), b"h\0".repeat(30)].concat();
    assert!(bounded(&zipped(copied, false), "a string thirty times").is_ok(), "it is no name");
}

#[test]
fn pickles_without_bottom_are_refused() {
    for (name, begin, middle) in [
        ("lists in lists", "", "(l"),
        ("tuples in tuples", "N", "\u{85}"),
        ("a list that holds itself", "]q\0", "h\0a"),
        ("a table that holds itself", "}q\0", "U\u{1}ah\0s"),
    ] {
        let latin: Vec<u8> = begin.chars().chain(middle.repeat(900_000).chars()).map(|c| c as u8).collect();
        let _ = bounded(&zipped(latin, false), name);
    }
    let nested = [&b"("[..], &b"](".repeat(100_000), b"N", &b"e".repeat(100_000), b"t"].concat();
    let _ = bounded(&zipped(nested, false), "lists filled with lists");
    let deep = [&b"]"[..], &b"](".repeat(500), b"N", &b"e".repeat(500)].concat();
    let _ = bounded(&zipped(deep, false), "500 lists");
}

#[test]
fn tensors_that_are_not_there_are_refused() {
    let view = |shape: &[i32], stride: &[i32], count| {
        let (shape, stride) = (shape.to_vec(), stride.to_vec());
        Value::Tensor(View { class: "FloatStorage", storage: 0, count, offset: 0, shape, stride })
    };
    let one =
        |view, storage: Vec<u8>, packed| pytorch_zip(&pickle(&Value::Dict(vec![("w", view)])), &[storage], packed);
    // One number a billion times; as often as may be; and a thousand tensors of one storage.
    assert!(bounded(&one(view(&[1 << 15, 1 << 15], &[0, 0], 1), floats(&[1.0]), false), "expanded").is_err());
    assert!(bounded(&one(view(&[1 << 22], &[0], 1), floats(&[1.0]), false), "expanded to 16 MiB").is_ok());
    let names: Vec<&'static str> = (0..1000).map(|i| &*Box::leak(format!("w{i}").into_boxed_str())).collect();
    let shared = names.iter().map(|n| (*n, View::whole(0, &[1 << 16]))).collect();
    let storage = vec![0; 4 << 16];
    assert!(bounded(&pytorch_zip(&pickle(&Value::Dict(shared)), &[storage], false), "shared").is_err());
    // Two numbers at the ends of a long storage, a hundred times.
    let far = |n: usize| {
        let views = names[..n].iter().map(|name| (*name, view(&[2], &[(7 << 18) - 1], 7 << 18))).collect();
        pytorch_zip(&pickle(&Value::Dict(views)), &[vec![0; 7 << 20]], true)
    };
    assert!(bounded(&far(100), "far apart").is_ok());
    // The same in a storage that is packed to a thousandth: all between would be unpacked.
    let ends = view(&[2], &[(80 << 18) - 1], 80 << 18);
    assert!(bounded(&one(ends, vec![0; 80 << 20], true), "far apart in packed zeros").is_err());
    assert!(bounded(&one(view(&[25 << 18], &[1], 25 << 18), vec![0; 25 << 20], true), "packed zeros").is_err());
    assert!(bounded(&one(view(&[7 << 18], &[1], 7 << 18), vec![0; 7 << 20], true), "few packed zeros").is_ok());
    // Large files are read, and take little beyond their size.
    let large = one(view(&[8 << 20], &[1], 8 << 20), vec![0; 32 << 20], false);
    assert!(bounded(&large, "32 MiB").is_ok());
    // Bytes are widened to four times their size, up to a bound.
    let bytes = |n: i32| {
        let mask = View::of("ByteStorage", 0, &[n]);
        pytorch_zip(&pickle(&Value::Dict(vec![("mask", mask)])), &[vec![1; n as usize]], false)
    };
    assert!(bounded(&bytes(7 << 20), "7 MiB of bytes").is_ok());
    assert!(bounded(&bytes(64 << 20), "64 MiB of bytes").is_err());
}

#[test]
fn directories_and_headers_that_would_fill_the_memory_are_refused() {
    let archive = |entries: usize| {
        let storages = vec![Vec::new(); entries];
        pytorch_zip(&pickle(&Value::Dict(vec![("w", View::whole(0, &[0]))])), &storages, false)
    };
    assert!(bounded(&archive(30_000), "an archive of 30,000 entries").is_ok());
    // An entry of the directory can be had more cheaply: many for one and the same file.
    let flood = b"PK\x01\x02".repeat(300_000);
    let mut flooded = archive(10);
    flooded.splice(40..40, flood);
    let refusal = bounded(&flooded, "an archive with 300,000 signatures").unwrap_err().to_string();
    assert!(refusal.contains("the directory of its archive would take 146.5 MiB"), "{refusal}");
    for (name, unit) in [("zeros", "0,"), ("lists", "[],"), ("texts", "\"\",")] {
        for n in [250_000, 900_000] {
            let shape = unit.repeat(n);
            let header = format!("{{\"w\":{{\"dtype\":\"F32\",\"shape\":[{shape}0],\"data_offsets\":[0,0]}}}}");
            let _ = bounded(&forge::safetensors(&header, &[]), &format!("a header with {n} {name}"));
        }
    }
    let entries = |n: usize| {
        let list: Vec<String> = (0..n).map(|i| format!("\"{i}\":\"\"")).collect();
        forge::safetensors(&format!("{{\"__metadata__\":{{{}}}}}", list.join(",")), &[])
    };
    let _ = bounded(&entries(90_000), "a header with 90,000 notes");
    assert!(bounded(&entries(900_000), "a header with 900,000 notes").is_err());
    let tensors = |n: usize| {
        let list: Vec<String> =
            (0..n).map(|i| format!("\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")).collect();
        forge::safetensors(&format!("{{{}}}", list.join(",")), &[])
    };
    assert!(bounded(&tensors(18_000), "a header with 18,000 empty tensors").is_ok());
    // The same for Burn's table, in CBOR: a shape of a million zeros, and a hundred thousand notes.
    let table = |cbor: Vec<u8>| [&b"NRUB\x01\0"[..], &(cbor.len() as u32).to_le_bytes(), &cbor, &[0; 512]].concat();
    let map = |n: usize| [&[0xba][..], &(n as u32).to_be_bytes()].concat();
    for n in [1_000_000, 3_000_000] {
        let mut cbor = b"\xa1gtensors\xa1aw\xa3edtypecF32eshape\x9a".to_vec();
        cbor.extend((n as u32).to_be_bytes());
        cbor.extend(vec![0; n]);
        cbor.extend(b"ldata_offsets\x82\0\0");
        let _ = bounded(&table(cbor), &format!("a table with a shape of {n} zeros"));
    }
    let mut cbor = b"\xa2gtensors\xa0hmetadata".to_vec();
    let n = 170_000;
    cbor.extend(map(n));
    (0..n).for_each(|i| {
        cbor.extend(b"d");
        cbor.extend(format!("{i:04x}").bytes().take(4));
        cbor.push(0x60);
    });
    let _ = bounded(&table(cbor), "a table with 170,000 notes");
    let announced = [&b"NRUB\x01\0"[..], &(99u32 << 20).to_le_bytes(), &[0; 600]].concat();
    assert!(bounded(&announced, "a table that is announced only").is_err());
}
