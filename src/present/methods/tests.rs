//! Everything that decides a number is in the sentence.

use super::*;
use crate::{
    explore::{Limits, NoisePoint, Scaling, SpectrumPoint, Station, Subject},
    history::synthetic::manifest,
    optim::{AverageSpec, OptimizerKind},
    probe::{Change, NormMode, ProbeSpec},
    run::{Length, RunSpec},
    survey::{Axis, Grid},
};

fn about() -> About {
    About {
        net: "lenet".into(),
        network: "layers".into(),
        parameters: 61_706,
        data: "fashion-mnist".into(),
        pixels: "pixels in [0, 1]".into(),
        train_count: 60_000,
        test_count: 10_000,
        loss: "cross-entropy".into(),
        bn: Some("running statistics".into()),
        device: "CPU".into(),
        notes: vec![],
        limits: Limits::default(),
    }
}

/// What every measurement says.
const GROUND: [&str; 6] = [
    "lenet (61,706 parameters)",
    "cross-entropy loss",
    "60,000 training",
    "fashion-mnist (pixels in [0, 1])",
    "batch norm with running statistics",
    concat!("Valleyscope ", env!("CARGO_PKG_VERSION")),
];

fn says(sentence: &str, parts: &[&str]) {
    for part in parts {
        assert!(sentence.contains(part), "{part:?} is missing in: {sentence}");
    }
    assert!(sentence.ends_with('.') && !sentence.contains(".."), "{sentence}");
}

fn seeded(seed: u64) -> Subject {
    Subject { seed, ..Subject::default() }
}

#[test]
fn a_walk_says_how_it_was_trained() {
    let spec = RunSpec {
        lr: 0.25,
        seed: 7,
        batch: BatchSize::Of(64),
        length: Length::Steps(1500),
        probes: ProbeSpec { slice_every: 3, ..ProbeSpec::default() },
        norm_mode: NormMode::Running,
        average: "swa:75%".parse::<AverageSpec>().ok(),
        ..RunSpec::default()
    };
    let m = Manifest { spec, steps: 1500, buffers: 12, version: "0.0.9".into(), ..manifest(1500) };
    let changes = [ChangeRecord { t: 1200, change: Change::LearningRate { from: 0.25, to: 0.05 } }];
    let sentence = walk_methods(&[(&m, &changes)], Some((-0.2, 40.6)));
    says(
        &sentence,
        &[
            "mlp (109,386 parameters) trained with cross-entropy loss on 5000 images of digits (pixels in [0, 1])",
            "at ten points of one step in 3",
            "running statistics in measurements",
            "(Valleyscope 0.0.9): SGD at learning rate 0.25 (constant), batches of 64, seed 7, 1500 iterations",
            "iterates averaged",
            "learning rate 0.25 → 0.05 at iteration 1200",
            "Shown are iterations 0 to 40.",
        ],
    );
}

#[test]
fn walks_of_one_ground_say_it_once() {
    let (one, mut two) = (manifest(40), manifest(40));
    two.spec.optimizer.kind = OptimizerKind::Sam;
    two.spec.batch = BatchSize::Full;
    let sentence = walk_methods(&[(&one, &[]), (&two, &[])], None);
    assert_eq!(sentence.matches("trained with").count(), 1, "{sentence}");
    says(&sentence, &["SGD at learning rate 0.1", "; SAM", "all images in every step"]);
    two.train_count = 100;
    let sentence = walk_methods(&[(&one, &[]), (&two, &[])], None);
    assert_eq!(sentence.matches("trained with").count(), 2, "{sentence}");
    assert_eq!(walk_methods(&[], None), "");
}

#[test]
fn a_line_says_its_places_and_its_directions() {
    let between = LineRequest { a: "runs/a.pt".into(), b: Some("b.pt".into()), ..LineRequest::default() };
    let sentence = line_methods(&about(), &between, &[], (21, -0.5, 1.5));
    says(&sentence, &GROUND);
    says(
        &sentence,
        &["from a.pt (A) to b.pt (B), at 21 points with α from -0.5 to 1.5", "60,000 training and 10,000 test images"],
    );
    let random = LineRequest { b: None, random: Some(5), subject: seeded(3), test: false, ..between };
    let sentence = line_methods(&about(), &random, &[], (9, -1.0, 1.0));
    says(&sentence, &GROUND);
    says(&sentence, &["5 lines θ + α d through a.pt", "(seed 3, normalised filter by filter, zero for biases"]);
    assert!(!sentence.contains("test images"));
    let live = live_line_methods(&about(), &["SGD".into(), "SAM".into()], (2, 0.0, 1.0), false);
    says(&live, &["from SGD (A) to SAM (B), at 2 points"]);
}

#[test]
fn a_plane_says_where_it_lies() {
    let layout = Layout {
        title: "the plane".into(),
        a_label: "a".into(),
        b_label: "b".into(),
        grid: Grid::new(Axis::new(-1.0, 1.0, 25).unwrap(), Axis::new(0.0, 2.0, 13).unwrap()).unwrap(),
        norms: [1.0, 1.0],
        cosine: 0.0,
        explained: Some([0.8, 0.125]),
        eigen: vec![],
        is_path: true,
        places: vec![],
    };
    let scaling = Scaling { normalise: Normalisation::Layer, biases: Vectors::Keep };
    let random = PlaneRequest { files: vec!["a.pt".into()], subject: seeded(4), scaling, ..PlaneRequest::default() };
    let sentence = plane_methods(&about(), &random, &layout);
    says(&sentence, &GROUND);
    says(
        &sentence,
        &[
            "around a.pt along two Gaussian directions u and v (seed 4, normalised layer by layer, biases and",
            "25 × 13 points with a from -1 to 1 and b from 0 to 2",
        ],
    );
    let three = PlaneRequest { files: vec!["a".into(), "b".into(), "c".into()], ..PlaneRequest::default() };
    says(&plane_methods(&about(), &three, &layout), &["through a, b and c with orthonormal axes"]);
    let path = PlaneRequest { files: vec!["run.valley".into()], pca: true, test: true, ..PlaneRequest::default() };
    let sentence = plane_methods(&about(), &path, &layout);
    says(&sentence, &["principal components of run.valley", "80.0 % and 12.5 % of its variance", "10,000 test images"]);
}

#[test]
fn eigenvectors_are_told_with_their_numbers_and_how_they_were_found() {
    let eigen = EigenSpec { eigen: vec![1, -1], eigen_tolerance: 0.01, ..EigenSpec::default() };
    let one = Eigenvector { rank: 1, value: 12.5, residual: 0.03, is_found: true, products: 12_345 };
    let found = [one, Eigenvector { rank: -1, value: -0.25, residual: 0.5, is_found: false, ..one }];
    let told = [
        "eigenvectors of the Hessian of the mean training loss",
        "of length 1",
        "residuals below 0.01 of the largest |λ|, seed 4, 12,345 products",
        "eigenvector 1: λ = 12.5000, residual 0.0300; eigenvector -1: λ = -0.2500, residual 0.5000, not converged",
    ];
    let line = LineRequest { a: "a.pt".into(), eigen: eigen.clone(), subject: seeded(4), ..LineRequest::default() };
    let sentence = line_methods(&about(), &line, &found, (9, -1.0, 1.0));
    says(&sentence, &GROUND);
    says(&sentence, &told);
    says(&sentence, &["2 lines θ + α v through a.pt along"]);
    let side = Axis::new(-1.0, 1.0, 5).unwrap();
    let layout = Layout {
        title: "the plane".into(),
        a_label: "a".into(),
        b_label: "b".into(),
        grid: Grid::new(side, side).unwrap(),
        norms: [1.0, 1.0],
        cosine: 0.0,
        explained: None,
        eigen: found.into(),
        is_path: false,
        places: vec![],
    };
    let plane = PlaneRequest {
        files: vec!["a.pt".into()],
        eigen: eigen.clone(),
        subject: seeded(4),
        ..PlaneRequest::default()
    };
    says(&plane_methods(&about(), &plane, &layout), &told);
    let valley = ValleyRequest { checkpoint: "a.pt".into(), eigen, subject: seeded(4), ..ValleyRequest::default() };
    says(&valley_methods(&about(), &valley, &found), &told);
}

#[test]
fn a_valley_says_how_directions_are_judged() {
    let request = ValleyRequest {
        checkpoint: "w.pt".into(),
        others: vec!["v.pt".into()],
        subject: seeded(5),
        sharpness: vec!["0.01:100".parse().unwrap()],
        sam_gap: vec!["0.05:10".parse().unwrap()],
        ..ValleyRequest::default()
    };
    let sentence = valley_methods(&about(), &request, &[]);
    says(&sentence, &GROUND);
    says(
        &sentence,
        &[
            "Measured at w.pt",
            "20 Gaussian directions (seed 5, normalised filter by filter",
            "the directions to v.pt",
            "ζ = 0.25 and r = 0.5 (lengths of the direction) at 9 points on either side of the checkpoint, tolerance 0.02",
            "noise of deviation 0.01 from 100 draws",
            "a distance of 0.05 with 10 steps of ascent",
        ],
    );
    let nothing = ValleyRequest { directions: 0, checkpoint: "w.pt".into(), ..ValleyRequest::default() };
    says(&valley_methods(&about(), &nothing, &[]), &["Measured at w.pt: the loss; lenet"]);
}

#[test]
fn an_escape_table_says_its_methods_and_seeds() {
    let request =
        EscapeRequest { checkpoint: "w.pt".into(), subject: seeded(10), seeds: 5, ..EscapeRequest::default() };
    let sentence = escape_methods(&about(), &request, "from w.pt; η 0.1 constant, batch 32");
    says(&sentence, &GROUND);
    says(
        &sentence,
        &[
            "Escape times of SGD, SAM ρ 0.05, SAM ρ 0.2, SAM ρ 0.7 in 5 runs each",
            "(seeds 10 to 14 of the batch order), from w.pt; η 0.1 constant, batch 32: lenet",
        ],
    );
}

#[test]
fn spectra_and_noise_say_matrix_method_and_seed() {
    let station = |name: &str| Station { name: name.into(), path: name.into(), step: None };
    let series = |operator, names: &[&str]| SpectrumSeries {
        operator,
        batch: 64,
        parameters: 61_706,
        tolerance: 1e-4,
        points: names.iter().map(|name| SpectrumPoint::new(station(name))).collect(),
    };
    let one = SpectrumRequest { files: vec!["a.pt".into()], subject: seeded(3), ..SpectrumRequest::default() };
    let sentence = spectrum_methods(&about(), &one, &series(Operator::Hessian, &["a.pt"]));
    says(&sentence, &GROUND);
    says(
        &sentence,
        &["Of the Hessian of the training loss at a.pt", "10 largest and 1 smallest eigenvalues", "0.0001", "seed 3"],
    );
    assert!(!sentence.contains("XTrace") && !sentence.contains("density"), "{sentence}");
    let all = SpectrumRequest { files: vec!["run.valley".into()], trace: true, density: true, layers: true, ..one };
    let sentence = spectrum_methods(&about(), &all, &series(Operator::Sigma, &["0", "10"]));
    says(
        &sentence,
        &[
            "batches of 64 drawn with replacement",
            "2 checkpoints of run.valley",
            "XTrace",
            "6 random vectors of 60 steps",
            "layer",
        ],
    );
    let noise =
        NoiseRequest { files: vec!["a.pt".into(), "b.pt".into()], subject: seeded(4), ..NoiseRequest::default() };
    let point = |name: &&str| NoisePoint { station: station(name), report: None, is_done: false };
    let points = ["a.pt", "b.pt"].iter().map(point).collect();
    let series = NoiseSeries { batch: 20, leading: 5, parameters: 61_706, points };
    let sentence = noise_methods(&about(), &noise, &series);
    says(&sentence, &GROUND);
    says(
        &sentence,
        &[
            "batches of 20 drawn with replacement",
            "at a.pt and b.pt",
            "5 leading eigenvectors",
            "200 products",
            "seed 4",
        ],
    );
}
