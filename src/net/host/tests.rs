use burn::tensor::{Device, Tensor, TensorData, activation::log_softmax};

use super::{Between, Host, Passing};
use crate::net::{
    Act, HostAct, Network, POINTWISE, ParamKind, Parts, Primal, Statistics, Tensors,
    builder::Builder,
    init::Init,
    layer::ConvSpec,
    op::{Along, Local},
    state::State,
};

const STACKS: &[(&str, [usize; 3])] = &[
    ("linear(7) relu linear(10)", [1, 8, 8]),
    ("conv(4,3) pool(2) relu flatten linear(10)", [3, 11, 9]),
    ("conv(4,3,2,1) tanh avgpool(2) conv(5,2,1,1) sigmoid linear(10)", [2, 12, 12]),
    ("conv(6,5,3,2) softplus pool(3) linear(10)", [1, 28, 28]),
    ("conv(4,3,1,1) batchnorm relu conv(6,1) batchnorm tanh globalavg linear(10)", [3, 8, 8]),
    ("batchnorm conv(3,3,2,0) relu linear(10)", [2, 9, 9]),
    ("conv(8,1,2) batchnorm softplus pool(2) linear(10)", [2, 9, 8]),
    ("linear(7) relu linear(10)", [3, 4, 4]),
    ("pool(2) flatten linear(7) relu linear(10)", [3, 4, 4]),
    ("avgpool(2) linear(10)", [3, 4, 4]),
    ("tanh avgpool(3) flatten linear(10)", [2, 7, 9]),
    ("conv(4,3,1,1) relu pool(3,2,1) flatten linear(10)", [3, 9, 8]),
    ("pool(3,1,1) conv(4,3) avgpool(3,2,1) groupnorm(2) gelu linear(10)", [2, 9, 9]),
    ("linear(12) batchnorm silu linear(10)", [2, 3, 5]),
    ("linear(12) batchnorm relu linear(8) batchnorm linear(10)", [3, 4, 4]),
    ("layernorm conv(4,3) layernorm leakyrelu(0.2) linear(8) layernorm elu(0.7) groupnorm(4) linear(10)", [2, 6, 7]),
    ("conv(6,3) dropout(0.5) elu globalavg dropout linear(10)", [2, 5, 8]),
    (
        "layers = [{ conv = 6, kernel = 3, groups = 3, padding = 2, dilation = 2, bias = false }, \"relu\", \
         { conv = 12, kernel = 3, groups = \"channels\", stride = 2, padding = 1 }, \"leakyrelu\", \
         { conv = 4, kernel = 1, groups = 2 }, { linear = \"classes\", bias = false }]",
        [3, 9, 11],
    ),
    (MIXER, [3, 8, 12]),
    ("linear(8) relu fixedsum pair linear(10)", [2, 1, 1]),
    ("linear(4) tanh fixedsum clip(0.001) pair linear(6) tanh linear(10)", [2, 1, 1]),
    ("conv(4,3) tanh fixedsum pair linear(10)", [2, 5, 4]),
    ("conv(3,3) sigmoid clip(0.25) linear(6) tanh clip(0) linear(10)", [2, 6, 6]),
    // A window that hangs over both ends at once.
    ("layers = [{ conv = 3, kernel = 3, padding = 3, dilation = 3 }, \"linear(10)\"]", [2, 3, 2]),
];

/// Patches of 4×4, two rounds of mixing places and channels.
pub(super) const MIXER: &str = r#"layers = [
  { conv = 6, kernel = 4, stride = 4, name = "stem" },
  "tokens",
  { repeat = 2, name = "block", layers = [
    { body = [
      { layernorm = true, over = "channels", name = "norm1" }, "transpose",
      { linear = 5, over = "channels", name = "token1" }, "gelu", { linear = 6, over = "channels", name = "token2" },
      "transpose",
    ], name = "" },
    { body = [
      { layernorm = true, over = "channels", name = "norm2" },
      { linear = 8, over = "channels", bias = false, name = "channel1" }, "gelu", { linear = 6, over = "channels", name = "channel2" },
    ], name = "" },
  ] },
  "globalavg",
  { linear = "classes", name = "head" },
]"#;

pub(crate) fn images(n: usize, input: [usize; 3]) -> Vec<f32> {
    (0..n * input.iter().product::<usize>()).map(|i| ((i * 37 % 101) as f32 - 50.0) / 25.0).collect()
}

/// A point with γ and running statistics that are not those of a fresh network.
pub(crate) fn somewhere(network: &Network) -> State {
    let mut state = network.initial_state(3);
    state.theta.iter_mut().enumerate().for_each(|(i, x)| *x += ((i * 29 % 17) as f32 - 8.0) / 100.0);
    state.buffers.iter_mut().enumerate().for_each(|(i, x)| *x += (i * 31 % 13) as f32 / 20.0);
    state
}

pub(super) fn parts(values: &[f32], input: [usize; 3], of: usize) -> Parts {
    Parts::new(values.chunks(of * input.iter().product::<usize>()).map(|x| HostAct::images(x, input)))
}

fn tensor(values: &[f32], input: [usize; 3], device: &Device) -> Act {
    let n = values.len() / input.iter().product::<usize>();
    Act::Image(Tensor::from_data(TensorData::new(values.to_vec(), [n, input[0], input[1], input[2]]), device))
}

pub(crate) fn networks() -> Vec<Network> {
    let mut all: Vec<Network> = STACKS.iter().map(|(net, input)| Network::build(net, *input, 10).unwrap()).collect();
    for name in POINTWISE.iter().map(|f| f.name) {
        let net = format!("conv(3,3) {name} linear(6) {name} linear(10)");
        all.push(Network::build(&net, [2, 6, 6], 10).unwrap());
    }
    all.push(Network::residual_sample());
    let mut b = Builder::new([2, 6, 6]);
    b.conv("conv", ConvSpec::new(4, 3)).unwrap();
    let scales = b.parameter("scales".into(), vec![4], ParamKind::Norm, Init::Ones);
    b.local(Scaled, vec![scales]);
    b.relu();
    b.linear("fc", 10).unwrap();
    all.push(b.finish(10).unwrap());
    all
}

/// γ x for every channel: something with parameters that a layer could bring along.
#[derive(Debug)]
struct Scaled;

impl Local for Scaled {
    fn words(&self) -> String {
        "scaled".into()
    }

    fn on_host(&self, x: &HostAct, parameters: &[&[f32]]) -> HostAct {
        let mut y = x.clone();
        let size = y.data.len() / parameters[0].len();
        for (values, scale) in y.data.chunks_exact_mut(size).zip(parameters[0]) {
            values.iter_mut().for_each(|y| *y *= scale);
        }
        y
    }

    fn back(&self, _x: &HostAct, dy: &HostAct, parameters: &[&[f32]]) -> HostAct {
        self.on_host(dy, parameters)
    }

    fn parameter_gradients(&self, x: &HostAct, dy: &HostAct, parameters: &[&[f32]]) -> Vec<Vec<f64>> {
        let size = x.data.len() / parameters[0].len();
        let channels = x.data.chunks_exact(size).zip(dy.data.chunks_exact(size));
        let product = |(x, d): (&f32, &f32)| f64::from(*x) * f64::from(*d);
        vec![channels.map(|(x, dy)| x.iter().zip(dy).map(product).sum::<f64>()).collect()]
    }

    fn tangent(&self, along: &Along<'_>) -> HostAct {
        let mut dy = self.on_host(along.dx, along.parameters);
        dy.add(&self.on_host(along.x, along.changes));
        dy
    }

    fn back_tangent(&self, along: &Along<'_>, dy: &HostAct, ddy: &HostAct) -> HostAct {
        let mut change = self.on_host(ddy, along.parameters);
        change.add(&self.on_host(dy, along.changes));
        change
    }

    fn parameter_gradients_tangent(&self, along: &Along<'_>, dy: &HostAct, ddy: &HostAct) -> Vec<Vec<f64>> {
        let mut sums = self.parameter_gradients(along.x, ddy, along.parameters);
        let more = self.parameter_gradients(along.dx, dy, along.parameters);
        sums[0].iter_mut().zip(&more[0]).for_each(|(sum, more)| *sum += more);
        sums
    }

    fn on_tensors(&self, x: Act, parameters: &[&Tensor<1>]) -> Act {
        let x = x.image();
        let channels = x.dims()[1];
        Act::Image(x * parameters[0].clone().reshape([1, channels, 1, 1]))
    }
}

/// The host reading against Burn's tensors, layer by layer of every kind, in one part and in several.
#[test]
fn it_equals_the_primal_reading() {
    for network in networks() {
        let (state, input) = (somewhere(&network), network.input());
        let images = images(7, input);
        for statistics in [Statistics::Running, Statistics::Batch] {
            let device = Device::flex();
            let tensors = Tensors::new(&network, &state.theta, &state.buffers, &device);
            let mut reading = Primal::at(&tensors, statistics);
            let out = network.forward(&mut reading, tensor(&images, input, &device));
            let primal: Vec<f32> = out.flat().try_into_vec_as().unwrap();
            let seen = reading.take_statistics().unwrap();
            for size in [7, 3] {
                let mut host = Host::at(&network, &state.theta, &state.buffers, statistics);
                let out = network.forward(&mut host, parts(&images, input, size)).into_outputs();
                close(&out, &primal, 2e-6, &network.describe());
                let statistics_seen = host.take_statistics();
                close(&statistics_seen, &seen, 2e-6, &network.describe());
                // Part by part as far as one goes, to the bit.
                let mut passing = Passing::at(&network, &state.theta, &state.buffers, statistics);
                let again = network.forward(&mut passing, parts(&images, input, size).into()).into_outputs();
                assert_eq!((again, passing.take_statistics()), (out, statistics_seen), "{}", network.describe());
            }
            // And with the first product handed in.
            let whole = parts(&images, input, 3);
            let Some(product) = network.host_first_product(&state.theta, &whole) else { continue };
            let plain = Host::at(&network, &state.theta, &state.buffers, statistics);
            let mut shared = Host::at(&network, &state.theta, &state.buffers, statistics);
            let at = Between { weights: &[1.0], at: &state };
            let [head] = &network.host_heads(&[product], &[at]).unwrap()[..] else { panic!("one point, one value") };
            let again = network.forward_after_head(&mut shared, head.clone()).into_outputs();
            assert_eq!(again, network.forward(&mut { plain }, whole).into_outputs(), "{}", network.describe());
        }
    }
}

/// Gradients of the tape against Burn's autodiff, for every kind of layer and both kinds of statistics.
#[test]
fn its_gradient_equals_autodiff() {
    for network in networks() {
        let (state, input) = (somewhere(&network), network.input());
        let images = images(7, input);
        for statistics in [Statistics::Running, Statistics::Batch] {
            let device = Device::flex();
            let tensors = Tensors::tracked(&network, &state.theta, &state.buffers, &device);
            let x = tensor(&images, input, &device.clone().autodiff());
            let out = network.forward(&mut Primal::at(&tensors, statistics), x).flat();
            // The sum of the log-probabilities of class 3.
            let log = log_softmax(out, 1).slice([0..7, 3..4]).sum();
            let autodiff = tensors.gradient(&network, &mut log.backward()).unwrap();
            for size in [7, 3] {
                let mut host = Host::at(&network, &state.theta, &state.buffers, statistics).recording();
                let out = network.forward(&mut host, parts(&images, input, size)).into_outputs();
                let mut slope = Vec::new();
                for z in out.chunks_exact(10) {
                    let sum: f32 = z.iter().map(|z| z.exp()).sum();
                    slope.extend(z.iter().enumerate().map(|(j, z)| f32::from(u8::from(j == 3)) - z.exp() / sum));
                }
                let slopes = slope.chunks(size * 10).map(<[f32]>::to_vec).collect();
                let mut gradient = vec![0.0; network.layout().len()];
                host.into_tape().backward(&network, &state.theta, slopes, &mut gradient);
                let gradient: Vec<f32> = gradient.into_iter().map(|g| g as f32).collect();
                close(&gradient, &autodiff, 1e-5, &network.describe());
            }
        }
    }
}

/// Linear layers do not see how their numbers lay in an image.
#[test]
fn a_colour_image_has_the_gradient_of_its_numbers_in_a_row() {
    let images = images(5, [3, 8, 8]);
    let gradient = |input| {
        let network = Network::build("mlp:192-16-10", input, 10).unwrap();
        let state = somewhere(&network);
        let mut host = Host::at(&network, &state.theta, &state.buffers, Statistics::Running).recording();
        let out = network.forward(&mut host, parts(&images, input, 2)).into_outputs();
        // That of |z|²/2.
        let slopes = out.chunks(20).map(<[f32]>::to_vec).collect();
        let mut gradient = vec![0.0; network.layout().len()];
        host.into_tape().backward(&network, &state.theta, slopes, &mut gradient);
        gradient
    };
    let in_a_row = gradient([192, 1, 1]);
    assert!(in_a_row.iter().all(|g| g.is_finite()) && in_a_row.iter().any(|g| *g != 0.0));
    assert_eq!(gradient([3, 8, 8]), in_a_row);
}

fn close(ours: &[f32], theirs: &[f32], tolerance: f32, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let size = theirs.iter().fold(1.0f32, |a, b| a.max(b.abs()));
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() < tolerance * size, "{what}: {a} instead of {b} at {i}");
    }
}

#[test]
fn what_is_not_a_number_stays_so() {
    for net in
        ["conv(1,1) relu pool(2) linear(2)", "conv(1,1) batchnorm relu linear(2)", "conv(1,1) fixedsum clip(0.1) pair"]
    {
        let network = Network::build(net, [1, 2, 2], 2).unwrap();
        let state = network.initial_state(1);
        let x = parts(&[f32::NAN, 1.0, 1.0, 1.0], [1, 2, 2], 1);
        let mut host = Host::at(&network, &state.theta, &state.buffers, Statistics::Running);
        assert!(network.forward(&mut host, x).into_outputs().iter().all(|x| x.is_nan()));
    }
}

/// A variance that interpolation made negative is not hidden.
#[test]
fn a_negative_running_variance_gives_nan() {
    let network = Network::build("conv(1,1) batchnorm linear(2)", [1, 2, 2], 2).unwrap();
    let mut state = network.initial_state(1);
    state.buffers[1] = -0.5;
    let mut host = Host::at(&network, &state.theta, &state.buffers, Statistics::Running);
    let out = network.forward(&mut host, parts(&[1.0; 4], [1, 2, 2], 1)).into_outputs();
    assert!(out.iter().all(|x| x.is_nan()));
}
