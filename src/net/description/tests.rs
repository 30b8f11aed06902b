use crate::net::Network;

const MANUAL: &str = include_str!("../../../docs/networks.md");
const CIFAR: [usize; 3] = [3, 32, 32];

/// The TOML examples of the manual.
fn examples() -> Vec<&'static str> {
    MANUAL.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(example, _)| example).collect()
}

fn tensors(network: &Network) -> Vec<(String, Vec<usize>)> {
    let params = network.layout().params().iter().chain(network.buffers().params());
    params.map(|p| (p.name.clone(), p.shape.clone())).collect()
}

#[test]
fn the_manual_s_small_cnn_is_what_it_says() {
    let network = Network::build(examples()[0], CIFAR, 10).unwrap();
    let names: Vec<String> = network.layout().params().iter().map(|p| p.name.clone()).collect();
    let expected =
        ["conv1.weight", "bn1.weight", "bn1.bias", "conv2.weight", "bn2.weight", "bn2.bias", "fc.weight", "fc.bias"];
    assert_eq!(names, expected);
    assert_eq!(network.layout().len(), 432 + 32 + 4608 + 64 + 330);
    assert_eq!(
        network.describe(),
        "a small CNN: conv 3→16 3×3 padding 1 | batch norm 16 | relu | max pool 2×2 | conv 16→32 3×3 padding 1 | \
         batch norm 32 | relu | average pool 16×16 | flatten | linear 32→10"
    );
    // It fits another number of classes, but not other images.
    assert_eq!(Network::build(examples()[0], CIFAR, 100).unwrap().classes(), 100);
    let error = Network::build(examples()[0], [1, 28, 28], 10).unwrap_err().to_string();
    let expected = "network (TOML description): line 2: the network takes 3×32×32, the data has 1×28×28; \
                    choose other data or change input";
    assert_eq!(error, expected);
}

/// Names, shapes and layers of the second example are those of the built-in network.
#[test]
fn the_manual_s_resnet_is_resnet8() {
    let described = Network::build(examples()[2], CIFAR, 10).unwrap();
    let known = Network::build("resnet8", CIFAR, 10).unwrap();
    assert_eq!(tensors(&described), tensors(&known));
    assert_eq!((described.graph(), described.layout()), (known.graph(), known.layout()));
    assert_eq!(examples().len(), 3);
}

#[test]
fn the_manual_s_mixer_has_the_parameters_of_its_parts() {
    let network = Network::build(examples()[1], [1, 28, 28], 10).unwrap();
    let block = 2 * 128 + (49 * 32 + 32) + (32 * 49 + 49) + (64 * 128 + 128) + (128 * 64 + 64);
    assert_eq!(network.layout().len(), (16 * 64 + 64) + 4 * block + (64 * 10 + 10));
    assert_eq!(network.layout().params()[2].name, "block.0.norm1.weight");
}

#[test]
fn repeats_and_groups_make_a_resnet20() {
    let stage = |n: usize, width: usize| {
        let conv = |stride: usize, name| {
            format!(
                "{{ conv = {width}, kernel = 3, stride = {stride}, padding = 1, bias = false, name = \"{name}\" }},"
            )
        };
        let body = |stride| {
            format!(
                "body = [{} {{ batchnorm = true, name = \"bn1\" }}, \"relu\", {} {{ batchnorm = true, name = \"bn2\" }}]",
                conv(stride, "conv1"),
                conv(1, "conv2")
            )
        };
        let (quarter, plain) = (width / 4, body(1));
        let blocks = |times, from| {
            format!(
                "{{ name = \"layer{n}\", repeat = {times}, from = {from}, layers = [{{ name = \"\", {plain} }}, \"relu\"] }}"
            )
        };
        if n == 1 {
            blocks(3, 0)
        } else {
            let shortcut = format!("shortcut = [{{ subsample = 2 }}, {{ pad = [{quarter}, {quarter}] }}]");
            format!("{{ name = \"layer{n}.0\", {}, {shortcut} }}, \"relu\", {}", body(2), blocks(2, 1))
        }
    };
    let text = format!(
        "layers = [{{ name = \"conv1\", conv = 16, kernel = 3, padding = 1, bias = false }}, \
         {{ name = \"bn1\", batchnorm = true }}, \"relu\", {}, {}, {}, \"globalavg\", \
         {{ name = \"fc\", linear = 10 }}]",
        stage(1, 16),
        stage(2, 32),
        stage(3, 64)
    );
    let described = Network::build(&text, CIFAR, 10).unwrap();
    let known = Network::build("resnet20", CIFAR, 10).unwrap();
    assert_eq!(tensors(&described), tensors(&known));
    assert_eq!(described.graph(), known.graph());
}

#[test]
fn layers_without_a_name_are_called_by_their_place() {
    let text = "
        [[layers]]
        conv = 4
        kernel = 3
        stride = 2
        repeat = 2
        [[layers]]
        relu = true
        [[layers]]
        name = \"head\"
        layers = [\"flatten linear(7)\", { tanh = true }, { linear = 10, bias = false }]
    ";
    let network = Network::build(text, [1, 28, 28], 10).unwrap();
    let names: Vec<&str> = network.layout().params().iter().map(|p| p.name.as_str()).collect();
    let expected = ["0.weight", "0.bias", "1.weight", "1.bias", "head.1.weight", "head.1.bias", "head.3.weight"];
    assert_eq!(names, expected);
    assert_eq!(
        network.describe(),
        "conv 1→4 3×3 stride 2 | conv 4→4 3×3 stride 2 | relu | flatten | linear 144→7 | tanh | linear 7→10"
    );
    // The same layers in one line have the same numbers.
    let line =
        Network::build("conv(4,3,2) conv(4,3,2) relu flatten linear(7) tanh linear(10)", [1, 28, 28], 10).unwrap();
    assert_eq!(line.layout().len(), network.layout().len() + 10);
}

/// Where the text says what, and what to write instead.
#[test]
fn mistakes_have_a_line_and_a_remedy() {
    let one = |layer: &str| format!("layers = [\n  \"relu\",\n  {layer},\n  \"linear(10)\",\n]");
    let cases = [
        ("layers = [\n  \"linear(10)\"\n".into(), "line 2: unclosed array"),
        ("layers = 3".into(), "line 1: layers needs layers in square brackets"),
        ("name = \"x\"".into(), "it has no layers"),
        ("layers = []".into(), "end it with linear(10)"),
        ("\nlayer = []".into(), "line 2: unknown key of a description \"layer\"; did you mean \"layers\"?"),
        (one("{ cnov = 3, kernel = 3 }"), "line 3: unknown key of a layer \"cnov\"; did you mean \"conv\"?"),
        (one("{ conv = 3, kernle = 3 }"), "line 3: unknown key of a layer \"kernle\"; did you mean \"kernel\"?"),
        (one("{ conv = 3 }"), "line 3: conv needs its window"),
        (one("{ conv = 3, kernel = 99 }"), "line 3: conv(3,99) has a 99×99 window, larger than its 1×28×28 input"),
        (one("{ conv = \"3\", kernel = 3 }"), "line 3: conv needs a whole number"),
        (one("{ conv = -3, kernel = 3 }"), "line 3: conv needs a whole number"),
        (one("{ conv = 3, kernel = 3, bias = 0 }"), "line 3: bias is true or false"),
        (one("{ conv = 3, linear = 3, kernel = 3 }"), "line 3: conv and linear in one layer"),
        (
            one("{ linear = 3, kernel = 3 }"),
            "line 3: unknown key of linear \"kernel\" (known: linear, bias, over, name,",
        ),
        (one("{ name = \"x\" }"), "line 3: the layer does not say what it is"),
        (one("{ conv = 3, kernel = 3, name = \"\" }"), "line 3: an empty name"),
        (one("{ relu = false }"), "line 3: write relu = true, or \"relu\""),
        (one("{ relu = true, repeat = 0 }"), "line 3: repeat is 0"),
        (one("{ relu = true, from = 1 }"), "line 3: from numbers the layers of a repeat"),
        (one("{ relu = true, repeat = 2, from = 1 }"), "line 3: from numbers a name"),
        (one("{ relu = true, repeat = 99999999999 }"), "line 3: more than 5000 layers"),
        (one("{ pad = [1] }"), "line 3: pad takes two numbers"),
        (one("{ pad = 1 }"), "line 3: pad needs whole numbers"),
        (one("\"rellu\""), "line 3: unknown layer \"rellu\"; did you mean \"relu\"?"),
        (one("\"pool(99)\""), "line 3: pool(99) has a 99×99 window"),
        (one("3"), "line 3: a layer is a text"),
        (one("{ linear = 5, name = \"3\" }"), ""),
        (one("{ linear = 5, name = \"2\" }"), "line 4: a second layer is called 2"),
        (one("{ body = [{ pool = 2 }] }"), "line 3: a residual block adds 1×14×14 from its body to 1×28×28"),
        (one("{ body = [\n\n    { pool = 99 }] }"), "line 5: pool(99) has"),
        (one("{ body = { pool = 2 } }"), "line 3: body needs layers in square brackets"),
        (one("{ flatten = true }, \"pool(2)\""), "line 3: pool(2) needs an image"),
    ];
    for (text, part) in cases {
        match Network::build(&text, [1, 28, 28], 10) {
            Ok(_) => assert!(part.is_empty(), "{text} was built"),
            Err(error) => {
                let error = error.to_string();
                assert!(!part.is_empty() && error.contains(part), "{text}\n{error}");
                assert!(error.starts_with("network (TOML description): "), "{error}");
            }
        }
    }
}

/// Groups in groups cannot make more layers than a machine has memory for.
#[test]
fn nested_repeats_are_limited() {
    let mut text = "\"relu\"".to_string();
    for _ in 0..20 {
        text = format!("{{ repeat = 1000, layers = [{text}] }}");
    }
    let error = Network::build(&format!("layers = [{text}, \"linear(10)\"]"), [1, 8, 8], 10).unwrap_err();
    assert!(error.to_string().contains("more than 5000 layers"), "{error}");
}
