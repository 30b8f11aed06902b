//! The primal reading: plain tensors, and gradients when the tensors are autodiff leaves.

use burn::tensor::{Device, Gradients, Tensor, TensorData};

use super::{
    act::Act,
    layout::ParamId,
    network::Network,
    op::{Affine, BatchNorm, Conv2d, LocalOp, Op, Statistics},
    reading::Reading,
};

/// One parameter tensor on the device.
#[derive(Clone, Debug)]
enum Leaf {
    Vector(Tensor<1>),
    Matrix(Tensor<2>),
    Kernel(Tensor<4>),
}

/// The tensors of one parameter point θ, on one device.
#[derive(Clone, Debug)]
pub struct Tensors {
    leaves: Vec<Leaf>,
    /// Running statistics of batch norm.
    buffers: Vec<Tensor<1>>,
}

impl Tensors {
    /// Cuts θ (length D) and the running statistics into the network's tensors and puts them on `device`.
    pub fn new(network: &Network, theta: &[f32], buffers: &[f32], device: &Device) -> Tensors {
        Tensors::cut(network, theta, buffers, device, false)
    }

    /// The same as autodiff leaves, one per tensor: slicing a single flat leaf would cost O(tensors × D) backwards.
    pub fn tracked(network: &Network, theta: &[f32], buffers: &[f32], device: &Device) -> Tensors {
        Tensors::cut(network, theta, buffers, &device.clone().autodiff(), true)
    }

    fn cut(network: &Network, theta: &[f32], buffers: &[f32], device: &Device, track: bool) -> Tensors {
        fn leaf<const D: usize>(values: &[f32], shape: [usize; D], device: &Device, track: bool) -> Tensor<D> {
            let x = Tensor::<D>::from_data(TensorData::new(values.to_vec(), shape), device);
            if track { x.require_grad() } else { x }
        }
        let leaves = network.layout().params().iter().map(|p| {
            let values = &theta[p.range()];
            match *p.shape.as_slice() {
                [a] => Leaf::Vector(leaf(values, [a], device, track)),
                [a, b] => Leaf::Matrix(leaf(values, [a, b], device, track)),
                [a, b, c, d] => Leaf::Kernel(leaf(values, [a, b, c, d], device, track)),
                // What a layer of its own has, it gets as numbers in a row.
                _ => Leaf::Vector(leaf(values, [p.count()], device, track)),
            }
        });
        let buffers = network.buffers().params().iter().map(|p| {
            let values = buffers[p.range()].to_vec();
            Tensor::from_data(TensorData::new(values, [p.count()]), device)
        });
        Tensors { leaves: leaves.collect(), buffers: buffers.collect() }
    }

    fn buffer(&self, id: ParamId) -> Tensor<1> {
        self.buffers[id.0].clone()
    }

    pub(super) fn vector(&self, id: ParamId) -> &Tensor<1> {
        match &self.leaves[id.0] {
            Leaf::Vector(x) => x,
            _ => unreachable!("a bias is a vector"),
        }
    }

    pub(super) fn matrix(&self, id: ParamId) -> &Tensor<2> {
        match &self.leaves[id.0] {
            Leaf::Matrix(x) => x,
            _ => unreachable!("a linear weight is a matrix"),
        }
    }

    pub(super) fn kernel(&self, id: ParamId) -> Tensor<4> {
        match &self.leaves[id.0] {
            Leaf::Kernel(x) => x.clone(),
            Leaf::Matrix(x) => {
                let [out, channels] = x.dims();
                x.clone().reshape([out, channels, 1, 1])
            }
            Leaf::Vector(_) => unreachable!("a convolution weight has rank 4 or 2"),
        }
    }

    /// The gradients of tracked tensors, concatenated in layout order into a vector of length D.
    ///
    /// A tensor that the loss does not depend on has gradient zero.
    pub fn gradient(
        &self,
        network: &Network,
        gradients: &mut Gradients,
    ) -> Result<Vec<f32>, burn::tensor::TensorReadError> {
        let mut flat = vec![0.0; network.layout().len()];
        for (leaf, p) in self.leaves.iter().zip(network.layout().params()) {
            let values = match leaf {
                Leaf::Vector(x) => x.grad_remove(gradients).map(|g| g.try_into_vec_as::<f32>()),
                Leaf::Matrix(x) => x.grad_remove(gradients).map(|g| g.try_into_vec_as::<f32>()),
                Leaf::Kernel(x) => x.grad_remove(gradients).map(|g| g.try_into_vec_as::<f32>()),
            };
            if let Some(values) = values {
                flat[p.range()].copy_from_slice(&values?);
            }
        }
        Ok(flat)
    }
}

/// Reads the network at one parameter point.
pub struct Primal<'a> {
    tensors: &'a Tensors,
    statistics: Statistics,
    /// Mean and unbiased variance of every batch norm's batch, in the order of the buffers.
    seen: Vec<Tensor<1>>,
}

impl<'a> Primal<'a> {
    /// The reading at the point that `tensors` holds.
    pub fn at(tensors: &'a Tensors, statistics: Statistics) -> Self {
        Primal { tensors, statistics, seen: Vec::new() }
    }

    /// Mean and unbiased variance of the batch that went through, in the layout of the buffers; empty without batch
    /// statistics.
    ///
    /// # Errors
    /// When the device fails.
    pub fn take_statistics(&mut self) -> Result<Vec<f32>, burn::tensor::TensorReadError> {
        let mut flat = Vec::new();
        for tensor in self.seen.drain(..) {
            flat.extend(tensor.try_into_vec_as::<f32>()?);
        }
        Ok(flat)
    }
}

impl Reading for Primal<'_> {
    type Value = Act;

    fn apply(&mut self, _node: usize, op: Op<Act>) -> Act {
        match op {
            Op::Affine(x, layer) => affine(self.tensors, x, layer),
            Op::Conv2d(x, layer) => convolution(self.tensors, x, layer),
            Op::BatchNorm(x, layer) => {
                let (y, seen) = normalised(self.tensors, x, layer, self.statistics);
                self.seen.extend(seen.into_iter().flatten());
                y
            }
            Op::Pointwise(x, function) => x.mapped(function),
            Op::Local(x, op) => local(self.tensors, x, &op),
            Op::Flatten(x) => Act::Flat(x.flat()),
            Op::Add(x, y) => x.plus(y),
        }
    }
}

/// Batch norm at one point; with batch statistics also their mean and unbiased variance, `[C]` each.
pub(super) fn normalised(
    tensors: &Tensors,
    x: Act,
    layer: BatchNorm,
    statistics: Statistics,
) -> (Act, Option<[Tensor<1>; 2]>) {
    let x = x.image();
    let [n, c, h, w] = x.dims();
    let count = (n * h * w) as f32;
    let per_channel = |t: Tensor<1>| t.reshape([1, c, 1, 1]);
    let (mean, variance, seen) = match statistics {
        Statistics::Running => {
            (per_channel(tensors.buffer(layer.mean)), per_channel(tensors.buffer(layer.variance)), None)
        }
        Statistics::Batch => {
            let average = |x: Tensor<4>| x.swap_dims(0, 1).reshape([c, n * h * w]).mean_dim(1).reshape([1, c, 1, 1]);
            let mean = average(x.clone());
            let variance = average((x.clone() - mean.clone()).square());
            let flat = |t: &Tensor<4>| t.clone().reshape([c]).detach();
            let seen = [flat(&mean), flat(&variance).mul_scalar(count / (count - 1.0))];
            (mean, variance, Some(seen))
        }
    };
    let gamma = per_channel(tensors.vector(layer.weight).clone());
    let beta = per_channel(tensors.vector(layer.bias).clone());
    let scale = gamma / (variance + BatchNorm::EPSILON as f32).sqrt();
    (Act::Image((x - mean) * scale + beta), seen)
}

pub(super) fn affine(tensors: &Tensors, x: Act, layer: Affine) -> Act {
    biased(tensors, x.times(tensors.matrix(layer.weight)), layer.bias)
}

pub(super) fn convolution(tensors: &Tensors, x: Act, layer: Conv2d) -> Act {
    biased(tensors, x.convolved(tensors.kernel(layer.weight), layer.windows, layer.groups), layer.bias)
}

/// Takes y by value: what nothing else holds, Burn adds to in place.
pub(super) fn biased(tensors: &Tensors, y: Act, bias: Option<ParamId>) -> Act {
    match bias {
        Some(b) => y.plus_bias(tensors.vector(b)),
        None => y,
    }
}

/// What a layer brought along, at one point.
pub(super) fn local(tensors: &Tensors, x: Act, op: &LocalOp) -> Act {
    let parameters: Vec<&Tensor<1>> = op.parameters.iter().map(|id| tensors.vector(*id)).collect();
    op.what.on_tensors(x, &parameters)
}
