//! The same commands give the same records to the bit as they did when `tests/golden.json` was written: hashes of what
//! walks, forks, lines, planes, valleys, escape tables and toys print, on the built-in data.
//!
//! Bits depend on the kernels; hashes are kept for each kind of them, and all that the machine has are tried. A line of each
//! command is compared between kinds within 1e-4, so that the test never does nothing.
//!
//! `VALLEYSCOPE_GOLDEN=/path/to/valleyscope` writes the file anew with that program, for this machine's kernels.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use valleyscope::{net::Kernels, probe::ProbeId};

/// Every command, in order: a later one reads the files of an earlier one.
const COMMANDS: [(&str, &str); 17] = [
    (
        "walk",
        "walk --steps 12 --lr 0.5 --train-count 400 --test-count 100 --record sgd.valley --checkpoint-every 4 \
         --momentum 0.9 --seed 3",
    ),
    (
        "walk of every optimizer",
        "walk --steps 14 --train-count 300 --test-count 100 --optimizer sam --rho 0.1 --sam-shard 25 --batch 50 \
         --momentum 0.5 --nesterov --weight-decay 0.001 --switch sam:asam@4,asam:psam@8,psam:nesterov@11 --psam-period 2 \
         --average swa:6:2 --schedule cosine --seed 1",
    ),
    (
        "walk with noise",
        "walk --steps 6 --train-count 120 --test-count 50 --batch 40 --noise 0.1 --seed 2 --record noisy.valley \
         --checkpoint-every 3",
    ),
    (
        "walk with batch norm",
        "walk --steps 6 --train-count 120 --test-count 60 --batch 40 --lr 0.05 --momentum 0.9 --record bn.valley \
         --checkpoint-every 3 --net normed.toml",
    ),
    ("walk with pooling", "walk --steps 4 --train-count 120 --test-count 60 --batch 30 --loss mse --net pooled.toml"),
    ("walk of points", "walk --data moons --net mlp:2-8-2 --steps 20 --batch 20 --lr 0.3 --optimizer gd"),
    ("fork", "walk --fork sgd.valley@6 --optimizer sam --rho 0.2 --record sam.valley"),
    ("line", "line sgd.valley sam.valley --alphas -0.5:1.5:9 --train-count 400 --test-count 100"),
    ("refined line", "line sgd.valley@0 sam.valley --refine 0.01:6 --widen 2 --alphas -0.5:1.5:5"),
    ("random lines", "line sgd.valley --random 3 --alphas -1:1:5 --seed 4 --normalise layer --biases keep"),
    ("line with batch norm", "line bn.valley@0 bn.valley --alphas 0:1:5 --bn recalibrated --bn-batch 60"),
    ("plane", "plane sgd.valley --grid 7 --seed 5 --test"),
    ("plane of a path", "plane sgd.valley --pca --grid 5"),
    (
        "valley",
        "valley sgd.valley sam.valley --directions 3 --sharpness 0.01:4 --sam-gap 0.05:3 --shift=1:0.5:9 --radius 0.5 \
         --zeta 0.25 --points 5",
    ),
    (
        "escape",
        "escape sgd.valley --rho 0.2,0.7 --lr 0.5 --batch 100 --seeds 3 --steps 40 --threshold 0.01 --check 2 --record \
         table.escape",
    ),
    ("toy", "toy escape2d --dynamics all --runs 6"),
    ("toy with SAM", "toy sextic --dynamics sam,psam,swa --runs 4"),
];

/// Networks with every kind of layer.
const NETS: [(&str, &str); 2] = [
    (
        "normed.toml",
        r#"
        layers = [
          { conv = 4, kernel = 3, padding = 1, bias = false, name = "conv1" },
          { batchnorm = true, name = "bn1" },
          "relu",
          { name = "block", body = [{ conv = 4, kernel = 3, padding = 1 }, { batchnorm = true }, "relu"] },
          { name = "down", body = [{ conv = 8, kernel = 3, padding = 1, stride = 2 }, { batchnorm = true }],
            shortcut = [{ subsample = 2 }, { pad = [2, 2] }] },
          "relu globalavg",
          { linear = "classes", name = "fc" },
        ]
        "#,
    ),
    (
        "pooled.toml",
        r#"layers = ["conv(6,3) tanh pool(2) conv(8,2) softplus avgpool(2) flatten linear(12) sigmoid linear(10)"]"#,
    ),
];

/// Leaves out what is no record: times, versions, processors.
fn strip(value: &mut Value) {
    if let Value::Object(map) = value {
        for key in ["seconds", "version", "device", "about", "spec", "started", "id", "data_sum"] {
            map.shift_remove(key);
        }
        // Probes that came later change none of the others' numbers.
        if map.get("event").is_some_and(|event| event == "step") {
            for id in ProbeId::columns().skip(ProbeId::FIRST.len()) {
                map.shift_remove(id.probe().key());
            }
        }
        map.values_mut().for_each(strip);
    }
}

fn run(program: &Path, kernels: Kernels, folder: &Path, words: &str) -> Vec<Value> {
    let mut command = Command::new(program);
    command.env("VALLEYSCOPE_KERNELS", kernels.name()).args(words.split_whitespace()).arg("--json");
    let output = command.current_dir(folder).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && !text.is_empty(),
        "{words}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.retain(|line| line["event"] != "run");
    lines.iter_mut().for_each(strip);
    // Runs that go on side by side end in no particular order.
    if words.starts_with("escape") {
        lines.sort_by_cached_key(Value::to_string);
    }
    lines
}

/// Numbers of a line, in order.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Number(n) => n.as_f64().into_iter().collect(),
        Value::Array(all) => all.iter().flat_map(numbers).collect(),
        Value::Object(map) => map.values().flat_map(numbers).collect(),
        _ => Vec::new(),
    }
}

fn hash(lines: &[Value]) -> String {
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    Sha256::digest(text.join("\n").as_bytes()).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_same_commands_give_the_same_records() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.json");
    let writes = std::env::var_os("VALLEYSCOPE_GOLDEN").map(PathBuf::from);
    let program = writes.clone().unwrap_or(env!("CARGO_BIN_EXE_valleyscope").into());
    let mut golden: Value = fs::read_to_string(&file).map_or(json!({}), |text| serde_json::from_str(&text).unwrap());
    let mut wrong = Vec::new();
    for kernels in Kernels::ALL.into_iter().filter(|kernels| kernels.is_here()) {
        let folder = tempfile::tempdir().unwrap();
        NETS.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
        for (name, words) in COMMANDS {
            let lines = run(&program, kernels, folder.path(), words);
            // A line in the middle has numbers that everything before it decides.
            let (found, line) = (hash(&lines), &lines[lines.len() / 2]);
            if writes.is_some() {
                golden[name]["line"] = line.clone();
                golden[name]["hashes"][kernels.name()] = found.into();
                continue;
            }
            let known = &golden[name];
            if known["hashes"][kernels.name()].as_str().is_some_and(|hash| hash != found) {
                wrong.push(format!("{name} on {kernels:?}: other records; a line is {line} (was {})", known["line"]));
            }
            let (was, is) = (numbers(&known["line"]), numbers(line));
            let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-4 * (1.0 + a.abs());
            if was.len() != is.len() || !was.iter().zip(&is).all(close) {
                wrong.push(format!("{name} on {kernels:?}: {line} is not near {}", known["line"]));
            }
        }
    }
    if writes.is_some() {
        let sorted: Map<String, Value> =
            COMMANDS.iter().map(|(name, _)| (name.to_string(), golden[name].take())).collect();
        fs::write(&file, serde_json::to_string_pretty(&sorted).unwrap() + "\n").unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
