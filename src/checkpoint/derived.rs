//! Parameters that a file keeps as several tensors: pruned ones as `weight_orig` and `weight_mask`, weight-normed ones as length and
//! direction, spectrally normed ones with the vectors of a power iteration. They are multiplied out.

use std::collections::BTreeMap;

use super::{
    Dtype,
    entry::{Cause, Entry},
};

/// How the tensor is made of those of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// w ∘ mask (`torch.nn.utils.prune`).
    Pruned,
    /// g v / ‖v‖, a length for every part of v that g has one for (Salimans and Kingma 2016).
    WeightNorm,
    /// w / uᵀ W v (Miyato et al. 2018), as it stands in evaluation.
    SpectralNorm,
}

impl Rule {
    /// What the tensors are called behind the parameter's name; the first one has its shape.
    const ALL: [(Rule, &'static [&'static str]); 4] = [
        (Rule::Pruned, &["_orig", "_mask"]),
        (Rule::SpectralNorm, &["_orig", "_u", "_v"]),
        (Rule::WeightNorm, &["_v", "_g"]),
        // Since PyTorch 2: parametrizations.NAME.original1 and original0.
        (Rule::WeightNorm, &["original1", "original0"]),
    ];

    fn words(self) -> &'static str {
        match self {
            Rule::Pruned => "pruned parameters multiplied by their masks",
            Rule::WeightNorm => "weight-normed parameters multiplied out (g v / ‖v‖)",
            Rule::SpectralNorm => "spectrally normed parameters divided by their norms",
        }
    }
}

/// The name of the parameter that a tensor of this name is the first part of.
fn parameter(name: &str, ending: &str) -> Option<String> {
    if let Some(before) = name.strip_suffix(&format!(".{ending}")) {
        // conv.parametrizations.weight.original1
        let (layer, what) = before.rsplit_once('.')?;
        let layer = layer.strip_suffix("parametrizations")?;
        return Some(format!("{layer}{what}"));
    }
    ending.starts_with('_').then(|| name.strip_suffix(ending).map(String::from)).flatten()
}

/// What the other parts are called, of a parameter whose first part is `name`.
fn beside(name: &str, first: &str, other: &str) -> String {
    format!("{}{other}", name.strip_suffix(first).unwrap_or(name))
}

/// The entries with parameters in the place of their parts, and what was done, for a person to read.
pub(super) fn weights(entries: Vec<Entry>) -> (Vec<Entry>, Vec<String>) {
    let mut all: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
    let names = |all: &[Option<Entry>]| -> BTreeMap<String, usize> {
        all.iter().enumerate().filter_map(|(i, entry)| Some((entry.as_ref()?.name.clone(), i))).collect()
    };
    let mut made: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (rule, endings) in Rule::ALL {
        let known = names(&all);
        for (name, place) in &known {
            let Some(own) = parameter(name, endings[0]) else { continue };
            let others: Option<Vec<usize>> =
                endings[1..].iter().map(|other| known.get(&beside(name, endings[0], other)).copied()).collect();
            let Some(others) = others.filter(|_| !known.contains_key(&own)) else { continue };
            let parts: Option<Vec<Entry>> = std::iter::once(place).chain(&others).map(|i| all[*i].take()).collect();
            let Some(parts) = parts else { continue };
            all[*place] = Some(whole(own, rule, parts));
            *made.entry(rule.words()).or_insert(0) += 1;
        }
    }
    let notes = made.into_iter().map(|(what, n)| format!("{what} ({n})")).collect();
    (all.into_iter().flatten().collect(), notes)
}

/// A parameter that is made of its parts when it is read.
fn whole(name: String, rule: Rule, parts: Vec<Entry>) -> Entry {
    let shape = parts[0].shape.clone();
    // Of a kind that is not read, it is not read either.
    let dtype = parts.iter().find_map(|part| matches!(part.dtype, Dtype::Other(_)).then(|| part.dtype.clone()));
    Entry::new(name, shape.clone(), dtype.unwrap_or(Dtype::F32), move |sink| {
        let mut tensors = Vec::new();
        for part in parts {
            tensors.push(part.tensor()?);
        }
        let values = match (rule, tensors.as_slice()) {
            (Rule::Pruned, [w, mask]) => pruned(&w.values, &mask.values)?,
            (Rule::WeightNorm, [v, g]) => normed(&v.values, &shape, &g.values, &g.shape)?,
            (Rule::SpectralNorm, [w, u, v]) => spectral(&w.values, &u.values, &v.values)?,
            _ => return Err("its parts are not those of a parameter".into()),
        };
        for part in values.chunks(1 << 14) {
            let bytes: Vec<u8> = part.iter().flat_map(|x| x.to_le_bytes()).collect();
            sink(&bytes);
        }
        Ok(())
    })
}

fn pruned(w: &[f32], mask: &[f32]) -> Result<Vec<f32>, Cause> {
    if w.len() != mask.len() {
        return Err("a mask has another shape than what it prunes".into());
    }
    Ok(w.iter().zip(mask).map(|(w, m)| w * m).collect())
}

/// g has the extents of v, or 1 where a length is that of all numbers along an axis.
fn normed(v: &[f32], shape: &[usize], g: &[f32], of: &[usize]) -> Result<Vec<f32>, Cause> {
    let unfit = || "the lengths of a weight-normed parameter do not fit its direction".to_string();
    let of = if of.is_empty() { vec![1; shape.len()] } else { of.to_vec() };
    if of.len() != shape.len() || of.iter().zip(shape).any(|(g, v)| *g != 1 && g != v) {
        return Err(unfit());
    }
    // The length that belongs to each number.
    let owner = |mut at: usize| {
        let mut place = 0;
        let mut step = 1;
        for (extent, kept) in shape.iter().zip(&of).rev() {
            if *kept != 1 {
                place += at % extent * step;
                step *= kept;
            }
            at /= extent;
        }
        place
    };
    let mut squares = vec![0.0_f64; g.len()];
    for (at, v) in v.iter().enumerate() {
        *squares.get_mut(owner(at)).ok_or_else(unfit)? += f64::from(*v) * f64::from(*v);
    }
    let value = |(at, v): (usize, &f32)| (f64::from(g[owner(at)]) * f64::from(*v) / squares[owner(at)].sqrt()) as f32;
    Ok(v.iter().enumerate().map(value).collect())
}

/// W is w with its first axis as rows, u `[rows]`, v `[columns]`.
fn spectral(w: &[f32], u: &[f32], v: &[f32]) -> Result<Vec<f32>, Cause> {
    if u.is_empty() || v.is_empty() || u.len().checked_mul(v.len()) != Some(w.len()) {
        return Err("the vectors of a spectrally normed parameter do not fit it".into());
    }
    let row = |(row, u): (&[f32], &f32)| {
        f64::from(*u) * row.iter().zip(v).map(|(w, v)| f64::from(*w) * f64::from(*v)).sum::<f64>()
    };
    let sigma: f64 = w.chunks_exact(v.len()).zip(u).map(row).sum();
    Ok(w.iter().map(|w| (f64::from(*w) / sigma) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, shape: &[usize], values: &[f32]) -> Entry {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        Entry::new(name.into(), shape.to_vec(), Dtype::F32, move |sink| {
            sink(&bytes);
            Ok(())
        })
    }

    type Read = (String, Vec<usize>, Vec<f32>);

    fn read(entries: Vec<Entry>) -> (Vec<Read>, Vec<String>) {
        let (entries, notes) = weights(entries);
        let tensors = entries.into_iter().map(|e| e.tensor().unwrap());
        (tensors.map(|t| (t.name, t.shape, t.values)).collect(), notes)
    }

    #[test]
    fn masks_are_multiplied() {
        let (tensors, notes) = read(vec![
            entry("fc.weight_orig", &[2, 2], &[1.0, 2.0, 3.0, 4.0]),
            entry("fc.bias", &[2], &[5.0, 6.0]),
            entry("fc.weight_mask", &[2, 2], &[1.0, 0.0, 0.0, 1.0]),
        ]);
        assert_eq!(tensors[0], ("fc.weight".into(), vec![2, 2], vec![1.0, 0.0, 0.0, 4.0]));
        assert_eq!((tensors.len(), tensors[1].0.as_str()), (2, "fc.bias"));
        assert_eq!(notes, ["pruned parameters multiplied by their masks (1)"]);
    }

    /// Rows, the whole, and another axis; under old and new names.
    #[test]
    fn lengths_and_directions_are_multiplied() {
        let v = [3.0, 4.0, 0.0, 5.0];
        for (v_name, g_name) in [
            ("conv.weight_v", "conv.weight_g"),
            ("conv.parametrizations.weight.original1", "conv.parametrizations.weight.original0"),
        ] {
            let (rows, notes) = read(vec![entry(g_name, &[2, 1], &[10.0, 2.0]), entry(v_name, &[2, 2], &v)]);
            assert_eq!(rows, [("conv.weight".to_string(), vec![2, 2], vec![6.0, 8.0, 0.0, 2.0])]);
            assert!(notes[0].contains("g v / ‖v‖"), "{notes:?}");
        }
        let (columns, _) = read(vec![entry("w_v", &[2, 2], &v), entry("w_g", &[1, 2], &[6.0, 41f32.sqrt()])]);
        assert_eq!(columns[0].2, [6.0, 4.0, 0.0, 5.0]);
        let (whole, _) = read(vec![entry("w_v", &[2, 2], &v), entry("w_g", &[], &[50f32.sqrt()])]);
        assert!(whole[0].2.iter().zip(v).all(|(a, b)| (a - b).abs() < 1e-6));
        // Four axes, one length for each filter.
        let values: Vec<f32> = (1..=8).map(|i| i as f32).collect();
        let (filters, _) =
            read(vec![entry("c.weight_v", &[2, 1, 2, 2], &values), entry("c.weight_g", &[2, 1, 1, 1], &[1.0, 1.0])]);
        let norm = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((norm(&filters[0].2[..4]) - 1.0).abs() < 1e-6 && (norm(&filters[0].2[4..]) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn spectral_norms_are_divided_out() {
        let (tensors, _) = read(vec![
            entry("l.weight_orig", &[2, 2], &[2.0, 0.0, 0.0, 1.0]),
            entry("l.weight_u", &[2], &[1.0, 0.0]),
            entry("l.weight_v", &[2], &[1.0, 0.0]),
        ]);
        assert_eq!(tensors, [("l.weight".to_string(), vec![2, 2], vec![1.0, 0.0, 0.0, 0.5])]);
    }

    #[test]
    fn what_is_no_pair_stays() {
        let names = |list: &[&str]| {
            let (entries, notes) = weights(list.iter().map(|name| entry(name, &[1], &[1.0])).collect());
            assert!(notes.is_empty());
            entries.into_iter().map(|e| e.name).collect::<Vec<_>>()
        };
        for list in [
            &["a_orig", "b_mask"][..],
            &["w_v", "b"],
            &["weight_g"],
            &["w", "w_v", "w_g"],
            &["x.original1", "x.original0"],
        ] {
            assert_eq!(names(list), list);
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_an_error() {
        let fails = |entries| {
            let (entries, _) = weights(entries);
            entries.into_iter().next().unwrap().tensor().unwrap_err()
        };
        assert!(fails(vec![entry("w_orig", &[2], &[1.0, 1.0]), entry("w_mask", &[1], &[1.0])]).contains("mask"));
        assert!(fails(vec![entry("w_v", &[2], &[1.0, 1.0]), entry("w_g", &[3], &[1.0; 3])]).contains("lengths"));
        let spectral =
            vec![entry("w_orig", &[2], &[1.0; 2]), entry("w_u", &[2], &[1.0; 2]), entry("w_v", &[2], &[1.0; 2])];
        assert!(fails(spectral).contains("vectors"));
    }
}
