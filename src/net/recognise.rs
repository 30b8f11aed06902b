//! Which network a checkpoint holds, from the names and shapes of its tensors.

use super::{
    arch::{self, Guess},
    network::Network,
    shapes::Shapes,
};
use crate::suggest;

/// A network that has exactly the tensors of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// What [`Network::build`] takes: a name or, for a chain of linear layers with names of its own, a TOML description.
    pub net: String,
    /// `[C, H, W]` of one example; H and W are those of CIFAR where a network takes any.
    pub input: [usize; 3],
    /// Outputs.
    pub classes: usize,
    /// What had to be assumed because names and shapes do not tell, in words.
    pub assumes: Option<&'static str>,
}

/// A checkpoint that fits no known network, and the one it comes nearest to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unrecognised(String);

const REMEDY: &str = "describe the network in a TOML file and give that as the network (--net FILE.toml)";

/// Finds the network whose parameters, and running statistics if there are any, are `tensors` by name and shape.
///
/// The order of the list does not matter; batch norm's `num_batches_tracked` is passed over. With `data`, the shape of
/// one example, a network that takes it is preferred.
///
/// # Errors
/// The nearest network and what is different, in words.
pub fn recognise(tensors: &[(String, Vec<usize>)], data: Option<[usize; 3]>) -> Result<Recognised, Unrecognised> {
    let shapes = Shapes::new(tensors);
    let mut nearest: Option<(String, Comparison)> = None;
    for Guess { arch, input, classes } in arch::guesses(&shapes) {
        let net = arch.to_string();
        for input in data.into_iter().chain([input]) {
            let Ok(network) = Network::build(&net, input, classes) else { continue };
            let comparison = Comparison::new(&network, &shapes);
            if comparison.is_exact() {
                return Ok(Recognised { net, input, classes, assumes: arch.assumes() });
            }
            if nearest.as_ref().is_none_or(|(_, best)| comparison.likeness() > best.likeness()) {
                nearest = Some((net.clone(), comparison));
            }
        }
    }
    Err(Unrecognised(match nearest {
        _ if shapes.len() == 0 => "the checkpoint holds no tensors; choose another file".into(),
        Some((net, comparison)) if comparison.likeness() >= 0.5 => {
            format!("it is close to {net}: {}; {REMEDY}", comparison.words())
        }
        _ => format!("{} no known network; {REMEDY}", inventory(&shapes)),
    }))
}

/// What a network and a checkpoint have in common, and what not.
struct Comparison {
    /// Tensors of equal name and shape.
    equal: usize,
    /// In the network only.
    missing: Vec<String>,
    /// Name, shape in the network, shape in the checkpoint.
    reshaped: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// In the checkpoint only.
    extra: Vec<String>,
}

impl Comparison {
    fn new(network: &Network, shapes: &Shapes<'_>) -> Comparison {
        let buffers = network.buffers().params();
        // A file of parameters alone is whole, too; one with some of the running statistics is not.
        let with_buffers = buffers.iter().any(|b| shapes.get(&b.name).is_some());
        let needed = network.layout().params().iter().chain(buffers.iter().filter(|_| with_buffers));
        let mut c = Comparison { equal: 0, missing: Vec::new(), reshaped: Vec::new(), extra: Vec::new() };
        let mut known = std::collections::BTreeSet::new();
        for tensor in needed {
            known.insert(tensor.name.as_str());
            match shapes.get(&tensor.name) {
                None => c.missing.push(tensor.name.clone()),
                Some(shape) if shape == tensor.shape => c.equal += 1,
                Some(shape) => c.reshaped.push((tensor.name.clone(), tensor.shape.clone(), shape.to_vec())),
            }
        }
        let extra = |name: &&str| !known.contains(name) && !name.ends_with("num_batches_tracked");
        c.extra = shapes.names().filter(extra).map(String::from).collect();
        c
    }

    fn is_exact(&self) -> bool {
        self.equal > 0 && self.differences() == 0
    }

    fn differences(&self) -> usize {
        self.missing.len() + self.reshaped.len() + self.extra.len()
    }

    /// 1 for the same tensors, 0 for none in common; another shape counts half.
    fn likeness(&self) -> f64 {
        let common = self.equal as f64 + self.reshaped.len() as f64 / 2.0;
        common / (self.equal + self.differences()) as f64
    }

    /// The most telling difference, and how many more there are.
    fn words(&self) -> String {
        let mut told = 1;
        let first = match (self.missing.first(), self.reshaped.first(), self.extra.first()) {
            (Some(name), _, Some(extra)) => {
                told = 2;
                let near = suggest::closest(name, self.extra.iter().map(String::as_str)).unwrap_or(extra);
                format!("{name} is missing, it has {near} instead")
            }
            (Some(name), _, None) => format!("{name} is missing"),
            (None, Some((name, expected, found)), _) => {
                format!("{name} is {} there and {} here", by(expected), by(found))
            }
            (None, None, Some(extra)) => format!("{extra} is more than that network has"),
            (None, None, None) => "nothing is different".into(),
        };
        match self.differences() - told.min(self.differences()) {
            0 => first,
            1 => format!("{first} (and 1 more difference)"),
            n => format!("{first} (and {n} more differences)"),
        }
    }
}

/// `64×3×3×3`
fn by(shape: &[usize]) -> String {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    if sizes.is_empty() { "a single number".into() } else { sizes.join("×") }
}

/// The first tensors of the checkpoint and the number of all.
fn inventory(shapes: &Shapes<'_>) -> String {
    let order = shapes.orders().into_iter().next().unwrap_or_default();
    let listed: Vec<String> = order.iter().take(3).map(|(name, shape)| format!("{name} {}", by(shape))).collect();
    match shapes.len() {
        1 => format!("its one tensor ({}) fits", listed.join(", ")),
        n if n <= listed.len() => format!("its {n} tensors ({}) fit", listed.join(", ")),
        n => format!("its {n} tensors ({}, …) fit", listed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};

    use super::*;

    const CIFAR: [usize; 3] = [3, 32, 32];

    type List = Vec<(String, Vec<usize>)>;

    /// What PyTorch would save, in alphabetical order as safetensors keeps it.
    fn saved(net: &str, input: [usize; 3], classes: usize) -> List {
        let network = Network::build(net, input, classes).unwrap();
        let mut list = List::new();
        for p in network.layout().params().iter().chain(network.buffers().params()) {
            list.push((p.name.clone(), p.shape.clone()));
            if let Some(norm) = p.name.strip_suffix("running_mean") {
                list.push((format!("{norm}num_batches_tracked"), vec![]));
            }
        }
        list.sort();
        list
    }

    #[test]
    fn every_architecture_is_recognised_by_its_tensors() {
        for (net, input, classes) in [
            ("lenet", [1, 28, 28], 10),
            ("resnet8", CIFAR, 10),
            ("resnet20", CIFAR, 100),
            ("resnet56", CIFAR, 10),
            ("resnet50:16", CIFAR, 10),
            ("resnet20:8", CIFAR, 7),
            ("resnet20:linear", CIFAR, 10),
            ("resnet18", CIFAR, 10),
            ("resnet18:32,fc,downsample", CIFAR, 100),
            ("resnet18:fc,downsample,imagenet", [3, 224, 224], 1000),
            ("resnet18:16,fc,imagenet", [1, 224, 224], 7),
            ("vgg11", CIFAR, 10),
            ("vgg11-bn", CIFAR, 10),
            ("vgg11-bn:8", CIFAR, 3),
            ("preactresnet164", CIFAR, 100),
            ("preactresnet20:4", CIFAR, 10),
            ("wrn28-10", CIFAR, 10),
            ("wrn10-1", [1, 32, 32], 10),
            ("pyramidnet110", CIFAR, 100),
            ("pyramidnet110:48", CIFAR, 10),
            ("mlp:784-128-64-10", [1, 28, 28], 10),
            ("mlp:3072-40-5", CIFAR, 5),
        ] {
            let found = recognise(&saved(net, input, classes), None).unwrap();
            assert_eq!((found.net.as_str(), found.input, found.classes), (net, input, classes));
            assert_eq!(found.assumes.is_some(), net.starts_with("mlp"), "{net}");
        }
    }

    #[test]
    fn the_shape_of_the_data_is_preferred() {
        let found = recognise(&saved("resnet8", CIFAR, 10), Some([3, 48, 48])).unwrap();
        assert_eq!((found.net.as_str(), found.input), ("resnet8", [3, 48, 48]));
        let found = recognise(&saved("mlp:64-10", [1, 8, 8], 10), Some([4, 4, 4])).unwrap();
        assert_eq!((found.net.as_str(), found.input), ("mlp:64-10", [4, 4, 4]));
        // A network that cannot take the data is recognised all the same.
        let found = recognise(&saved("resnet8", CIFAR, 10), Some([1, 28, 28])).unwrap();
        assert_eq!(found.input, CIFAR);
    }

    #[test]
    fn parameters_alone_are_enough() {
        let mut list = saved("resnet8", CIFAR, 10);
        list.retain(|(name, _)| !name.contains("running") && !name.contains("tracked"));
        assert_eq!(recognise(&list, None).unwrap().net, "resnet8");
    }

    /// The description that is given for a chain builds exactly the layers of the file.
    #[test]
    fn a_chain_of_other_names_becomes_a_description() {
        let list =
            |names: &[(&str, &[usize])]| names.iter().map(|(n, s)| (n.to_string(), s.to_vec())).collect::<Vec<_>>();
        let tensors = list(&[
            ("fc1.weight", &[20, 12]),
            ("fc1.bias", &[20]),
            ("fc10.weight", &[5, 7]),
            ("fc2.weight", &[7, 20]),
            ("fc2.bias", &[7]),
        ]);
        let found = recognise(&tensors, Some([3, 2, 2])).unwrap();
        let network = Network::build(&found.net, found.input, found.classes).unwrap();
        let built: Vec<_> = network.layout().params().iter().map(|p| (p.name.clone(), p.shape.clone())).collect();
        assert_eq!((&built[0], &built[4]), (&tensors[0], &tensors[2]));
        assert_eq!((built.len(), found.input, found.classes), (5, [3, 2, 2], 5));
        assert_eq!(network.describe(), "flatten | linear 12→20 | relu | linear 20→7 | relu | linear 7→5");
        // Two layers that do not fit one after the other.
        let error = recognise(&list(&[("a.weight", &[3, 4]), ("b.weight", &[5, 6])]), None).unwrap_err().to_string();
        assert!(error.starts_with("its 2 tensors (a.weight 3×4, b.weight 5×6) fit no known network"), "{error}");
    }

    #[test]
    fn the_nearest_miss_is_told() {
        let says = |list: &[(String, Vec<usize>)]| recognise(list, None).unwrap_err().to_string();
        let with = |net: &str, change: &dyn Fn(&mut List)| {
            let mut list = saved(net, CIFAR, 10);
            change(&mut list);
            says(&list)
        };
        let renamed = with("resnet20", &|list| {
            for (name, _) in list {
                *name = name.replace("layer3.2.", "layer3.3.");
            }
        });
        assert!(
            renamed
                .starts_with("it is close to resnet20: layer3.2.conv1.weight is missing, it has layer3.3.conv1.weight"),
            "{renamed}"
        );
        assert!(renamed.contains("(and 18 more differences); describe the network in a TOML file"), "{renamed}");
        let wider = with("resnet8", &|list| {
            for (name, shape) in list {
                if name == "layer1.0.bn1.bias" {
                    shape[0] = 17;
                }
            }
        });
        assert!(wider.contains("close to resnet8: layer1.0.bn1.bias is 16 there and 17 here; "), "{wider}");
        let more = with("vgg11", &|list| list.push(("scale".into(), vec![])));
        assert!(more.contains("close to vgg11: scale is more than that network has;"), "{more}");
        let less = with("wrn10-2", &|list| list.retain(|(n, _)| n != "bn1.running_var"));
        assert!(less.contains("close to wrn10-2: bn1.running_var is missing;"), "{less}");
        assert_eq!(says(&[]), "the checkpoint holds no tensors; choose another file");
        let one = says(&[("x".into(), vec![2])]);
        assert!(one.starts_with("its one tensor (x 2) fits no known network"), "{one}");
    }

    /// Whatever a file says, there is an answer.
    #[test]
    fn any_list_has_an_answer() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let sizes = [0, 1, 3, 16, 1 << 20, 1 << 32, usize::MAX];
        for net in
            ["resnet8", "resnet18:4", "vgg11-bn:2", "preactresnet11:2", "wrn10-1", "pyramidnet8:12", "lenet", "mlp"]
        {
            let list = saved(net, CIFAR, 10);
            for _ in 0..150 {
                let mut list = list.clone();
                for _ in 0..rng.random_range(1..6) {
                    let i = rng.random_range(0..list.len());
                    match rng.random_range(0..4) {
                        0 => _ = list.remove(i),
                        1 => list[i].0 = list[i].0.replace('0', "9999999999999999999999"),
                        2 => list[i].1.iter_mut().for_each(|n| *n = sizes[rng.random_range(0..sizes.len())]),
                        _ => list[i].1.truncate(1),
                    }
                }
                // Only a change that is passed over leaves the network what it was.
                if let Ok(found) = recognise(&list, Some([1, 28, 28])) {
                    assert!(Network::build(&found.net, found.input, found.classes).is_ok(), "{net}");
                }
            }
        }
    }
}
