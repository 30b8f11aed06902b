//! The program as a user of the terminal sees it.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::support::{close, program, shared};

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}"))).collect()
}

fn of<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|l| l["event"] == event).collect()
}

fn error(output: &Output) -> String {
    assert!(!output.status.success(), "it should have failed: {}", String::from_utf8_lossy(&output.stdout));
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[test]
fn walk_prints_the_documented_json() {
    let home = tempfile::tempdir().unwrap();
    let out = run(program(home.path()).args(["walk", "--steps", "16", "--json"]));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let lines = lines(&out);
    assert_eq!(lines[0]["event"], "run");
    assert_eq!(lines[0]["spec"]["net"], "mlp");
    let steps = of(&lines, "step");
    assert_eq!(steps.iter().map(|s| s["t"].as_u64().unwrap()).collect::<Vec<_>>(), (0..16).collect::<Vec<_>>());
    assert!(steps[0]["cosine"].is_null() && steps[1]["cosine"].is_f64());
    assert_eq!(steps[0]["distance"], 0.0);
    for field in ["loss", "batch_loss", "grad_norm", "distance", "learning_rate"] {
        assert!(steps.iter().all(|s| s[field].is_f64()), "{field}");
    }
    let slices = of(&lines, "slice");
    assert_eq!(slices.len(), 16);
    for (t, s) in slices.iter().enumerate() {
        let loss: Vec<f64> = s["loss"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        let alpha: Vec<f64> = s["alpha"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert_eq!((loss.len(), alpha[0], alpha[9]), (10, 0.0, 1.0));
        assert_eq!(s["loss"][0], steps[t]["loss"], "`loss` is the full training loss at θ_t");
        let floor = loss.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(s["floor"].as_f64().unwrap(), floor);
        assert!((s["height"].as_f64().unwrap() - (loss[0] + loss[9] - 2.0 * floor) / 2.0).abs() < 1e-15);
        assert!(s["floor_alpha"].is_f64() && s["barriers"].is_array());
    }
    assert_eq!(of(&lines, "epoch").len(), 2);
    let done = lines.last().unwrap();
    assert_eq!((&done["event"], &done["outcome"]), (&"done".into(), &"finished".into()));
    assert_eq!((done["steps"].as_u64(), done["gradient_evaluations"].as_u64()), (Some(16), Some(16)));
    assert!(done["seconds"].is_f64() && done["full_loss_evaluations"].is_u64());
}

#[test]
fn numbers_that_are_not_finite_are_printed_by_name() {
    let home = tempfile::tempdir().unwrap();
    let out = run(program(home.path()).args(["walk", "--lr", "1e20", "--steps", "30", "--json"]));
    assert_eq!(out.status.code(), Some(3), "a diverged run has its own exit status");
    let text = String::from_utf8(out.stdout.clone()).unwrap();
    assert!(text.contains("\"NaN\"") || text.contains("\"inf\""), "{text}");
    let lines = lines(&out);
    assert_eq!(lines.last().unwrap()["outcome"], "diverged");
    assert!(String::from_utf8_lossy(&out.stderr).contains("smaller --lr"));
}

#[test]
fn a_run_is_recorded_exported_and_not_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a run.valley");
    let walk =
        |extra: &[&str]| run(program(home.path()).args(["walk", "--steps", "10", "--record"]).arg(&file).args(extra));
    let out = walk(&[]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(String::from_utf8_lossy(&out.stdout).contains("mean height above floor"));
    assert!(error(&walk(&[])).contains("--overwrite"));
    assert!(walk(&["--overwrite"]).status.success());
    let tables = home.path().join("tables");
    let out = run(program(home.path())
        .arg("export")
        .arg(&file)
        .arg("--csv")
        .arg(&tables)
        .arg("--png")
        .arg(&tables)
        .arg("--svg")
        .arg(&tables));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let rows = |name: &str| std::fs::read_to_string(tables.join(name)).unwrap().lines().count();
    assert_eq!((rows("steps.csv"), rows("slices.csv"), rows("epochs.csv")), (11, 11, 2));
    assert!(
        std::fs::read_to_string(tables.join("steps.csv"))
            .unwrap()
            .starts_with("t,loss,batch_loss,grad_norm,cosine,distance,")
    );
    assert!(std::fs::read(tables.join("walk.png")).unwrap().starts_with(b"\x89PNG"));
    assert!(std::fs::read_to_string(tables.join("walk.svg")).unwrap().contains("<svg"));
    let precious = home.path().join("thesis.tex");
    std::fs::write(&precious, "years of work").unwrap();
    let out = run(program(home.path()).args(["walk", "--steps", "1", "--overwrite", "--record"]).arg(&precious));
    assert!(error(&out).contains("thesis.tex"));
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "years of work", "only runs are overwritten");
}

#[test]
fn the_manifest_repeats_the_run() {
    let home = tempfile::tempdir().unwrap();
    let args = [
        "walk",
        "--data",
        "moons",
        "--train-count",
        "64",
        "--net",
        "linear(8) tanh linear(2)",
        "--optimizer",
        "nesterov",
        "--momentum",
        "0.9",
        "--lr",
        "0.01",
        "--schedule",
        "trapezoid:10%:50%",
        "--batch",
        "16",
        "--epochs",
        "2",
        "--seed",
        "5",
        "--weight-decay",
        "0.0005",
        "--corrupt",
        "4",
        "--corrupt-as",
        "wrong",
        "--every",
        "slice:2",
        "--order",
        "sequential",
        "--json",
    ];
    let first = lines(&run(program(home.path()).args(args)));
    let command = first[0]["command"].as_str().unwrap().to_string();
    // The command line as a shell would read it.
    let shell = command.replacen("valleyscope", env!("CARGO_BIN_EXE_valleyscope"), 1) + " --json";
    let again = Command::new("sh").arg("-c").arg(shell).output().unwrap();
    let strip = |lines: Vec<Value>| {
        lines.into_iter().filter(|l| l["event"] != "run" && l["event"] != "done").collect::<Vec<_>>()
    };
    assert_eq!(strip(first), strip(lines(&again)));
}

#[test]
fn a_run_of_psam_with_all_its_options_is_repeated_by_its_command_line() {
    let home = tempfile::tempdir().unwrap();
    let args = "walk --data moons --train-count 60 --net linear(8)_tanh_linear(2) --optimizer psam --rho 0.1 --sam-norm inf \
                --sam-shard 5 --psam-until 20 --psam-period 4 --momentum 0.5 --nesterov --batch 20 --steps 40 \
                --switch psam:gd@0.75,gd:asam@36 --average swa:0.5:2 --probes epoch,distance --seed 3 --json";
    let args: Vec<String> = args.split_whitespace().map(|a| a.replace('_', " ")).collect();
    let out = run(program(home.path()).args(&args));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let first = lines(&out);
    let command = first[0]["command"].as_str().unwrap().to_string();
    let shell = command.replacen("valleyscope", env!("CARGO_BIN_EXE_valleyscope"), 1) + " --json";
    let again = lines(&Command::new("sh").arg("-c").arg(shell).output().unwrap());
    assert_eq!(first[0]["spec"], again[0]["spec"], "{command}");
    let strip = |lines: &[Value]| {
        lines.iter().filter(|l| l["event"] != "run" && l["event"] != "done").cloned().collect::<Vec<_>>()
    };
    assert_eq!(strip(&first), strip(&again));
    let changes = of(&first, "change");
    assert_eq!(changes.iter().map(|c| c["t"].as_u64()).collect::<Vec<_>>(), [Some(30), Some(36)]);
    assert_eq!(
        (&changes[1]["change"]["to"]["kind"], &changes[1]["change"]["to"]["sam_norm"]),
        (&"asam".into(), &"inf".into())
    );
    // Five of SAM before 20, ten after, six of gd, four of asam.
    assert_eq!(first.last().unwrap()["gradient_evaluations"], 40 + 5 + 10 + 4);
    let epochs = of(&first, "epoch");
    assert!(epochs[0]["average"].is_null() && epochs.last().unwrap()["average"]["test"]["error"].is_number());
}

#[test]
fn the_table_shows_the_cost_of_psam_beside_its_formula() {
    let home = tempfile::tempdir().unwrap();
    let args =
        "walk --data moons --net linear(2) --optimizer psam --steps 40 --batch 50 --probes epoch --average swa:50%";
    let out = run(program(home.path()).args(args.split_whitespace()));
    let text = String::from_utf8(out.stdout).unwrap();
    // E = 30, n = 20: steps 0 and 20 before E, ten after it.
    for part in ["0.2875 of SAM's by 1 − (n−1)E/(nT), 0.3000 counted", "52 gradients", "the average of the iterates"]
    {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn a_walk_on_ones_own_images_says_what_was_held_out() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("mine.safetensors");
    // Forty images of 2×2 pixels, two classes that differ in brightness.
    let images: Vec<u8> = (0..40).flat_map(|i| [((i % 2) * 200 + i) as u8; 4]).collect();
    let labels: Vec<u8> = (0..40).map(|i| (i % 2) as u8).collect();
    let view =
        |shape: &[usize], data| safetensors::tensor::TensorView::new(safetensors::Dtype::U8, shape.to_vec(), data);
    let tensors = [("images", view(&[40, 2, 2], &images).unwrap()), ("labels", view(&[40], &labels).unwrap())];
    std::fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
    let out = run(program(home.path()).args(["walk", "--batch", "12", "--epochs", "1", "--json", "--data"]).arg(&path));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let lines = lines(&out);
    let manifest = &lines[0];
    for (count, want) in [("train_count", 36), ("test_count", 4), ("classes", 2)] {
        assert_eq!(manifest[count], want, "{count}");
    }
    let notes = manifest["data_notes"].as_array().unwrap();
    assert!(
        notes.len() == 1 && notes[0].as_str().unwrap().contains("every tenth training image is held out"),
        "{notes:?}"
    );
    assert_eq!(manifest["data_files"][0]["name"], "mine.safetensors");
    assert!(of(&lines, "epoch")[0]["test_loss"].is_f64());
}

#[test]
fn without_a_display_the_demonstration_runs_in_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let out = run(&mut program(home.path()));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("no display"), "{text}");
    let named = |prefix: &str| {
        let line = text
            .lines()
            .find(|l| l.trim_start().starts_with(prefix))
            .unwrap_or_else(|| panic!("no {prefix} in {text}"));
        std::path::PathBuf::from(line.trim_start().strip_prefix(prefix).unwrap().trim())
    };
    assert!(named("run file").is_file() && std::fs::read(named("picture")).unwrap().starts_with(b"\x89PNG"));
    // A second time it takes the next number instead of the same file.
    let again = String::from_utf8(run(&mut program(home.path())).stdout).unwrap();
    assert!(again.contains("0002.valley"), "{again}");
}

#[test]
fn mistakes_get_an_answer_that_helps() {
    let home = tempfile::tempdir().unwrap();
    let says = |args: &[&str]| error(&run(program(home.path()).args(args)));
    for (args, parts) in [
        (&["walk", "--data", "mnits"][..], &["mnits", "did you mean \"mnist\""][..]),
        (&["--data-dir", "/no/such/folder"], &["there is no folder /no/such/folder", "make it first"]),
        (&["walk", "--net", "lenett"], &["did you mean \"lenet\""]),
        (&["walk", "--optimizer", "sdg"], &["did you mean \"sgd\""]),
        (&["walk", "--lr", "0"], &["learning rate is 0", "--lr 0.1"]),
        (&["walk", "--lr", "-1"], &["learning rate is -1"]),
        (&["walk", "--lr", "NaN"], &["learning rate is NaN"]),
        (&["walk", "--batch", "5000"], &["5000", "1437"]),
        (&["walk", "--batch", "0"], &["batch is 0"]),
        (&["walk", "--steps", "0"], &["0 iterations"]),
        (&["walk", "--every", "0"], &["--every 10"]),
        (&["walk", "--momentum", "1.5"], &["momentum is 1.5"]),
        (&["walk", "--optimizer", "nesterov"], &["--momentum 0.9"]),
        (&["walk", "--schedule", "cosin"], &["is no schedule", "cosine"]),
        (&["walk", "--rho", "0.1"], &["--rho means nothing", "--optimizer sam"]),
        (&["walk", "--optimizer", "sam", "--rho", "-1"], &["radius ρ is -1", "--rho 0"]),
        (&["walk", "--optimizer", "sam", "--sam-norm", "0.5"], &["write 1 or more"]),
        (&["walk", "--optimizer", "sam", "--sam-shard", "0"], &["--sam-shard 1"]),
        (&["walk", "--optimizer", "sam", "--psam-until", "5"], &["--psam-until means nothing", "--optimizer psam"]),
        (&["walk", "--optimizer", "psam", "--psam-period", "0"], &["--psam-period 20"]),
        (&["walk", "--switch", "sgd:sma@0.5"], &["did you mean \"sam\""]),
        (&["walk", "--switch", "sam:sgd@0.5"], &["write sgd:sgd@50%"]),
        (&["walk", "--switch", "sgd:sam@500"], &["the run ends at 200"]),
        (&["walk", "--average", "ema:5"], &["swa:75%"]),
        (&["walk", "--probes", "slize"], &["did you mean \"slice\""]),
        (&["walk", "--train-count", "99999"], &["1437"]),
        (&["walk", "--data", "mnist"], &["valleyscope data fetch mnist"]),
        (&["walk", "--data", "cifar-10"], &["data_batch_1.bin", "valleyscope data fetch cifar-10"]),
        (&["walk", "--data", "/no/such/mine.safetensors"], &["/no/such/mine.safetensors: no such file", "cifar-100"]),
        (&["walk", "--labels", "/no/such/labels.txt"], &["/no/such/labels.txt"]),
        (&["walk", "--init", "/no/such/theta.safetensors"], &["/no/such/theta.safetensors"]),
        (&["walk", "--record", "/no/such/folder/run.valley"], &["/no/such/folder"]),
        (&["export", "/no/such.valley", "--csv", "/tmp"], &["/no/such.valley"]),
        (&["reproduce", "walk-gdd"], &["did you mean \"walk-gd\""]),
        (&["data", "fetch", "mnits"], &["did you mean \"mnist\""]),
        (&["wlak"], &["no file or command wlak", "valleyscope walk"]),
        (&["no-such.valley"], &["no file no-such.valley"]),
    ] {
        let text = says(args);
        for part in parts {
            assert!(text.contains(part), "{args:?}: {text}");
        }
    }
}

#[test]
fn devices_and_lists_name_what_there_is() {
    let home = tempfile::tempdir().unwrap();
    let out = run(program(home.path()).arg("devices"));
    assert!(String::from_utf8_lossy(&out.stdout).contains("CPU ("));
    let out = run(program(home.path()).args(["devices", "--json"]));
    assert_eq!(lines(&out).iter().filter(|d| d["auto"] == true).count(), 1);
    let out = run(program(home.path()).args(["data", "list"]));
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    for name in ["digits", "mnist", "fashion-mnist", "cifar-10", "cifar-100", "moons", "spirals", "separable"] {
        assert!(text.contains(name), "{text}");
    }
    let out = run(program(home.path()).args(["reproduce", "--list"]));
    assert!(String::from_utf8_lossy(&out.stdout).contains("walk-isotropic"));
}

/// kill -9 loses at most the last second, and the file opens.
#[test]
fn a_killed_walk_leaves_a_file_that_opens() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("killed.valley");
    let mut child = program(home.path())
        .args(["walk", "--steps", "10000000", "--record"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = std::time::Instant::now();
    let rows = |file: &Path| {
        let reader = valleyscope::runfile::Reader::open(file).ok()?;
        reader.last_step().ok().flatten()
    };
    while rows(&file).is_none_or(|t| t < 20) {
        assert!(begun.elapsed().as_secs() < 60, "the run does not get going");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    // A second process on the same file is refused while the first one lives.
    let second = run(program(home.path()).args(["walk", "--steps", "1", "--overwrite", "--record"]).arg(&file));
    assert!(error(&second).contains("another process"));
    let seen = rows(&file).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = rows(&file).unwrap();
    assert!(kept >= seen, "{kept} of {seen}");
    let reader = valleyscope::runfile::Reader::open(&file).unwrap();
    assert_eq!(reader.steps(0..u64::MAX).unwrap().len() as u64, kept + 1);
    assert!(reader.summary().unwrap().is_none());
    // And the name can be used again.
    assert!(
        run(program(home.path()).args(["walk", "--steps", "1", "--overwrite", "--record"]).arg(&file)).status.success()
    );
}

#[test]
#[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
fn a_walk_from_a_checkpoint_follows_pytorchs() {
    let home = tempfile::tempdir().unwrap();
    let fixtures = shared().join("fixtures");
    let out = run(program(home.path())
        .args([
            "walk",
            "--data",
            "mnist",
            "--train-count",
            "2000",
            "--test-count",
            "1000",
            "--net",
            "mlp:784-128-64-10",
        ])
        .args([
            "--optimizer",
            "sgd",
            "--lr",
            "0.05",
            "--batch",
            "20",
            "--order",
            "sequential",
            "--steps",
            "5",
            "--json",
        ])
        .arg("--data-dir")
        .arg(shared().join("data"))
        .arg("--init")
        .arg(fixtures.join("mlp_a.safetensors")));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let lines = lines(&out);
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(fixtures.join("expected.json")).unwrap()).unwrap();
    let want = expected["archs"]["mlp"]["results"]["eval"]["walk"]["steps"].as_array().unwrap().clone();
    for ((step, slice), want) in of(&lines, "step").into_iter().zip(of(&lines, "slice")).zip(&want) {
        let pairs = [("batch_loss", "minibatch_loss", 1e-5), ("grad_norm", "gradient_norm", 1e-4)];
        for (ours, theirs, tolerance) in pairs {
            assert!(close(step[ours].as_f64().unwrap(), want[theirs].as_f64().unwrap(), 5.0 * tolerance), "{step}");
        }
        for (a, b) in slice["loss"].as_array().unwrap().iter().zip(want["interpolated_train_loss"].as_array().unwrap())
        {
            assert!(close(a.as_f64().unwrap(), b.as_f64().unwrap(), 5e-5), "{slice}");
        }
    }
}
