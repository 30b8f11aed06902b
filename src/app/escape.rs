//! Escape tables in the window: what is asked, how far it is, what was found.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    library::{Library, Role},
    questions::radii,
    survey::{Measuring, Phase, SurveyId},
};
use crate::{
    engine::{Answer, EscapeHead, Explorer},
    explore::{EscapeRequest, Subject},
    optim::{OptimizerKind, OptimizerSpec},
    present::EscapeView,
    valley::{Cell, Method, Trend},
};

/// A table being set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EscapeForm {
    /// The minimum; `None` is A.
    #[serde(skip)]
    pub checkpoint: Option<PathBuf>,
    pub kind: OptimizerKind,
    /// Radii, with commas.
    pub rhos: String,
    /// Have SGD in the table, too.
    pub baseline: bool,
    pub rate: f64,
    /// 0 is 256, or all when there are fewer.
    pub batch: u64,
    pub momentum: f64,
    pub seeds: usize,
    pub seed: u64,
    pub limit: u64,
    /// Percent.
    pub threshold: f64,
    pub check: u64,
    /// Keep the runs in this file; empty for none.
    pub record: String,
}

impl Default for EscapeForm {
    fn default() -> Self {
        let plain = EscapeRequest::default();
        EscapeForm {
            checkpoint: None,
            kind: OptimizerKind::Sam,
            rhos: "0.05, 0.2, 0.7".into(),
            baseline: true,
            rate: plain.rate,
            batch: 0,
            momentum: 0.0,
            seeds: plain.seeds,
            seed: plain.seed,
            limit: plain.limit,
            threshold: 100.0 * plain.threshold,
            check: plain.check,
            record: String::new(),
        }
    }
}

impl EscapeForm {
    /// Optimizers that are offered: those whose runs differ from seed to seed.
    pub const KINDS: [OptimizerKind; 5] =
        [OptimizerKind::Sam, OptimizerKind::Asam, OptimizerKind::Psam, OptimizerKind::Sgd, OptimizerKind::Nesterov];

    /// The checkpoint that is meant: the chosen one while it is open, or A.
    pub fn checkpoint(&self, library: &Library) -> Option<PathBuf> {
        let chosen = self.checkpoint.as_ref().filter(|path| library.point(path).is_some());
        chosen.or(library.at(Role::A).map(|p| &p.path)).cloned()
    }

    /// The whole question.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn request(&self, library: &Library, subject: Subject) -> Result<EscapeRequest, String> {
        let checkpoint = self.checkpoint(library).ok_or("Open the checkpoint of a minimum.")?;
        let rhos = if self.kind.is_sharpness_aware() { radii(&self.rhos)? } else { Vec::new() };
        let request = EscapeRequest {
            subject,
            checkpoint,
            methods: Method::grid(&[self.kind], &rhos, self.baseline),
            optimizer: OptimizerSpec { momentum: self.momentum, ..OptimizerSpec::default() },
            rate: self.rate,
            batch: (self.batch > 0).then_some(self.batch),
            seeds: self.seeds,
            seed: self.seed,
            limit: self.limit,
            threshold: self.threshold / 100.0,
            check: self.check,
            full_checks: false,
            record: (!self.record.trim().is_empty()).then(|| self.record.trim().into()),
        };
        request.check().map_err(|e| e.to_string())?;
        crate::valley::Escape::new(request.table()).map_err(|e| e.to_string())?;
        Ok(request)
    }
}

/// One table, and its answer.
pub struct EscapeEntry {
    pub id: SurveyId,
    pub request: EscapeRequest,
    pub phase: Phase,
    /// `None` until the files are read.
    pub found: Option<EscapeHead>,
    /// What follows from the runs so far.
    pub cells: Vec<Cell>,
    pub trends: Vec<(OptimizerKind, Trend)>,
}

impl EscapeEntry {
    pub fn new(id: SurveyId, request: EscapeRequest, explorer: Explorer) -> EscapeEntry {
        let phase = Phase::Measuring(Measuring::new(explorer));
        EscapeEntry { id, request, phase, found: None, cells: Vec::new(), trends: Vec::new() }
    }

    /// Takes an answer; true when there are new runs.
    pub fn apply(&mut self, answer: Answer) -> bool {
        match self.phase.apply(answer) {
            Some(Answer::EscapeBegun(head)) => {
                self.found = Some(*head);
                true
            }
            Some(Answer::Escape(ended)) => {
                let Some(found) = &mut self.found else { return false };
                let taken = ended.iter().try_for_each(|e| found.table.record(e.job, e.run));
                if let Err(e) = taken {
                    self.phase = Phase::Failed(e.to_string());
                }
                true
            }
            _ => false,
        }
    }

    /// Sums up anew, after runs were added.
    pub fn sum_up(&mut self) {
        if let Some(found) = &self.found {
            (self.cells, self.trends) = (found.table.summary(), found.table.trends());
        }
    }

    /// As a picture.
    pub fn view(&self) -> Option<EscapeView> {
        let found = self.found.as_ref()?;
        Some(EscapeView {
            title: found.title.clone(),
            caption: found.caption.clone(),
            threshold: self.request.threshold,
            first_seed: self.request.seed,
            table: found.table.clone(),
        })
    }
}
