//! The host reading: one parameter point over plain slices on the CPU, for evaluation without autodiff.
//!
//! It does the same arithmetic as the primal reading, in f32, several times faster than tensors can: no dispatch, no
//! allocation per operation that the cache does not absorb, convolution as one matrix product per chunk, pooling as one
//! sweep. A chunk goes through all layers at one point before the next point begins, so it stays in a core's cache.
//!
//! Images are kept channel by channel, `[C, N, H, W]`: a convolution of a whole chunk is then one product
//! `[out, C·k·k] × [C·k·k, N·oh·ow]`.

use super::{
    Activation, Conv2d, Layer, Linear, Network, Pool, Reading,
    buffer::Buffer,
    kernel::{matmul_nt, matmul_wide},
};

/// Activations of N examples on the host.
#[derive(Clone, Debug)]
pub struct HostAct {
    data: Buffer,
    n: usize,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `[C, N, H, W]`
    Planes { c: usize, h: usize, w: usize },
    /// `[N, F]`
    Rows { f: usize },
}

impl HostAct {
    /// Takes images `[N, C, H, W]`.
    pub fn images(images: &[f32], [c, h, w]: [usize; 3]) -> HostAct {
        let size = c * h * w;
        let n = images.len() / size;
        let plane = h * w;
        let mut data = Buffer::any(images.len());
        for (i, image) in images.chunks_exact(size).enumerate() {
            for (ch, values) in image.chunks_exact(plane).enumerate() {
                data[(ch * n + i) * plane..][..plane].copy_from_slice(values);
            }
        }
        HostAct { data, n, form: Form::Planes { c, h, w } }
    }

    /// Stands for the input of a reading that [knows](Host::knows_first) its first product.
    pub fn placeholder() -> HostAct {
        HostAct { data: Buffer::default(), n: 0, form: Form::Rows { f: 0 } }
    }

    /// `[N, F]`, an example's channels one after the other.
    pub fn into_rows(self) -> HostAct {
        let Form::Planes { c, h, w } = self.form else { return self };
        let (n, plane) = (self.n, h * w);
        let f = c * plane;
        if c == 1 || n == 1 {
            return HostAct { form: Form::Rows { f }, ..self };
        }
        let mut data = Buffer::any(self.data.len());
        for (row, example) in data.chunks_exact_mut(f).enumerate() {
            for (ch, values) in example.chunks_exact_mut(plane).enumerate() {
                values.copy_from_slice(&self.data[(ch * n + row) * plane..][..plane]);
            }
        }
        HostAct { data, n, form: Form::Rows { f } }
    }

    /// The numbers, `[N, F]` row-major.
    pub fn into_outputs(self) -> Vec<f32> {
        self.into_rows().data.into_vec()
    }

    /// Σ wⱼ xⱼ over values of one form; a weight of 0 left out and of 1 taken as it is, so that the ends of a line are
    /// the ends to the bit. `None` when all weights are 0.
    fn combined(terms: &[(f32, &HostAct)]) -> Option<HostAct> {
        let mut terms = terms.iter().filter(|(w, _)| *w != 0.0);
        let (u, x) = terms.next()?;
        let mut sum = HostAct { data: Buffer::any(x.data.len()), n: x.n, form: x.form };
        match terms.next() {
            None if *u == 1.0 => sum.data.copy_from_slice(&x.data),
            None => sum.data.iter_mut().zip(&*x.data).for_each(|(s, x)| *s = u * x),
            Some((v, y)) => {
                for ((s, x), y) in sum.data.iter_mut().zip(&*x.data).zip(&*y.data) {
                    *s = u * x + v * y;
                }
            }
        }
        for (w, x) in terms {
            for (s, x) in sum.data.iter_mut().zip(&*x.data) {
                *s += w * x;
            }
        }
        Some(sum)
    }
}

/// Reads the layers at one point θ.
pub struct Host<'a> {
    network: &'a Network,
    theta: &'a [f32],
    /// What the first layer gives before its bias, when it is known.
    first: Option<HostAct>,
}

impl<'a> Host<'a> {
    /// The reading at `theta`, of length D.
    pub fn at(network: &'a Network, theta: &'a [f32]) -> Self {
        Host { network, theta, first: None }
    }

    /// The reading at Σ wⱼ aⱼ, when the first layer's products with the data are known at the anchors aⱼ.
    pub fn between(network: &'a Network, theta: &'a [f32], terms: &[(f32, &HostAct)]) -> Self {
        Host { network, theta, first: HostAct::combined(terms) }
    }

    /// Whether the input is not needed any more, because what the first layer makes of it is known.
    pub fn knows_first(&self) -> bool {
        self.first.is_some()
    }

    fn part(&self, id: super::ParamId) -> &'a [f32] {
        &self.theta[self.network.layout().get(id).range()]
    }

    fn plus_bias(&self, x: &mut HostAct, bias: Option<super::ParamId>) {
        let Some(bias) = bias.map(|id| self.part(id)) else { return };
        match x.form {
            Form::Rows { f } => {
                for row in x.data.chunks_exact_mut(f) {
                    for (x, b) in row.iter_mut().zip(bias) {
                        *x += b;
                    }
                }
            }
            Form::Planes { h, w, .. } => {
                for (plane, b) in x.data.chunks_exact_mut(x.n * h * w).zip(bias) {
                    plane.iter_mut().for_each(|x| *x += b);
                }
            }
        }
    }

    /// x Wᵀ; planes of one channel are rows already.
    fn linear_product(&self, x: &HostAct, layer: &Linear) -> HostAct {
        let rows;
        let x = match x.form {
            Form::Planes { c, .. } if c > 1 => {
                rows = x.clone().into_rows();
                &rows
            }
            _ => x,
        };
        let shape = &self.network.layout().get(layer.weight).shape;
        let (out, f) = (shape[0], shape[1]);
        let mut data = Buffer::any(x.n * out);
        matmul_nt(&x.data, self.part(layer.weight), &mut data, x.n, out, f);
        HostAct { data, n: x.n, form: Form::Rows { f: out } }
    }

    fn conv_product(&self, x: &HostAct, layer: &Conv2d) -> HostAct {
        let Form::Planes { c, h, w } = x.form else { unreachable!("the builder puts convolutions before flattening") };
        let shape = &self.network.layout().get(layer.weight).shape;
        let (out, k) = (shape[0], shape[2]);
        let (s, p, n) = (layer.stride, layer.padding, x.n);
        let (oh, ow) = ((h + 2 * p - k) / s + 1, (w + 2 * p - k) / s + 1);
        let pixels = n * oh * ow;
        let windows = unfolded(&x.data, n, [c, h, w], k, s, p, [oh, ow]);
        let mut data = Buffer::any(out * pixels);
        matmul_wide(self.part(layer.weight), &windows, &mut data, out, pixels, c * k * k);
        HostAct { data, n, form: Form::Planes { c: out, h: oh, w: ow } }
    }
}

impl Network {
    /// The first layer's product with a batch at θ, bias not added: what [`Host::between`] combines.
    pub fn host_first_product(&self, theta: &[f32], x: &HostAct) -> Option<HostAct> {
        match self.shared_first_layer()? {
            Layer::Linear(l) => Some(Host::at(self, theta).linear_product(x, l)),
            Layer::Conv2d(c) => Some(Host::at(self, theta).conv_product(x, c)),
            Layer::Activation(_) | Layer::Pool(..) | Layer::Flatten => None,
        }
    }
}

/// Every k×k window as a column: `[C·k·k, N·oh·ow]`, zeros outside the image.
fn unfolded(x: &[f32], n: usize, [c, h, w]: [usize; 3], k: usize, s: usize, p: usize, [oh, ow]: [usize; 2]) -> Buffer {
    let pixels = n * oh * ow;
    let size = c * k * k * pixels;
    // Without padding every number is written.
    let mut out = if p == 0 { Buffer::any(size) } else { Buffer::zeros(size) };
    for ch in 0..c {
        for ky in 0..k {
            for kx in 0..k {
                let row = &mut out[((ch * k + ky) * k + kx) * pixels..][..pixels];
                for i in 0..n {
                    let image = &x[(ch * n + i) * h * w..][..h * w];
                    for oy in 0..oh {
                        let Some(y) = (oy * s + ky).checked_sub(p).filter(|y| *y < h) else { continue };
                        let to = &mut row[(i * oh + oy) * ow..][..ow];
                        let from = &image[y * w..][..w];
                        if s == 1 && p == 0 {
                            copy(to, &from[kx..kx + ow]);
                            continue;
                        }
                        for (ox, to) in to.iter_mut().enumerate() {
                            if let Some(x) = (ox * s + kx).checked_sub(p).filter(|x| *x < w) {
                                *to = from[x];
                            }
                        }
                    }
                }
            }
        }
    }
    out
}

/// Copies a short row in pieces of a fixed size, which are a load and a store; a call for 32 bytes costs ten times that.
fn copy(to: &mut [f32], from: &[f32]) {
    let ((to, to_rest), (from, from_rest)) = (to.as_chunks_mut::<8>(), from.as_chunks::<8>());
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    for (to, from) in to_rest.iter_mut().zip(from_rest) {
        *to = *from;
    }
}

/// The larger number; a NaN wins, because it must show.
fn larger(a: f32, b: f32) -> f32 {
    if b > a || b.is_nan() { b } else { a }
}

/// One output row of a 2×2 maximum.
fn pool_pairs(rows: &[f32], w: usize, out: &mut [f32]) {
    let (upper, lower) = rows.split_at(w);
    for ((out, a), b) in out.iter_mut().zip(upper.chunks_exact(2)).zip(lower.chunks_exact(2)) {
        *out = larger(larger(a[0], a[1]), larger(b[0], b[1]));
    }
}

/// One output row of a k×k window.
fn pool_row(rows: &[f32], w: usize, k: usize, pool: Pool, out: &mut [f32]) {
    for (ox, out) in out.iter_mut().enumerate() {
        let values = (0..k).flat_map(|dy| &rows[dy * w + ox * k..][..k]).copied();
        *out = match pool {
            Pool::Max => values.fold(f32::NEG_INFINITY, larger),
            Pool::Average => values.sum::<f32>() / (k * k) as f32,
        };
    }
}

impl Reading for Host<'_> {
    type Value = HostAct;

    fn linear(&mut self, x: HostAct, layer: &Linear) -> HostAct {
        let mut y = self.first.take().unwrap_or_else(|| self.linear_product(&x, layer));
        self.plus_bias(&mut y, layer.bias);
        y
    }

    fn conv2d(&mut self, x: HostAct, layer: &Conv2d) -> HostAct {
        let mut y = self.first.take().unwrap_or_else(|| self.conv_product(&x, layer));
        self.plus_bias(&mut y, layer.bias);
        y
    }

    fn activation(&mut self, mut x: HostAct, activation: Activation) -> HostAct {
        let each = |f: fn(f32) -> f32, data: &mut [f32]| data.iter_mut().for_each(|x| *x = f(*x));
        match activation {
            // Not `max`, which would turn a NaN into 0 and hide it.
            Activation::Relu => x.data.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
            Activation::Tanh => each(f32::tanh, &mut x.data),
            Activation::Sigmoid => each(|x| 1.0 / (1.0 + (-x).exp()), &mut x.data),
            // ln(1 + eˣ) without overflow.
            Activation::Softplus => each(|x| x.max(0.0) + (-x.abs()).exp().ln_1p(), &mut x.data),
        }
        x
    }

    fn pool(&mut self, x: HostAct, pool: Pool, k: usize) -> HostAct {
        let Form::Planes { c, h, w } = x.form else { unreachable!("the builder puts pooling before flattening") };
        let (oh, ow) = (h / k, w / k);
        let mut data = Buffer::any(c * x.n * oh * ow);
        for (image, out) in x.data.chunks_exact(h * w).zip(data.chunks_exact_mut(oh * ow)) {
            for (oy, out) in out.chunks_exact_mut(ow).enumerate() {
                let rows = &image[oy * k * w..][..k * w];
                match (pool, k) {
                    (Pool::Max, 2) => pool_pairs(rows, w, out),
                    _ => pool_row(rows, w, k, pool, out),
                }
            }
        }
        HostAct { data, n: x.n, form: Form::Planes { c, h: oh, w: ow } }
    }

    fn flatten(&mut self, x: HostAct) -> HostAct {
        x.into_rows()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Act, Primal, Tensors};
    use burn::tensor::{Device, Tensor, TensorData};

    /// The host reading against Burn's tensors, layer by layer of every kind.
    #[test]
    fn it_equals_the_primal_reading() {
        for (net, input) in [
            ("linear(7) relu linear(10)", [1, 8, 8]),
            ("conv(4,3) pool(2) relu flatten linear(10)", [3, 11, 9]),
            ("conv(4,3,2,1) tanh avgpool(2) conv(5,2,1,1) sigmoid linear(10)", [2, 12, 12]),
            ("conv(6,5,3,2) softplus pool(3) linear(10)", [1, 28, 28]),
        ] {
            let network = Network::build(net, input, 10).unwrap();
            let theta = network.initial_parameters(3);
            let n = 5;
            let size: usize = input.iter().product();
            let images: Vec<f32> = (0..n * size).map(|i| ((i * 37 % 101) as f32 - 50.0) / 25.0).collect();
            let host = network.forward(&mut Host::at(&network, &theta), HostAct::images(&images, input)).into_outputs();
            let device = Device::flex();
            let [c, h, w] = input;
            let x = Act::Image(Tensor::from_data(TensorData::new(images.clone(), [n, c, h, w]), &device));
            let tensors = Tensors::new(&network, &theta, &device);
            let primal: Vec<f32> = network.forward(&mut Primal::at(&tensors), x).flat().try_into_vec_as().unwrap();
            for (a, b) in host.iter().zip(&primal) {
                assert!((a - b).abs() < 1e-6 * b.abs().max(1.0), "{net}: {a} instead of {b}");
            }
            assert_eq!(host.len(), primal.len());
            // And with the first product handed in.
            let product = network.host_first_product(&theta, &HostAct::images(&images, input)).unwrap();
            let mut reading = Host::between(&network, &theta, &[(1.0, &product)]);
            let again = network.forward(&mut reading, HostAct::images(&images, input)).into_outputs();
            assert_eq!(host, again, "{net}");
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        let network = Network::build("conv(1,1) relu pool(2) linear(2)", [1, 2, 2], 2).unwrap();
        let theta = network.initial_parameters(1);
        let x = HostAct::images(&[f32::NAN, 1.0, 1.0, 1.0], [1, 2, 2]);
        assert!(network.forward(&mut Host::at(&network, &theta), x).into_outputs().iter().all(|x| x.is_nan()));
    }
}
