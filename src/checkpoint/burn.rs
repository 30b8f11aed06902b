//! From Burn's layout to PyTorch's.
//!
//! Burn keeps a linear weight as `[in, out]`, PyTorch as `[out, in]`, and Burn calls the scale and the shift of a
//! normalisation `gamma` and `beta`. Convolutions are the same. Burn can also write PyTorch's layout, and the file does
//! not say so; the length of a bias beside a weight does.

use super::{Dtype, Tensor};

/// Who wrote a file, as far as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Burn, in its own layout unless the tensors tell otherwise.
    Burn,
    /// Burn, in a file that is meant for others, too: in its own layout only if the tensors tell so.
    MaybeBurn,
    Other,
}

/// Brings the tensors of a file to PyTorch's names and layout, and says what was done.
pub(super) fn to_pytorch(tensors: &mut [Tensor], origin: Origin) -> Vec<String> {
    let mut notes = Vec::new();
    if origin == Origin::Other {
        return notes;
    }
    let transposed = is_transposed(tensors).unwrap_or(origin == Origin::Burn);
    let renamed = rename(tensors);
    let linear = |t: &Tensor| t.shape.len() == 2 && last(&t.name) == "weight" && t.dtype.is_float();
    if transposed && tensors.iter().any(linear) {
        tensors.iter_mut().filter(|t| linear(t)).for_each(transpose);
        notes.push("linear weights transposed (Burn's layout)".into());
    }
    if renamed {
        notes.push("gamma and beta renamed to weight and bias (Burn's names)".into());
    }
    notes
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether linear weights are `[in, out]`: so says a bias as long as the second side and not the first, or Burn's names.
/// `None` when nothing tells.
fn is_transposed(tensors: &[Tensor]) -> Option<bool> {
    let beside = |weight: &Tensor| {
        let name = format!("{}bias", weight.name.strip_suffix("weight")?);
        tensors.iter().find(|t| t.name == name).map(|t| t.values.len())
    };
    tensors
        .iter()
        .find_map(|t| match *t.shape {
            [a, b] if a != b => match beside(t)? {
                n if n == b => Some(true),
                n if n == a => Some(false),
                _ => None,
            },
            _ => None,
        })
        .or_else(|| tensors.iter().any(|t| last(&t.name) == "gamma").then_some(true))
}

/// gamma → weight and beta → bias; whether there were any.
fn rename(tensors: &mut [Tensor]) -> bool {
    let mut any = false;
    for t in tensors.iter_mut().filter(|t| t.dtype != Dtype::Bool) {
        for (burn, pytorch) in [("gamma", "weight"), ("beta", "bias")] {
            if last(&t.name) == burn {
                t.name = format!("{}{pytorch}", &t.name[..t.name.len() - burn.len()]);
                any = true;
            }
        }
    }
    any
}

/// `[a, b]` → `[b, a]`.
fn transpose(t: &mut Tensor) {
    let [a, b] = *t.shape else { return };
    t.values = (0..b).flat_map(|j| (0..a).map(move |i| (i, j))).map(|(i, j)| t.values[i * b + j]).collect();
    t.shape = vec![b, a];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, shape: &[usize]) -> Tensor {
        let values = (0..shape.iter().product::<usize>()).map(|i| i as f32).collect();
        Tensor { name: name.into(), shape: shape.to_vec(), dtype: Dtype::F32, values }
    }

    #[test]
    fn linear_weights_are_transposed_and_norms_renamed() {
        let mut tensors = [
            tensor("fc.weight", &[2, 3]),
            tensor("fc.bias", &[3]),
            tensor("bn.gamma", &[3]),
            tensor("bn.beta", &[3]),
            tensor("conv.weight", &[2, 1, 3, 3]),
        ];
        let conv = tensors[4].clone();
        let notes = to_pytorch(&mut tensors, Origin::Burn);
        assert_eq!(
            notes,
            ["linear weights transposed (Burn's layout)", "gamma and beta renamed to weight and bias (Burn's names)"]
        );
        assert_eq!(tensors[0].shape, [3, 2]);
        assert_eq!(tensors[0].values, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!([&*tensors[2].name, &tensors[3].name], ["bn.weight", "bn.bias"]);
        assert_eq!(tensors[4], conv);
    }

    #[test]
    fn the_bias_tells_the_layout() {
        let shape = |weight: [usize; 2], bias: usize, origin| {
            let mut tensors = [tensor("fc.weight", &weight), tensor("fc.bias", &[bias])];
            to_pytorch(&mut tensors, origin);
            tensors[0].shape.clone()
        };
        // Written in PyTorch's layout.
        assert_eq!(shape([3, 2], 3, Origin::Burn), [3, 2]);
        assert_eq!(shape([3, 2], 3, Origin::MaybeBurn), [3, 2]);
        assert_eq!(shape([2, 3], 3, Origin::MaybeBurn), [3, 2]);
        assert_eq!(shape([2, 3], 3, Origin::Other), [2, 3]);
        // A square weight without a telling neighbour.
        let square = |origin| {
            let mut tensors = [tensor("fc.weight", &[2, 2]), tensor("fc.bias", &[2])];
            to_pytorch(&mut tensors, origin);
            tensors[0].values.clone()
        };
        assert_eq!(square(Origin::Burn), [0.0, 2.0, 1.0, 3.0]);
        assert_eq!(square(Origin::MaybeBurn), [0.0, 1.0, 2.0, 3.0]);
    }
}
