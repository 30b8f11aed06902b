//! Checkpoints in the forms that people have beside a plain state_dict, against the numbers that were put in.

use std::{
    fs,
    path::{Path, PathBuf},
};

use safetensors::{Dtype, tensor::TensorView};
use valleyscope::{
    checkpoint::{Checkpoint, Format},
    net::{Network, State},
};
use zip::CompressionMethod;

use crate::forge::{Value, View, array, floats, npz, numpy, pickle, pytorch_legacy, pytorch_zip};

const NET: &str = "linear(5) relu linear(3)";
const NORMED: &str = "conv(2,3) batchnorm relu linear(3)";

fn network(net: &str) -> Network {
    Network::build(net, [1, 4, 4], 3).unwrap()
}

fn state(network: &Network) -> State {
    let mut state = network.initial_state(7);
    state.buffers.iter_mut().enumerate().for_each(|(i, x)| *x += i as f32 / 8.0);
    state
}

/// Names, shapes and numbers in the order of a state_dict: the statistics of a layer behind its bias.
fn tensors(network: &Network, state: &State) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let mut all = Vec::new();
    for p in network.layout().params() {
        all.push((p.name.clone(), p.shape.clone(), state.theta[p.range()].to_vec()));
        for b in network.buffers().params() {
            if p.name.strip_suffix("bias").is_some_and(|layer| b.name.starts_with(layer)) {
                all.push((b.name.clone(), b.shape.clone(), state.buffers[b.range()].to_vec()));
            }
        }
    }
    all
}

fn fits(path: &Path, network: &Network, want: &State) -> Checkpoint {
    let file = Checkpoint::read(path).unwrap();
    assert_eq!(&file.fit(network.layout(), network.buffers()).unwrap(), want, "{}", path.display());
    file
}

fn refused(path: &Path, network: &Network) -> String {
    match Checkpoint::read(path) {
        Err(e) => e.to_string(),
        Ok(file) => file.fit(network.layout(), network.buffers()).unwrap_err().to_string(),
    }
}

#[test]
fn arrays_of_numpy_are_checkpoints() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("net.npz");
    for net in [NET, NORMED] {
        let network = network(net);
        let want = state(&network);
        let little = |x: &[f32]| x.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
        let big = |x: &[f32]| x.iter().flat_map(|x| x.to_be_bytes()).collect::<Vec<_>>();
        let double = |x: &[f32]| x.iter().flat_map(|x| f64::from(*x).to_le_bytes()).collect::<Vec<_>>();
        // The first axis fastest: of rows and columns; of all else as it is.
        let turned = |shape: &[usize], x: &[f32]| match shape {
            [rows, columns] => {
                (0..*columns).flat_map(|c| (0..*rows).map(move |r| (r, c))).map(|(r, c)| x[r * columns + c]).collect()
            }
            _ => x.to_vec(),
        };
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            for form in 0..4 {
                let of = |shape: &[usize], x: &[f32]| match form {
                    0 => array("<f4", false, shape, &little(x)),
                    1 => array(">f4", false, shape, &big(x)),
                    2 => array("<f8", false, shape, &double(x)),
                    _ => array("<f4", shape.len() == 2, shape, &little(&turned(shape, x))),
                };
                let arrays: Vec<_> = tensors(&network, &want).into_iter().map(|(n, s, x)| (n, of(&s, &x))).collect();
                fs::write(&path, npz(method, &arrays)).unwrap();
                assert_eq!(fits(&path, &network, &want).format, Format::Npz);
                // The same without names: numpy.savez(path, *arrays).
                let unnamed: Vec<_> =
                    arrays.into_iter().enumerate().map(|(i, (_, x))| (format!("arr_{i}"), x)).collect();
                fs::write(&path, npz(method, &unnamed)).unwrap();
                fits(&path, &network, &want);
            }
        }
    }
    fs::write(&path, npz(CompressionMethod::Stored, &[("w".into(), array("|O", false, &[2], b"xx"))])).unwrap();
    assert!(refused(&path, &network(NET)).contains("array \"w\" cannot be read: it is an array of Python objects"));
    fs::write(&path, npz(CompressionMethod::Stored, &[("w".into(), array("<f4", false, &[1 << 40], b"xx"))])).unwrap();
    assert!(refused(&path, &network(NET)).contains("far more memory"), "{}", refused(&path, &network(NET)));
}

fn leak(name: String) -> &'static str {
    Box::leak(name.into_boxed_str())
}

#[test]
fn arrays_in_pickles_are_a_network_and_beside_one_they_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("net.pt");
    for net in [NET, NORMED, "linear(400) relu linear(3)"] {
        let network = network(net);
        let want = state(&network);
        let all = tensors(&network, &want);
        let table = || Value::Dict(all.iter().map(|(n, s, x)| (leak(n.clone()), numpy(s, x))).collect());
        let inside = Value::Dict(vec![("epoch", Value::Raw(b"K\x03".to_vec())), ("state_dict", table())]);
        for root in [pickle(&table()), pickle(&inside)] {
            for bytes in
                [pytorch_zip(&root, &[], false), pytorch_zip(&root, &[], true), pytorch_legacy(&root, &[], 4), root]
            {
                fs::write(&path, bytes).unwrap();
                fits(&path, &network, &want);
            }
        }
        // Beside tensors they are notes.
        let mut items: Vec<_> = all
            .iter()
            .enumerate()
            .map(|(i, (n, s, _))| (leak(n.clone()), View::whole(i, &s.iter().map(|d| *d as i32).collect::<Vec<_>>())))
            .collect();
        items.push(("losses", numpy(&[3], &[1.0, 2.0, 3.0])));
        let storages: Vec<_> = all.iter().map(|(.., x)| floats(x)).collect();
        fs::write(&path, pytorch_zip(&pickle(&Value::Dict(items)), &storages, false)).unwrap();
        assert_eq!(fits(&path, &network, &want).tensors.len(), all.len());
    }
}

#[test]
fn lists_tuples_and_vectors_are_matched_by_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("net.pt");
    for net in [NET, NORMED] {
        let network = network(net);
        let want = state(&network);
        let all = tensors(&network, &want);
        let storages: Vec<_> = all.iter().map(|(.., x)| floats(x)).collect();
        let list = |tensors: &[(String, Vec<usize>, Vec<f32>)], is_tuple: bool| {
            let mut out = if is_tuple { b"\x80\x02(".to_vec() } else { b"\x80\x02](".to_vec() };
            for (i, (_, shape, _)) in tensors.iter().enumerate() {
                let view = View::whole(i, &shape.iter().map(|d| *d as i32).collect::<Vec<_>>());
                let one = pickle(&view);
                out.extend(&one[2..one.len() - 1]);
            }
            out.extend(if is_tuple { b"t." } else { b"e." });
            out
        };
        for is_tuple in [false, true] {
            let root = list(&all, is_tuple);
            for bytes in [pytorch_zip(&root, &storages, false), pytorch_legacy(&root, &storages, 4)] {
                fs::write(&path, bytes).unwrap();
                fits(&path, &network, &want);
            }
        }
        // One that does not fit is told by its number.
        let mut wrong = all.clone();
        wrong[1].1 = vec![1, wrong[1].2.len()];
        fs::write(&path, pytorch_zip(&list(&wrong, false), &storages, false)).unwrap();
        let text = refused(&path, &network);
        assert!(
            text.contains("number 1 has the shape")
                && text.contains("choose the network that the file was made with (--net)"),
            "{text}"
        );
        // All numbers in one vector: parameters, then statistics.
        let vector: Vec<f32> = want.theta.iter().chain(&want.buffers).copied().collect();
        let root = pickle(&View::whole(0, &[vector.len() as i32]));
        fs::write(&path, pytorch_zip(&root, &[floats(&vector)], false)).unwrap();
        fits(&path, &network, &want);
        let root = pickle(&View::whole(0, &[vector.len() as i32 - 2]));
        fs::write(&path, pytorch_zip(&root, &[floats(&vector)], false)).unwrap();
        assert!(refused(&path, &network).contains("one vector without names"), "{}", refused(&path, &network));
    }
}

#[test]
fn a_file_without_running_statistics_opens_where_none_are_needed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("net.safetensors");
    let network = network(NORMED);
    let want = state(&network);
    let only: Vec<_> = tensors(&network, &want).into_iter().filter(|(n, ..)| !n.contains("running")).collect();
    save(&path, &only);
    let file = Checkpoint::read(&path).unwrap();
    let text = file.fit(network.layout(), network.buffers()).unwrap_err().to_string();
    assert!(text.contains("no running statistics") && text.contains("--bn batch or --bn recalibrated"), "{text}");
    let found = file.fit_without_statistics(network.layout(), network.buffers()).unwrap();
    assert_eq!((found.theta, found.buffers), (want.theta, vec![0.0, 0.0, 1.0, 1.0]));
    // Some of them are not none.
    let some: Vec<_> =
        tensors(&network, &state(&network)).into_iter().filter(|(n, ..)| !n.contains("running_var")).collect();
    save(&path, &some);
    let text =
        Checkpoint::read(&path).unwrap().fit_without_statistics(network.layout(), network.buffers()).unwrap_err();
    assert!(text.to_string().contains("1.running_var"), "{text}");
}

fn save(path: &Path, tensors: &[(String, Vec<usize>, Vec<f32>)]) {
    let bytes: Vec<Vec<u8>> = tensors.iter().map(|(.., x)| floats(x)).collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// A network in three parts with an index.
fn parts(dir: &Path, tensors: &[(String, Vec<usize>, Vec<f32>)]) -> (PathBuf, Vec<PathBuf>) {
    let mut map = serde_json::Map::new();
    let mut files = Vec::new();
    for (i, part) in tensors.chunks(tensors.len().div_ceil(3)).enumerate() {
        let name = format!("model-{:05}-of-00003.safetensors", i + 1);
        save(&dir.join(&name), part);
        part.iter().for_each(|(tensor, ..)| drop(map.insert(tensor.clone(), name.clone().into())));
        files.push(dir.join(name));
    }
    let index = dir.join("model.safetensors.index.json");
    let text = serde_json::json!({ "metadata": { "total_size": 123 }, "weight_map": map });
    fs::write(&index, serde_json::to_string_pretty(&text).unwrap()).unwrap();
    (index, files)
}

#[test]
fn a_network_in_parts_is_read_whole_or_not_at_all() {
    let network = network(NORMED);
    let want = state(&network);
    let all = tensors(&network, &want);
    let fresh = || {
        let dir = tempfile::tempdir().unwrap();
        let (index, files) = parts(dir.path(), &all);
        (dir, index, files)
    };
    let (dir, index, files) = fresh();
    assert_eq!(fits(&index, &network, &want).format, Format::SafetensorsIndex);
    for file in &files {
        let read = fits(file, &network, &want);
        assert!(read.notes[0].contains("all parts were read"), "{:?}", read.notes);
    }
    // Under another name a part is a file of its own.
    fs::copy(&files[0], dir.path().join("first.safetensors")).unwrap();
    assert!(refused(&dir.path().join("first.safetensors"), &network).contains("no tensor"));
    fs::remove_file(&index).unwrap();
    let text = refused(&files[1], &network);
    assert!(text.contains("part 2 of 3") && text.contains("model.safetensors.index.json is not beside it"), "{text}");
    let (_dir, index, files) = fresh();
    fs::remove_file(&files[2]).unwrap();
    assert!(refused(&index, &network).contains("model-00003-of-00003.safetensors"), "{}", refused(&index, &network));
    let (_dir, index, files) = fresh();
    fs::copy(&files[0], &files[1]).unwrap();
    assert!(refused(&index, &network).contains("where it is not"), "{}", refused(&index, &network));
    // Nothing outside of the folder is opened.
    for name in ["../model-00001-of-00003.safetensors", "/etc/passwd", "a/b.safetensors", ".."] {
        let text = serde_json::json!({ "weight_map": { "0.weight": name } });
        fs::write(&index, text.to_string()).unwrap();
        assert!(refused(&index, &network).contains("not in its folder"), "{}", refused(&index, &network));
    }
    fs::write(&index, "{\"weight_map\": 3}").unwrap();
    assert!(refused(&index, &network).contains("index cannot be read"), "{}", refused(&index, &network));
}

#[test]
fn pruned_and_normed_parameters_are_multiplied_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("net.safetensors");
    let network = network(NET);
    let want = state(&network);
    let norm = |row: &[f32]| row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    for (form, word) in [(0, "pruned"), (1, "weight-normed"), (2, "weight-normed"), (3, "spectrally")] {
        let mut parts = Vec::new();
        for (name, shape, x) in tensors(&network, &want) {
            if shape.len() != 2 {
                parts.push((name, shape, x));
                continue;
            }
            let (rows, columns) = (shape[0], shape[1]);
            let layer = name.strip_suffix("weight").unwrap();
            match form {
                0 => {
                    // Kept, and pruned away where the network has 0; here nothing is 0, so all is kept, once halved.
                    parts.push((format!("{name}_orig"), shape.clone(), x.iter().map(|x| x * 2.0).collect()));
                    parts.push((format!("{name}_mask"), shape, vec![0.5; x.len()]));
                }
                3 => {
                    // w = 4 x, and u, v such that uᵀ W v = 4.
                    let w: Vec<f32> = x.iter().map(|x| x * 4.0).collect();
                    let mut u = vec![0.0; rows];
                    u[0] = 1.0;
                    let mut v = vec![0.0; columns];
                    v[0] = 4.0 / w[0];
                    parts.extend([
                        (format!("{name}_orig"), shape, w),
                        (format!("{name}_u"), vec![rows], u),
                        (format!("{name}_v"), vec![columns], v),
                    ]);
                }
                _ => {
                    let g: Vec<f32> = x.chunks(columns).map(|row| norm(row) as f32).collect();
                    let v: Vec<f32> = x.iter().map(|x| x * 3.0).collect();
                    let [g_name, v_name] = match form {
                        1 => [format!("{name}_g"), format!("{name}_v")],
                        _ => ["original0", "original1"].map(|part| format!("{layer}parametrizations.weight.{part}")),
                    };
                    parts.extend([(g_name, vec![rows, 1], g), (v_name, shape, v)]);
                }
            }
        }
        save(&path, &parts);
        let file = Checkpoint::read(&path).unwrap();
        let found = file.fit(network.layout(), network.buffers()).unwrap();
        assert!(found.theta.iter().zip(&want.theta).all(|(a, b)| (a - b).abs() < 2e-7), "{word}");
        assert!(file.notes.iter().any(|note| note.contains(word) && note.contains("(2)")), "{:?}", file.notes);
    }
}
