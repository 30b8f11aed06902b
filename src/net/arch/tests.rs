//! Against PyTorch: parameter counts, state_dict keys and shapes, and outputs of small relatives in float64.

use sha2::{Digest as _, Sha256};

use crate::net::{Host, HostAct, NAMES, Network, ParamKind, Parts, Statistics};

const CIFAR: [usize; 3] = [3, 32, 32];

fn build(net: &str, input: [usize; 3], classes: usize) -> Network {
    Network::build(net, input, classes).unwrap_or_else(|e| panic!("{e}"))
}

/// Parameters and running statistics.
#[test]
fn counts_are_exact() {
    for (net, classes, parameters, statistics) in [
        ("resnet8", 10, 75_290, 480),
        ("resnet20", 10, 269_722, 1_376),
        ("resnet56", 10, 853_018, 4_064),
        ("resnet20", 100, 275_572, 1_376),
        ("resnet18", 10, 11_173_962, 9_600),
        ("resnet18", 100, 11_220_132, 9_600),
        ("vgg11", 10, 9_750_922, 0),
        ("vgg11-bn", 10, 9_756_426, 5_504),
        ("vgg11", 100, 9_797_092, 0),
        ("preactresnet164", 10, 1_703_258, 24_224),
        ("preactresnet164", 100, 1_726_388, 24_224),
        ("wrn28-10", 10, 36_479_194, 17_952),
        ("wrn28-10", 100, 36_536_884, 17_952),
        ("pyramidnet110", 10, 28_485_477, 49_798),
        ("pyramidnet110", 100, 28_511_307, 49_798),
        ("pyramidnet110:48", 10, 1_772_706, 13_168),
        ("pyramidnet110:84", 10, 3_904_446, 19_108),
        ("pyramidnet20:27", 10, 160_479, 1_738),
        ("wrn16-4", 10, 2_748_890, 3_616),
    ] {
        let network = build(net, CIFAR, classes);
        assert_eq!((network.layout().len(), network.buffers().len()), (parameters, statistics), "{net}");
    }
    let gray = build("resnet8:4", [1, 28, 28], 10);
    assert_eq!(gray.layout().len(), 4934);
}

/// SHA-256 of a line per parameter, name and sizes with spaces between, in state_dict order.
#[test]
fn names_shapes_and_order_are_those_of_the_state_dict() {
    for (net, digest) in [
        ("resnet8", "f6be3b018fb95146"),
        ("resnet20", "53b963ded69973cb"),
        ("resnet56", "f96783eeeca5f573"),
        ("resnet18", "59c1d9410fb79800"),
        ("vgg11", "01240000904719cc"),
        ("vgg11-bn", "2a77bbfd76551628"),
        ("preactresnet164", "b278576bd61107ed"),
        ("wrn28-10", "9a7c0658235aea19"),
        ("pyramidnet110", "ada3aae06eae7a32"),
        ("pyramidnet110:48", "84a276475c18349c"),
        ("pyramidnet110:84", "f27cc65bdcb99f53"),
        ("pyramidnet20:27", "94efeca651618a5d"),
        ("wrn16-4", "04a6a223f9a8d10b"),
    ] {
        let network = build(net, CIFAR, 10);
        let mut text = String::new();
        for p in network.layout().params() {
            text += &p.name;
            p.shape.iter().for_each(|n| text += &format!(" {n}"));
            text += "\n";
        }
        let hash: String = Sha256::digest(&text).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, digest, "{net}:\n{text}");
        // Buffers come in the order of the norms: mean, then variance.
        let norms =
            network.layout().params().iter().filter(|p| p.kind == ParamKind::Norm && p.name.ends_with("weight"));
        let expected: Vec<String> =
            norms.flat_map(|p| ["running_mean", "running_var"].map(|s| p.name.replace("weight", s))).collect();
        let buffers: Vec<&str> = network.buffers().params().iter().map(|p| p.name.as_str()).collect();
        assert_eq!(buffers, expected, "{net}");
    }
}

/// θ and running statistics by formulas that the PyTorch side computes, too: sines of the index, scaled by the fan-in.
fn formula(network: &Network) -> (Vec<f32>, Vec<f32>) {
    let wave = |i: usize, phase: f64| (0.37 * i as f64 + phase).sin();
    let mut theta = Vec::new();
    for p in network.layout().params() {
        let fan_in: usize = p.shape[1..].iter().product();
        theta.extend(p.range().map(|i| match p.kind {
            ParamKind::Weight => wave(i, 2.0) * (3.0 / fan_in as f64).sqrt(),
            ParamKind::Bias => wave(i, 2.0) * 0.1,
            ParamKind::Norm => f64::from(u8::from(p.name.ends_with("weight"))) + 0.3 * wave(i, 1.0),
        } as f32));
    }
    let mut buffers = Vec::new();
    for p in network.buffers().params() {
        let mean = p.name.ends_with("mean");
        buffers.extend(
            p.range().map(|i| if mean { 0.1 * wave(i, 3.0) } else { 1.0 + 0.5 * wave(i, 4.0) }).map(|x| x as f32),
        );
    }
    (theta, buffers)
}

/// Name, side of the images, outputs with running statistics of the first of four images, with those of the batch of the
/// last; PyTorch 2, float64, from the same formulas.
const OUTPUTS: [(&str, usize, [f64; 5], [f64; 5]); 9] = [
    (
        "resnet8:4",
        8,
        [0.83711433, 1.04684427, 1.12036460, 1.04794061, 0.83884797],
        [0.90149049, 1.05159275, 1.06486598, 0.93943519, 0.69149139],
    ),
    (
        "resnet14:4",
        9,
        [27.22710364, 28.07307728, 25.25695417, 19.14623870, 10.53818905],
        [2.76912900, 3.24038934, 3.28922738, 2.90938378, 2.15046697],
    ),
    (
        "resnet18:3",
        8,
        [12.86654308, -25.37553999, 30.75775501, -27.13213931, 15.62357598],
        [0.00971515, -0.18892341, 0.53325909, -0.62021661, 0.49983192],
    ),
    (
        "preactresnet20:2",
        8,
        [4.43393818, -2.52985459, -8.25038418, -9.84286666, -6.50144539],
        [0.12075551, -0.82029157, -1.38109721, -1.28161201, -0.57011867],
    ),
    (
        "wrn16-1",
        8,
        [-72.44441364, 155.19529026, 109.10913803, -129.34937981, -139.41716733],
        [0.61801145, -0.54876437, -0.64069632, 0.54176381, 0.93009930],
    ),
    (
        "wrn10-2",
        9,
        [-7.30984959, 7.95508432, -8.24329162, 7.86107611, -7.35544082],
        [-0.28550565, 0.15117669, -0.09285544, -0.18362525, 0.13712869],
    ),
    (
        "pyramidnet14:9",
        8,
        [9.15518631, -9.58198072, 9.62938578, -9.59989766, 8.96161583],
        [1.17704705, -1.23022278, 1.15848394, -1.26795715, 1.02250852],
    ),
    (
        "vgg11:2",
        32,
        [-0.25841620, -0.27022868, -0.24717672, -0.19213473, -0.11211579],
        [-0.26759917, -0.27746676, -0.25152563, -0.19302710, -0.10943521],
    ),
    (
        "vgg11-bn:2",
        32,
        [3.46567784, 3.55882099, 3.18762423, 2.40069295, 1.30085316],
        [2.02516143, 1.74640422, 1.23975504, 0.57149051, -0.17104477],
    ),
];

#[test]
fn small_relatives_give_pytorch_s_outputs() {
    for (net, side, eval, train) in OUTPUTS {
        let network = build(net, [3, side, side], 5);
        let (theta, buffers) = formula(&network);
        let images: Vec<f32> = (0..4 * 3 * side * side).map(|i| (0.11 * i as f64 + 5.0).sin() as f32).collect();
        for (statistics, image, expected) in [(Statistics::Running, 0, eval), (Statistics::Batch, 3, train)] {
            let x = Parts::new([HostAct::images(&images, network.input())]);
            let mut host = Host::at(&network, &theta, &buffers, statistics);
            let out = network.forward(&mut host, x).into_outputs();
            let size = expected.iter().fold(0.0f64, |a, b| a.max(b.abs()));
            for (ours, theirs) in out[5 * image..].iter().zip(expected) {
                let off = (f64::from(*ours) - theirs).abs() / size;
                assert!(off < 1e-5, "{net}, {statistics:?}: {ours} instead of {theirs}");
            }
        }
    }
}

#[test]
fn every_name_is_built_and_says_what_it_is() {
    for net in NAMES {
        let classes = if net == "one-hidden" { 2 } else { 10 };
        assert!(build(net, CIFAR, classes).describe().len() < 250, "{net}");
    }
    let pyramid = build("pyramidnet110", CIFAR, 10).describe();
    assert!(pyramid.starts_with("PyramidNet-110, α = 270: ") && pyramid.contains("growing by 5 channels each to 286"));
    assert!(build("pyramidnet110:48", CIFAR, 10).describe().contains("growing by 0.89 channels each to 64"));
    assert!(build("resnet8", CIFAR, 10).describe().contains("3 stages of 1 basic block, 16, 32 and 64 channels"));
}

/// What is written is what was read, the usual numbers left out.
#[test]
fn texts_are_read_and_written() {
    for (text, written) in [
        ("mlp:3072-10", "mlp:3072-10"),
        ("resnet20", "resnet20"),
        ("resnet20:16", "resnet20"),
        ("resnet20:fc,8", "resnet20:8"),
        ("resnet110:linear", "resnet110:linear"),
        ("resnet50:16", "resnet50:16"),
        ("resnet18:linear", "resnet18"),
        ("resnet18:downsample,fc", "resnet18:fc,downsample"),
        ("vgg11:64", "vgg11"),
        ("vgg11-bn:8", "vgg11-bn:8"),
        ("preactresnet29:16", "preactresnet29"),
        ("wrn16-4", "wrn16-4"),
        ("pyramidnet20:270", "pyramidnet20"),
    ] {
        let arch = super::read(text).unwrap().unwrap();
        assert_eq!(arch.to_string(), written);
        assert_eq!(build(text, CIFAR, 10), build(written, CIFAR, 10));
    }
}

#[test]
fn mistakes_are_named() {
    for (net, input, part) in [
        ("resnet21", CIFAR, "its depth is 6n + 2, up to n = 200; write resnet20"),
        (
            "resnet50",
            CIFAR,
            "bottlenecks for ImageNet, which is not known here; the one for small images that is as deep is resnet50:16",
        ),
        ("resnet99999999", CIFAR, "write resnet1202"),
        ("resnet20:0", CIFAR, "0 is no width"),
        ("resnet20:9999999", CIFAR, "is no width"),
        ("resnet20:liner", CIFAR, "did you mean \"linear\""),
        ("resnet20:", CIFAR, "unknown option"),
        ("resnt20", CIFAR, "did you mean \"resnet20\""),
        ("vgg12", CIFAR, "did you mean \"vgg11\""),
        ("vgg11:fc", CIFAR, "\"fc\" after the colon is no number"),
        ("wrn28-10:4", CIFAR, "its width is the number after the hyphen"),
        ("wrn29-10", CIFAR, "write wrn28"),
        ("wrn28-0", CIFAR, "0 is no width"),
        ("preactresnet20:65536", CIFAR, ""),
        ("pyramidnet9", CIFAR, "write pyramidnet8"),
        ("lenet:3", CIFAR, "lenet has no other widths"),
        ("lenet", [3, 10, 10], "larger than its"),
        ("resnet20", [3, 32, 30], "it needs square images, the data has 32×30"),
        ("resnet20", [3, 5, 5], ""),
        ("pyramidnet110", [1, 30, 30], "it needs a side that is a multiple of 4, the data has 30×30"),
        ("vgg11", [1, 28, 28], "vgg11 needs images of 32×32, the data has 1×28×28"),
        ("mlp:5", CIFAR, "at least two widths"),
        ("mlp:3072-9", CIFAR, "ends in 9 outputs, the data has 10 classes"),
    ] {
        match Network::build(net, input, 10) {
            Ok(_) => assert!(part.is_empty(), "{net} was built"),
            Err(e) if part.is_empty() => assert!(e.to_string().contains("too large"), "{e}"),
            Err(e) => assert!(e.to_string().contains(part), "{net}: {e}"),
        }
    }
}
