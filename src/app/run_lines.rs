//! Lines between runs: which of them, and what is asked.

use super::store::{Run, Store};
use crate::{
    engine::{EndAt, LineQuestion, LiveEnd, LiveRequest, RunId, Snapshots},
    explore::{LineRequest, Subject},
    probe::{NormBatch, NormMode},
    run::{Manifest, RunSpec, differences},
    survey::LineSpec,
};

/// Recalibrated statistics are affordable up to so many parameters times training images: about ten seconds a line on one
/// core.
const AFFORDABLE: u128 = 20_000_000_000;

/// The runs between which lines are to be measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunLines {
    /// At α = 0.
    pub a: Option<RunId>,
    /// At α = 1, a line to each.
    pub b: Vec<RunId>,
}

impl RunLines {
    /// Chooses the branches of a fork.
    pub fn suggest(&mut self, a: RunId, b: Vec<RunId>) {
        (self.a, self.b) = (Some(a), b);
    }

    /// The chosen runs that are there; when none was chosen, the last fork and what it left.
    pub fn chosen<'a>(&self, store: &'a Store) -> (Option<&'a Run>, Vec<&'a Run>) {
        let of = |id: RunId| store.run(id).filter(|run| run.history.is_some());
        let a = self.a.and_then(of);
        let b: Vec<&Run> = self.b.iter().filter(|id| Some(**id) != self.a).filter_map(|id| of(*id)).collect();
        (a, b)
    }

    /// What is to be asked, a question for each line.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn questions(
        &self,
        store: &Store,
        line: LineSpec,
        test: bool,
        snapshots: &Snapshots,
    ) -> Result<Vec<LineQuestion>, String> {
        let (a, b) = self.chosen(store);
        let a = a.ok_or("Choose a run as A.")?;
        if b.is_empty() {
            return Err("Choose one or more other runs as B.".into());
        }
        let all: Vec<&Run> = std::iter::once(a).chain(b.iter().copied()).collect();
        let specs: Vec<&RunSpec> = all.iter().filter_map(|run| Some(&manifest(run)?.spec)).collect();
        let names = differences(&specs);
        let first = manifest(a).ok_or("The run A has not begun yet.")?;
        let mut questions = Vec::new();
        for (run, name) in b.into_iter().zip(names.iter().skip(1)) {
            let other = manifest(run).ok_or("A run has not begun yet.")?;
            if other.spec.net != first.spec.net || other.parameters != first.parameters {
                return Err(format!("{} has another network than {}.", run.label, a.label));
            }
            let subject = Subject::of_run(&first.spec, norm_mode(first));
            let names = [names[0].clone(), name.clone()];
            questions.push(match (end(a)?, end(run)?) {
                (EndAt::File(a), EndAt::File(b)) => LineQuestion::Files(LineRequest {
                    a,
                    b: Some(b),
                    subject,
                    alphas: Some(line.alphas),
                    widen: line.widen,
                    refine: line.refine,
                    test,
                    names: Some(names),
                    ..LineRequest::default()
                }),
                (at_a, at_b) => {
                    let [a, b] = names;
                    let ends = [LiveEnd { name: a, at: at_a }, LiveEnd { name: b, at: at_b }];
                    LineQuestion::Live(LiveRequest { subject, ends, line, test, snapshots: snapshots.clone() })
                }
            });
        }
        Ok(questions)
    }
}

fn manifest(run: &Run) -> Option<&Manifest> {
    run.history.as_ref().map(|h| h.manifest())
}

/// Where a run is, or where it ended.
fn end(run: &Run) -> Result<EndAt, String> {
    match &run.file {
        _ if run.is_live() => Ok(EndAt::Run(run.id)),
        Some(file) => Ok(EndAt::File(file.clone())),
        None => Err(format!("{} is over and was not recorded.", run.label)),
    }
}

/// Recalibrated, where there is batch norm and it is affordable.
fn norm_mode(manifest: &Manifest) -> NormMode {
    let cost = u128::from(manifest.parameters) * u128::from(manifest.train_count);
    match manifest.buffers > 0 && cost <= AFFORDABLE {
        true => NormMode::Recalibrated(NormBatch::Auto),
        false => NormMode::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::{History, synthetic},
        optim::{OptimizerKind, OptimizerSpec},
        survey::Axis,
    };

    fn store(kinds: &[OptimizerKind]) -> Store {
        let mut store = Store::default();
        for (i, kind) in kinds.iter().enumerate() {
            let mut manifest = synthetic::manifest(10);
            manifest.spec.optimizer = OptimizerSpec { kind: *kind, ..OptimizerSpec::default() };
            store.insert(std::path::Path::new(&format!("/{i}.valley")), History::new(manifest));
        }
        store
    }

    #[test]
    fn ends_are_chosen_and_named_by_what_differs() {
        let store = store(&[OptimizerKind::Sgd, OptimizerKind::Sam, OptimizerKind::Asam]);
        let ids: Vec<RunId> = store.runs().iter().map(|r| r.id).collect();
        let line = LineSpec::plain(Axis::new(-0.5, 1.5, 21).unwrap());
        let ask = |lines: &RunLines| lines.questions(&store, line, true, &Snapshots::default());
        let mut lines = RunLines::default();
        assert!(ask(&lines).unwrap_err().contains("as A"));
        lines.a = Some(ids[0]);
        assert!(ask(&lines).unwrap_err().contains("as B"));
        lines.b = vec![ids[1], ids[2], ids[0]];
        let found = ask(&lines).unwrap();
        let names: Vec<[String; 2]> = found
            .iter()
            .map(|q| match q {
                LineQuestion::Files(r) => r.names.clone().unwrap(),
                other @ LineQuestion::Live(_) => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(names, [["SGD", "SAM ρ 0.05"], ["SGD", "ASAM ρ 0.05"]], "A is not its own B");
    }

    #[test]
    fn statistics_are_computed_anew_where_that_is_affordable() {
        let plain = synthetic::manifest(10);
        let normed = Manifest { buffers: 32, ..plain.clone() };
        let large = Manifest { parameters: 11_000_000, train_count: 50_000, ..normed.clone() };
        assert_eq!(
            [&plain, &normed, &large].map(norm_mode),
            [NormMode::Running, NormMode::Recalibrated(NormBatch::Auto), NormMode::Running]
        );
    }
}
