//! Directions in parameter space: seeded random ones, normalised to the network, and differences of two points.
//!
//! Filter normalisation: "Visualizing the Loss Landscape of Neural Nets" (Li, Xu, Taylor, Studer, Goldstein 2018), §4.
//! Without it a direction says more about the scale of the weights than about the landscape: with rectifiers, a filter
//! ten times as large and the next layer ten times as small are the same function.

use rand_distr::{Distribution as _, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::{named::named_choice, net::ParamLayout, probe::vector::sum, random};

named_choice! {
    /// To which length a random direction is brought, part by part.
    Normalisation as "normalisation" {
        /// d_i ← d_i ‖w_i‖ / ‖d_i‖ for every filter: an output channel of a convolution, a row of a linear weight.
        #[default] Filter = "filter",
        /// d ← d ‖w‖ / ‖d‖ for every tensor.
        Layer = "layer",
        /// As drawn: independent numbers of variance 1, so that ‖d‖ is about √D.
        None = "none",
    }
}

named_choice! {
    /// What a random direction does to tensors of one dimension: biases, and scales and shifts of normalisation layers.
    Vectors as "treatment of biases" {
        /// They stay as they are: the direction is zero there.
        #[default] Zero = "zero",
        /// They move, too: normalised as one filter, d ← d ‖w‖ / ‖d‖ (Li et al.'s program sets d = w there instead).
        Keep = "keep",
    }
}

/// A family of random directions: the same seed gives the same ones, each by its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Directions {
    pub seed: u64,
    pub normalisation: Normalisation,
    pub vectors: Vectors,
}

impl Directions {
    /// Direction `index` at `theta`, of length D = `layout.len()`.
    ///
    /// The numbers drawn depend on seed and index alone; normalisation and the treatment of biases only scale them. A
    /// filter of zeros gets a direction of zeros.
    ///
    /// # Panics
    /// When `theta` is shorter than the layout.
    pub fn draw(&self, theta: &[f32], layout: &ParamLayout, index: u32) -> Vec<f32> {
        let mut rng = random::stream(self.seed, &format!("direction {index}"));
        let mut direction = Vec::with_capacity(layout.len());
        for param in layout.params() {
            let drawn: Vec<f64> = (0..param.count()).map(|_| StandardNormal.sample(&mut rng)).collect();
            let weights = &theta[param.range()];
            let is_vector = param.shape.len() <= 1;
            if is_vector && self.vectors == Vectors::Zero {
                direction.extend(std::iter::repeat_n(0.0f32, drawn.len()));
                continue;
            }
            let part = match self.normalisation {
                Normalisation::None => {
                    direction.extend(drawn.iter().map(|d| *d as f32));
                    continue;
                }
                Normalisation::Filter if !is_vector => param.shape[1..].iter().product(),
                Normalisation::Filter | Normalisation::Layer => drawn.len(),
            };
            // A tensor without elements has parts of no length.
            let part = part.max(1);
            for (d, w) in drawn.chunks(part).zip(weights.chunks(part)) {
                direction.extend(scaled(d, w));
            }
        }
        direction
    }
}

impl Normalisation {
    /// A direction of one's own (length D), brought to the lengths of the weights part by part; a tensor of one dimension is one
    /// part. `None` only rounds it.
    ///
    /// # Panics
    /// When `direction` or `theta` is shorter than the layout.
    pub fn applied(self, direction: &[f64], theta: &[f32], layout: &ParamLayout) -> Vec<f32> {
        let mut applied = Vec::with_capacity(layout.len());
        for param in layout.params() {
            let (d, w) = (&direction[param.range()], &theta[param.range()]);
            let part = match self {
                Normalisation::None => {
                    applied.extend(d.iter().map(|d| *d as f32));
                    continue;
                }
                Normalisation::Filter if param.shape.len() > 1 => param.shape[1..].iter().product(),
                Normalisation::Filter | Normalisation::Layer => d.len(),
            };
            // A tensor without elements has parts of no length.
            let part: usize = part.max(1);
            for (d, w) in d.chunks(part).zip(w.chunks(part)) {
                applied.extend(scaled(d, w));
            }
        }
        applied
    }
}

/// d ‖w‖ / ‖d‖, and zeros where w is zero.
fn scaled<'a>(d: &'a [f64], w: &[f32]) -> impl Iterator<Item = f32> + use<'a> {
    let norm_w = sum(w.len(), |i| f64::from(w[i]) * f64::from(w[i])).sqrt();
    let norm_d = sum(d.len(), |i| d[i] * d[i]).sqrt();
    let scale = if norm_d > 0.0 { norm_w / norm_d } else { 0.0 };
    // Zero times a negative number would be −0.
    d.iter().map(move |d| if scale == 0.0 { 0.0 } else { (d * scale) as f32 })
}

/// b − a, the direction from a to b.
///
/// # Panics
/// When `b` is shorter than `a`.
pub fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    (0..a.len()).map(|i| b[i] - a[i]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{net::ParamKind, probe::vector::norm};

    fn layout() -> ParamLayout {
        let mut layout = ParamLayout::default();
        layout.push("conv.weight".into(), vec![4, 3, 5, 5], ParamKind::Weight);
        layout.push("conv.bias".into(), vec![4], ParamKind::Bias);
        layout.push("bn.weight".into(), vec![4], ParamKind::Norm);
        layout.push("fc.weight".into(), vec![10, 40], ParamKind::Weight);
        layout.push("fc.bias".into(), vec![10], ParamKind::Bias);
        layout
    }

    fn theta(layout: &ParamLayout) -> Vec<f32> {
        (0..layout.len()).map(|i| 0.1 + (i as f32).sin()).collect()
    }

    fn directions(normalisation: Normalisation, vectors: Vectors) -> Directions {
        Directions { seed: 7, normalisation, vectors }
    }

    #[test]
    fn every_filter_has_the_norm_of_its_weights_and_the_shape_that_was_drawn() {
        let layout = layout();
        let mut theta = theta(&layout);
        let conv = layout.params()[0].range();
        theta[conv.start + 75..conv.start + 150].fill(0.0);
        let plain = directions(Normalisation::None, Vectors::Keep).draw(&theta, &layout, 0);
        for vectors in [Vectors::Zero, Vectors::Keep] {
            let d = directions(Normalisation::Filter, vectors).draw(&theta, &layout, 0);
            for param in layout.params() {
                let filters = if param.shape.len() > 1 { param.shape[0] } else { 1 };
                let size = param.count() / filters;
                for f in 0..filters {
                    let range = param.offset + f * size..param.offset + (f + 1) * size;
                    let wanted =
                        if filters == 1 && vectors == Vectors::Zero { 0.0 } else { norm(&theta[range.clone()]) };
                    assert!((norm(&d[range.clone()]) - wanted).abs() <= 1e-6 * wanted, "{} {f}", param.name);
                    // d = c · drawn with one c per filter.
                    let c = wanted / norm(&plain[range.clone()]);
                    for i in range {
                        assert!((f64::from(d[i]) - c * f64::from(plain[i])).abs() < 1e-6, "{} {i}", param.name);
                    }
                }
            }
            assert!(d[conv.start + 75..conv.start + 150].iter().all(|x| x.to_bits() == 0), "a zero filter stays");
        }
    }

    #[test]
    fn a_layer_is_scaled_as_one() {
        let layout = layout();
        let theta = theta(&layout);
        let plain = directions(Normalisation::None, Vectors::Keep).draw(&theta, &layout, 3);
        let d = directions(Normalisation::Layer, Vectors::Keep).draw(&theta, &layout, 3);
        for param in layout.params() {
            let (d, w, p) = (&d[param.range()], &theta[param.range()], &plain[param.range()]);
            assert!((norm(d) / norm(w) - 1.0).abs() < 1e-6, "{}", param.name);
            let c = norm(w) / norm(p);
            assert!(d.iter().zip(p).all(|(d, p)| (f64::from(*d) - c * f64::from(*p)).abs() < 1e-6));
        }
    }

    #[test]
    fn a_direction_of_ones_own_is_scaled_as_a_drawn_one() {
        let layout = layout();
        let theta = theta(&layout);
        let plain = directions(Normalisation::None, Vectors::Keep).draw(&theta, &layout, 1);
        let wide: Vec<f64> = plain.iter().map(|x| f64::from(*x)).collect();
        for normalisation in Normalisation::ALL {
            let drawn = directions(*normalisation, Vectors::Keep).draw(&theta, &layout, 1);
            let applied = normalisation.applied(&wide, &theta, &layout);
            let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-6 * b.abs();
            assert!(applied.len() == drawn.len() && applied.iter().zip(&drawn).all(near), "{normalisation}");
        }
    }

    #[test]
    fn numbers_are_gaussian_and_belong_to_seed_and_index() {
        let mut layout = ParamLayout::default();
        layout.push("w".into(), vec![100, 1000], ParamKind::Weight);
        let theta = vec![1.0; layout.len()];
        let spec = directions(Normalisation::None, Vectors::Zero);
        let d = spec.draw(&theta, &layout, 0);
        let n = d.len() as f64;
        let moment = |k: i32| d.iter().map(|x| f64::from(*x).powi(k)).sum::<f64>() / n;
        // Within five standard errors of N(0, 1); a uniform distribution has a fourth moment of 1.8, not 3.
        assert!(moment(1).abs() < 5.0 / n.sqrt(), "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{}", moment(2));
        assert!((moment(4) - 3.0).abs() < 5.0 * (96.0 / n).sqrt(), "{}", moment(4));
        assert_eq!(d, spec.draw(&theta, &layout, 0));
        for other in [spec.draw(&theta, &layout, 1), Directions { seed: 8, ..spec }.draw(&theta, &layout, 0)] {
            let cosine = crate::probe::vector::cosine(&d, &other);
            assert!(cosine.abs() < 5.0 / n.sqrt(), "{cosine}");
        }
    }

    #[test]
    fn not_a_number_is_shown_where_it_is() {
        let layout = layout();
        let mut theta = theta(&layout);
        theta[0] = f32::NAN;
        let d = directions(Normalisation::Filter, Vectors::Zero).draw(&theta, &layout, 0);
        assert!(d[..75].iter().all(|x| x.is_nan()) && d[75..].iter().all(|x| x.is_finite()));
    }

    #[test]
    fn names_and_differences() {
        let spec: Directions = serde_json::from_str(r#"{"seed":3,"normalisation":"layer","vectors":"keep"}"#).unwrap();
        assert_eq!(spec, Directions { seed: 3, normalisation: Normalisation::Layer, vectors: Vectors::Keep });
        assert!("filters".parse::<Normalisation>().unwrap_err().contains("\"filter\""));
        assert_eq!(difference(&[1.0, 2.0], &[4.0, -2.0]), [3.0, -4.0]);
    }

    /// The reference directions were normalised by PyTorch; by our definition they must be as they are.
    #[test]
    #[cfg_attr(not(shared), ignore = "VALLEYSCOPE_SHARED is not set")]
    fn reference_directions_are_normalised_as_we_do() {
        let fixtures = std::path::PathBuf::from(std::env::var_os("VALLEYSCOPE_SHARED").unwrap()).join("fixtures");
        let text = std::fs::read_to_string(fixtures.join("expected.json")).unwrap();
        let all: serde_json::Value = serde_json::from_str(&text).unwrap();
        for net in ["mlp", "lenet", "resnet8"] {
            let arch = &all["archs"][net];
            let mut layout = ParamLayout::default();
            for p in arch["param_order"].as_array().unwrap() {
                let shape = p["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
                layout.push(p["name"].as_str().unwrap().into(), shape, ParamKind::Weight);
            }
            let read = |file: &str| -> Vec<f32> {
                let bytes = std::fs::read(fixtures.join(format!("{net}_{file}.safetensors"))).unwrap();
                let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
                let floats = |b: &[u8]| b.as_chunks::<4>().0.iter().map(|w| f32::from_le_bytes(*w)).collect::<Vec<_>>();
                layout.params().iter().flat_map(|p| floats(tensors.tensor(&p.name).unwrap().data())).collect()
            };
            let theta = read("a");
            for (name, norm_name) in [("dir_x", "norm_x"), ("dir_y", "norm_y")] {
                let direction = read(name);
                let expected = arch["results"]["eval"]["plane"][norm_name].as_f64().unwrap();
                assert!((norm(&direction) / expected - 1.0).abs() < 1e-9, "{net} {name}");
                let ours = Directions::default().draw(&theta, &layout, 0);
                assert!((norm(&ours) / expected - 1.0).abs() < 1e-6, "every normalised direction has the same norm");
                for p in layout.params() {
                    if p.shape.len() == 1 {
                        assert!(direction[p.range()].iter().all(|x| *x == 0.0));
                        continue;
                    }
                    let part = p.count() / p.shape[0];
                    for (d, w) in direction[p.range()].chunks(part).zip(theta[p.range()].chunks(part)) {
                        let again: Vec<f32> = scaled(&d.iter().map(|x| f64::from(*x)).collect::<Vec<_>>(), w).collect();
                        let same = again.iter().zip(d).all(|(x, y)| (x - y).abs() <= 1e-6 * y.abs());
                        assert!(same, "{net} {name} {}", p.name);
                    }
                }
            }
        }
    }
}
