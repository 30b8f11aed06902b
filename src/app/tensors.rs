//! The tensors of one checkpoint, or of two beside each other: norms, and how far each moved.

use std::collections::BTreeMap;

use super::opened::{Moved, Point, is_statistic};
use crate::checkpoint::TensorSummary;

/// One tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub name: String,
    pub shape: Vec<usize>,
    /// ‖·‖₂ in A and in B; `None` where there is no such tensor.
    pub norms: [Option<f64>; 2],
    /// ‖B − A‖₂, once it is known and where the shapes agree.
    pub moved: Option<f64>,
    /// Running statistics and counters are no parameters, and not in the totals.
    pub is_parameter: bool,
    /// In A or else in B.
    pub not_finite: usize,
}

impl Row {
    /// ‖B − A‖ / ‖A‖.
    pub fn relative(&self) -> Option<f64> {
        Some(self.moved? / self.norms[0]?)
    }
}

/// All tensors, in the order of A; then those that only B has.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub rows: Vec<Row>,
    /// All parameters as one vector.
    pub total: Row,
}

fn count_label(parameters: usize) -> String {
    format!("all {} parameters", super::theme::grouped(parameters as u64))
}

impl Table {
    /// The tensors of `a`, beside those of `b`.
    pub fn of(a: &Point, b: Option<&Point>, moved: Option<&[Moved]>) -> Table {
        let by_name = |p: &'_ Point| -> BTreeMap<String, TensorSummary> {
            p.summary.tensors.iter().map(|t| (t.name.clone(), t.clone())).collect()
        };
        let (in_a, in_b) = (by_name(a), b.map(by_name).unwrap_or_default());
        let moved_by: BTreeMap<&str, Option<f64>> =
            moved.unwrap_or_default().iter().map(|m| (m.name.as_str(), m.distance)).collect();
        let only_b = b.iter().flat_map(|b| &b.summary.tensors).filter(|t| !in_a.contains_key(&t.name));
        let rows: Vec<Row> = a
            .summary
            .tensors
            .iter()
            .chain(only_b)
            .map(|t| Row {
                name: t.name.clone(),
                shape: t.shape.clone(),
                norms: [in_a.get(&t.name).map(|t| t.norm), in_b.get(&t.name).map(|t| t.norm)],
                moved: moved_by.get(t.name.as_str()).copied().flatten(),
                is_parameter: t.dtype.is_float() && !is_statistic(&t.name),
                not_finite: t.non_finite,
            })
            .collect();
        let parameters = || rows.iter().filter(|r| r.is_parameter);
        let length = |of: fn(&Row) -> Option<f64>| {
            let known: Vec<f64> = parameters().filter_map(of).collect();
            (!known.is_empty()).then(|| known.iter().map(|x| x * x).sum::<f64>().sqrt())
        };
        // Of two networks that are not the same, a distance would leave something out.
        let is_comparable = parameters().all(|r| r.moved.is_some());
        let total = Row {
            name: count_label(a.summary.parameters),
            shape: vec![a.summary.parameters],
            norms: [length(|r| r.norms[0]), length(|r| r.norms[1])],
            moved: length(|r| r.moved).filter(|_| is_comparable),
            is_parameter: true,
            not_finite: parameters().map(|r| r.not_finite).sum(),
        };
        Table { rows, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Dtype, Format, Summary};

    fn point(tensors: &[(&str, f64)]) -> Point {
        let tensors: Vec<TensorSummary> = tensors
            .iter()
            .map(|(name, norm)| TensorSummary {
                name: (*name).into(),
                shape: vec![2],
                dtype: Dtype::F32,
                count: 2,
                norm: *norm,
                range: Some((0.0, 1.0)),
                non_finite: 0,
            })
            .collect();
        Point {
            path: "x".into(),
            format: Format::Safetensors,
            shapes: vec![],
            summary: Summary { parameters: 2 * tensors.len(), buffers: 0, tensors },
            network: Err(String::new()),
            notes: vec![],
            others: vec![],
            run: None,
        }
    }

    #[test]
    fn totals_are_lengths_of_all_parameters_together() {
        let a = point(&[("w", 3.0), ("bn.running_mean", 100.0), ("b", 4.0)]);
        let b = point(&[("w", 6.0), ("b", 8.0), ("more", 1.0)]);
        let moved = |name: &str, d| Moved { name: name.into(), distance: Some(d) };
        let table = Table::of(&a, Some(&b), Some(&[moved("w", 5.0), moved("b", 12.0)]));
        let names: Vec<&str> = table.rows.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["w", "bn.running_mean", "b", "more"]);
        assert_eq!(table.total.norms, [Some(5.0), Some((36.0f64 + 64.0 + 1.0).sqrt())]);
        assert_eq!(table.rows[2].relative(), Some(3.0));
        assert_eq!(table.total.moved, None, "B has a tensor more");
        assert_eq!((table.rows[3].norms, table.rows[1].norms), ([None, Some(1.0)], [Some(100.0), None]));
        let same = Table::of(&a, Some(&a), Some(&[moved("w", 5.0), moved("b", 12.0)]));
        assert_eq!((same.total.moved, same.total.relative()), (Some(13.0), Some(2.6)));
        assert_eq!(Table::of(&a, None, None).total.norms, [Some(5.0), None]);
    }
}
