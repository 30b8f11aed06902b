//! Checkpoints of every format: real ones of PyTorch, and ones made byte by byte.

use std::{fs, path::PathBuf};

use burn_pack::{Bytes, DType, Tensor as PackTensor, Writer as PackWriter};
use valleyscope::{
    checkpoint::{Checkpoint, CheckpointError, Dtype, Format, save, trajectory},
    net::{ParamKind, ParamLayout, State},
};

use crate::{
    forge::{self, Value, View, floats, pickle, pytorch_legacy, pytorch_zip},
    support::shared,
};

/// A file of these bytes, in a directory of its own.
fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("checkpoint");
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn read(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::read(&file(bytes).1)
}

/// Why a file is refused.
fn refusal(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn values<'a>(checkpoint: &'a Checkpoint, name: &str) -> &'a [f32] {
    &checkpoint.tensors.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("no {name}")).values
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| x.to_bits()).collect()
}

/// A batch norm between two layers.
fn layouts() -> (ParamLayout, ParamLayout) {
    let tensor = |name: &str, shape: &[usize], kind| (name.to_string(), shape.to_vec(), kind);
    let params = [
        tensor("conv1.weight", &[2, 1, 3, 3], ParamKind::Weight),
        tensor("bn1.weight", &[2], ParamKind::Norm),
        tensor("bn1.bias", &[2], ParamKind::Norm),
        tensor("fc.weight", &[3, 2], ParamKind::Weight),
        tensor("fc.bias", &[3], ParamKind::Bias),
    ];
    let buffers = [tensor("bn1.running_mean", &[2], ParamKind::Norm), tensor("bn1.running_var", &[2], ParamKind::Norm)];
    (params.into_iter().collect(), buffers.into_iter().collect())
}

fn state() -> State {
    let mut theta: Vec<f32> = (0..31).map(|i| (i as f32).sin()).collect();
    theta[3..6].copy_from_slice(&[f32::NAN, f32::NEG_INFINITY, -0.0]);
    State { theta, buffers: vec![0.5, -0.25, 1e-40, f32::INFINITY] }
}

fn assert_same(found: &State, expected: &State) {
    assert_eq!(bits(&found.theta), bits(&expected.theta));
    assert_eq!(bits(&found.buffers), bits(&expected.buffers));
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn pytorchs_own_files_hold_what_their_safetensors_hold() {
    let fixtures = shared().join("fixtures");
    let mut pairs = 0;
    for entry in fs::read_dir(&fixtures).unwrap() {
        let pt = entry.unwrap().path();
        if pt.extension().is_none_or(|e| e != "pt") {
            continue;
        }
        let read = |path| {
            let mut tensors = Checkpoint::read(path).unwrap().tensors;
            tensors.retain(|t| !t.name.ends_with("num_batches_tracked"));
            tensors.sort_by(|a, b| a.name.cmp(&b.name));
            tensors
        };
        let (a, b) = (read(&pt), read(&pt.with_extension("safetensors")));
        assert!(!a.is_empty() && a.len() == b.len(), "{}", pt.display());
        for (a, b) in a.iter().zip(&b) {
            assert_eq!((&a.name, &a.shape, bits(&a.values)), (&b.name, &b.shape, bits(&b.values)));
        }
        pairs += 1;
    }
    assert!(pairs >= 7, "only {pairs} pairs");
}

#[test]
fn both_formats_of_pytorch_are_read() {
    let a: Vec<f32> = (0..6).map(|i| i as f32 / 3.0).collect();
    let storages = vec![floats(&a), floats(&[f32::NAN, -0.0])];
    let root = pickle(&Value::Dict(vec![("fc.weight", View::whole(0, &[2, 3])), ("fc.bias", View::whole(1, &[2]))]));
    let files = [
        (pytorch_zip(&root, &storages, false), Format::PytorchZip),
        (pytorch_zip(&root, &storages, true), Format::PytorchZip),
        (pytorch_legacy(&root, &storages, 4), Format::PytorchLegacy),
    ];
    for (bytes, format) in files {
        let c = read(&bytes).unwrap();
        assert_eq!((c.format, c.tensors.len(), c.notes.len()), (format, 2, 0));
        assert_eq!(values(&c, "fc.weight"), a);
        assert_eq!(bits(values(&c, "fc.bias")), bits(&[f32::NAN, -0.0]));
        assert_eq!(c.tensors[1].shape, [2, 3]);
    }
}

#[test]
fn a_training_checkpoint_gives_its_network() {
    let numbers: Vec<Vec<u8>> = (0..3).map(|i| floats(&[i as f32])).collect();
    let root = Value::Dict(vec![
        ("epoch", Value::Raw(b"K\x03".to_vec())),
        ("state_dict", Value::Dict(vec![("module.fc.bias", View::whole(0, &[1]))])),
        ("optimizer", Value::Dict(vec![("state", Value::Dict(vec![("0", View::whole(1, &[1]))]))])),
        ("seen", Value::Raw(b"cnumpy\nfloat64\nK\x01\x85R".to_vec())),
    ]);
    let c = read(&pytorch_zip(&pickle(&root), &numbers, false)).unwrap();
    assert_eq!(c.tensors.len(), 1);
    assert_eq!(values(&c, "fc.bias"), [0.0]);
    assert_eq!(
        c.notes,
        ["optimizer state left out (1 tensor)", "tensors taken from \"state_dict\"", "prefix \"module.\" removed"]
    );
    let only = Value::Dict(vec![("optimizer", Value::Dict(vec![("0", View::whole(0, &[1]))]))]);
    let text = refusal(&pytorch_zip(&pickle(&only), &numbers, false));
    assert!(text.contains("no tensors of a network (optimizer state left out (1 tensor))"), "{text}");
}

#[test]
fn views_of_a_storage_are_gathered() {
    let storage = floats(&(0..24).map(|i| i as f32).collect::<Vec<_>>());
    let view = |offset, shape: &[i32], stride: &[i32]| {
        let (shape, stride) = (shape.to_vec(), stride.to_vec());
        Value::Tensor(View { class: "FloatStorage", storage: 0, count: 24, offset, shape, stride })
    };
    let root = Value::Dict(vec![
        ("transposed", view(0, &[6, 4], &[1, 6])),
        ("tail", view(20, &[4], &[1])),
        ("expanded", view(5, &[2, 3], &[0, 0])),
        ("strided", view(7, &[3, 3], &[5, 2])),
        ("scalar", view(9, &[], &[])),
        ("empty", view(0, &[0, 3], &[3, 1])),
    ]);
    let c = read(&pytorch_zip(&pickle(&root), &[storage], false)).unwrap();
    let transposed: Vec<f32> = (0..6).flat_map(|i| (0..4).map(move |j| (i + 6 * j) as f32)).collect();
    assert_eq!(values(&c, "transposed"), transposed);
    assert_eq!(values(&c, "tail"), [20.0, 21.0, 22.0, 23.0]);
    assert_eq!(values(&c, "expanded"), [5.0; 6]);
    assert_eq!(values(&c, "strided"), [7.0, 9.0, 11.0, 12.0, 14.0, 16.0, 17.0, 19.0, 21.0]);
    assert_eq!(values(&c, "scalar"), [9.0]);
    assert_eq!(values(&c, "empty"), [0.0f32; 0]);
}

#[test]
fn other_element_types_are_converted_with_a_note() {
    let storages = vec![
        vec![0x00, 0x3c, 0x00, 0xc0],
        vec![0x80, 0x3f],
        [1.0 + 2f64.powi(-40), -2.0].iter().flat_map(|x| x.to_le_bytes()).collect(),
        7i64.to_le_bytes().to_vec(),
        vec![1, 0],
    ];
    let root = Value::Dict(vec![
        ("half", View::of("HalfStorage", 0, &[2])),
        ("brain", View::of("BFloat16Storage", 1, &[1])),
        ("double", View::of("DoubleStorage", 2, &[2])),
        ("long", View::of("LongStorage", 3, &[])),
        ("mask", View::of("BoolStorage", 4, &[2])),
    ]);
    let c = read(&pytorch_zip(&pickle(&root), &storages, false)).unwrap();
    assert_eq!(values(&c, "half"), [1.0, -2.0]);
    assert_eq!(values(&c, "brain"), [1.0]);
    assert_eq!(values(&c, "double"), [1.0, -2.0]);
    assert_eq!(values(&c, "long"), [7.0]);
    assert_eq!(values(&c, "mask"), [1.0, 0.0]);
    assert_eq!(
        c.notes,
        [
            "bfloat16 widened to float32 (1 tensor)",
            "float16 widened to float32 (1 tensor)",
            "float64 rounded to float32 (1 tensor)"
        ]
    );
    // A network cannot have a mask for a parameter.
    let layout = |name: &str| -> ParamLayout { [(name.to_string(), vec![2], ParamKind::Weight)].into_iter().collect() };
    let text = c.fit(&layout("mask"), &ParamLayout::default()).unwrap_err().to_string();
    assert!(text.contains("\"mask\" holds bool; convert it to float32"), "{text}");
}

#[test]
fn complex_tensors_matter_only_where_they_are_needed() {
    let header = r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"z":{"dtype":"C64","shape":[1],"data_offsets":[4,12]}}"#;
    let c = read(&forge::safetensors(header, &floats(&[2.5, 0.0, 0.0]))).unwrap();
    assert_eq!((c.unread.len(), &c.unread[0].dtype), (1, &Dtype::Other("complex64".into())));
    let layout =
        |names: &[&str]| -> ParamLayout { names.iter().map(|n| (n.to_string(), vec![1], ParamKind::Weight)).collect() };
    assert_eq!(c.fit(&layout(&["w"]), &ParamLayout::default()).unwrap().theta, [2.5]);
    let text = c.fit(&layout(&["w", "z"]), &ParamLayout::default()).unwrap_err().to_string();
    assert!(text.contains("\"z\" holds complex64"), "{text}");
}

/// A burnpack file as Burn writes it: linear weights `[in, out]`.
fn burnpack() -> Vec<u8> {
    let tensor = |name: &str, shape: &[usize], values: &[f32]| {
        PackTensor::new(name.into(), DType::F32, shape.to_vec(), None, Bytes::from_bytes_vec(floats(values)))
    };
    let tensors = vec![
        tensor("fc.weight", &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
        tensor("fc.bias", &[3], &[0.5; 3]),
        tensor("norm.gamma", &[2], &[1.0, 2.0]),
        tensor("norm.beta", &[2], &[3.0, 4.0]),
    ];
    PackWriter::new(tensors).with_metadata("producer", "burn").into_bytes().unwrap().to_vec()
}

#[test]
fn burns_files_are_brought_to_pytorchs_layout() {
    let c = read(&burnpack()).unwrap();
    assert_eq!(c.format, Format::Burnpack);
    assert_eq!(values(&c, "fc.weight"), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    assert_eq!(values(&c, "norm.weight"), [1.0, 2.0]);
    assert_eq!(values(&c, "norm.bias"), [3.0, 4.0]);
    assert!(c.notes[0].contains("linear weights transposed"), "{:?}", c.notes);
}

#[test]
fn what_is_saved_fits_again_to_the_bit() {
    let (params, buffers) = layouts();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("saved.safetensors");
    save(&path, &params, &buffers, &state()).unwrap();
    let c = Checkpoint::read(&path).unwrap();
    assert_same(&c.fit(&params, &buffers).unwrap(), &state());
    let counter = c.tensors.iter().find(|t| t.name == "bn1.num_batches_tracked").unwrap();
    assert_eq!((&counter.dtype, counter.shape.len(), counter.values[0]), (&Dtype::I64, 0, 0.0));
    let summary = c.summary();
    assert_eq!((summary.parameters, summary.buffers, summary.tensors.len()), (31, 4, 8));
    let conv = summary.tensors.iter().find(|t| t.name == "conv1.weight").unwrap();
    assert_eq!((conv.count, conv.non_finite, conv.norm.is_nan()), (18, 2, true));
    // Nothing is left beside it; it was read and is not written over, while another one is.
    assert!(save(&path, &params, &buffers, &state()).unwrap_err().to_string().contains("choose another"));
    let other = dir.path().join("other.safetensors");
    save(&other, &params, &buffers, &state()).unwrap();
    save(&other, &params, &buffers, &state()).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    let nowhere = save(&dir.path().join("no/such/place"), &params, &buffers, &state()).unwrap_err();
    assert!(nowhere.to_string().contains("no/such/place"));
}

#[test]
fn a_file_that_does_not_fit_says_which_tensor() {
    let (params, buffers) = layouts();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("saved.safetensors");
    save(&path, &params, &buffers, &state()).unwrap();
    let c = Checkpoint::read(&path).unwrap();
    let none = ParamLayout::default();
    let with = |name: &str, shape: &[usize]| -> ParamLayout {
        [(name.to_string(), shape.to_vec(), ParamKind::Weight)].into_iter().collect()
    };
    let says = |params: &ParamLayout, buffers: &ParamLayout| c.fit(params, buffers).unwrap_err().to_string();
    assert!(
        says(&with("conv.weight", &[1]), &none)
            .contains("no tensor \"conv.weight\" that the network needs (the nearest it has is \"conv1.weight\")")
    );
    assert!(
        says(&with("fc.weight", &[2, 3]), &none).contains("\"fc.weight\" has shape [3, 2], the network expects [2, 3]")
    );
    assert!(says(&params, &with("bn2.running_var", &[2])).contains("no tensor \"bn2.running_var\""));
    // Buffers that the network does not have, and a counter that it need not know.
    assert!(says(&params, &none).contains("does not know: bn1.running_mean, bn1.running_var; choose"));
}

#[test]
fn a_run_gives_its_last_parameters_or_those_of_a_step() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.valley");
    forge::run(&path, 3, &[0, 50, 100]);
    let first = |path: PathBuf| Checkpoint::read(&path).map(|c| c.tensors[0].values[0]);
    assert_eq!(first(path.clone()).unwrap(), 100.0);
    assert_eq!(first(dir.path().join("a.valley@50")).unwrap(), 50.0);
    assert!(first(dir.path().join("a.valley@7")).unwrap_err().to_string().contains("iteration 7"));
    assert!(first(dir.path().join("b.valley@7")).unwrap_err().to_string().contains("b.valley"));
    let c = Checkpoint::read(&path).unwrap();
    assert!(c.notes[0].contains("iteration 100; the run keeps those of 3"), "{:?}", c.notes);
    let layout = |n| -> ParamLayout { [("w".to_string(), vec![n], ParamKind::Weight)].into_iter().collect() };
    let none = ParamLayout::default();
    let state = c.fit(&layout(3), &none).unwrap();
    assert_eq!(bits(&state.theta), bits(&[100.0, -0.0, f32::NAN]));
    // Running statistics lie behind the parameters.
    let split = c.fit(&layout(2), &layout(1)).unwrap();
    assert_eq!((split.theta.len(), bits(&split.buffers)), (2, bits(&[f32::NAN])));
    for (params, buffers) in [(layout(4), none), (layout(3), layout(1))] {
        let text = c.fit(&params, &buffers).unwrap_err().to_string();
        assert!(text.contains("keeps 3 numbers") && text.contains("this network has 4"), "{text}");
    }
    // A step of what is no run, and a file that is called like a step.
    let (_dir, plain) = file(&burnpack());
    let at = plain.with_file_name("checkpoint@3");
    assert!(Checkpoint::read(&at).unwrap_err().to_string().contains("not a run; leave out @3"));
    fs::rename(&plain, &at).unwrap();
    assert_eq!(Checkpoint::read(&at).unwrap().format, Format::Burnpack);
    let t = trajectory(&path).unwrap();
    assert_eq!(
        t.points.iter().map(|p| (p.step, p.name.as_str())).collect::<Vec<_>>(),
        [(Some(0), "0"), (Some(50), "50"), (Some(100), "100")]
    );
    assert_eq!(first(t.points[1].path.clone()).unwrap(), 50.0);
}

#[test]
fn a_directory_is_a_trajectory() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    let names = || trajectory(dir.path()).unwrap().points.into_iter().map(|p| p.name).collect::<Vec<_>>();
    assert!(trajectory(dir.path()).unwrap_err().to_string().contains("a directory without checkpoints"));
    let file = burnpack();
    for name in ["run1_epoch10.bpk", "run1_epoch9.bpk", "run1_epoch0011"] {
        put(name, &file);
    }
    put("log.txt", b"nothing");
    put(".hidden", &file);
    fs::create_dir(dir.path().join("old")).unwrap();
    let t = trajectory(dir.path()).unwrap();
    assert_eq!(t.points.iter().map(|p| p.step).collect::<Vec<_>>(), [Some(9), Some(10), Some(11)]);
    assert_eq!(t.notes.len(), 2, "{:?}", t.notes);
    assert!(t.notes[0].contains("by the epoch") && t.notes[1].starts_with("log.txt left out"), "{:?}", t.notes);
    // A count goes before a loss behind it, and the times of the files are said to be others.
    let losses = tempfile::tempdir().unwrap();
    let named = ["epoch=00-val_loss=2.30.bpk", "epoch=02-val_loss=0.95.bpk", "epoch=10-val_loss=0.79.bpk"];
    for (name, seconds) in named.iter().zip([90, 50, 70]) {
        let path = losses.path().join(name);
        fs::write(&path, &file).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }
    let t = trajectory(losses.path()).unwrap();
    assert_eq!(t.points.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), named);
    assert!(t.notes[0].contains("by the epoch") && t.notes[1].contains("another order"), "{:?}", t.notes);
    // A name without a number, or a number twice: then the time of the last change.
    put("final.bpk", &file);
    let age = |name: &str, seconds| {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::options().write(true).open(dir.path().join(name)).unwrap().set_modified(time).unwrap();
    };
    for (name, seconds) in
        [("final.bpk", 30), ("run1_epoch9.bpk", 20), ("run1_epoch10.bpk", 40), ("run1_epoch0011", 20)]
    {
        age(name, seconds);
    }
    assert_eq!(names(), ["run1_epoch9.bpk", "run1_epoch0011", "final.bpk", "run1_epoch10.bpk"]);
    assert!(trajectory(dir.path()).unwrap().points.iter().all(|p| p.step.is_none()));
    fs::remove_file(dir.path().join("final.bpk")).unwrap();
    put("run2_epoch9.bpk", &file);
    age("run2_epoch9.bpk", 5);
    assert_eq!(names()[0], "run2_epoch9.bpk");
}

#[test]
fn what_is_no_checkpoint_is_named() {
    assert!(refusal(b"").contains("it is empty"));
    assert!(refusal(b"a,b\n1,2\n").contains("no known format"));
    let dir = tempfile::tempdir().unwrap();
    assert!(Checkpoint::read(dir.path()).unwrap_err().to_string().contains("it is a directory"));
    let missing = Checkpoint::read(&dir.path().join("no such")).unwrap_err().to_string();
    assert!(missing.contains("no such") && missing.contains("check the path"), "{missing}");
    let root = pickle(&Value::Dict(vec![]));
    assert!(refusal(&pytorch_zip(&root, &[], false)).contains("holds no tensors"));
    let list = pickle(&Value::Raw(b"]".to_vec()));
    assert!(refusal(&pytorch_zip(&list, &[], false)).contains("holds no tensors"));
    assert!(refusal(&forge::safetensors("{}", &[])).contains("holds no tensors"));
    let mut cut = burnpack();
    cut.truncate(cut.len() - 600);
    assert!(refusal(&cut).contains("cannot be read as a burnpack file"));
}
