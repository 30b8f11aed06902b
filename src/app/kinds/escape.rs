//! Escape tables in the window.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::range::radii;
use crate::{
    app::{
        library::{Library, Role},
        shelf::{Asking, Entry, Kind},
    },
    explore::{Ended, EscapeHead, EscapeJob, EscapeRequest, Subject},
    figure::Color,
    optim::{OptimizerKind, OptimizerSpec},
    present::EscapeView,
    probe::NormMode,
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
    pub fn kinds() -> Vec<OptimizerKind> {
        let mut kinds: Vec<OptimizerKind> =
            OptimizerKind::ALL.iter().copied().filter(|kind| *kind != OptimizerKind::Gd).collect();
        kinds.sort_by_key(|kind| !kind.is_sharpness_aware());
        kinds
    }

    /// The checkpoint that is meant: the chosen one while it is open, or A.
    pub fn checkpoint(&self, library: &Library) -> Option<PathBuf> {
        let chosen = self.checkpoint.as_ref().filter(|path| library.point(path).is_some());
        chosen.or(library.at(Role::A).map(|p| &p.path)).cloned()
    }
}

/// Escape tables, as a kind of measurement.
pub struct Escapes;

/// One table, and its answer.
pub type EscapeEntry = Entry<Escapes>;

/// What is known of a table.
pub struct EscapeShown {
    pub head: EscapeHead,
    /// What follows from the runs so far.
    pub cells: Vec<Cell>,
    pub trends: Vec<(OptimizerKind, Trend)>,
}

impl Kind for Escapes {
    type Job = EscapeJob;
    type Found = EscapeShown;
    type Form = EscapeForm;

    const WORD: &'static str = "escape";

    fn questions(form: &EscapeForm, asking: &Asking<'_>) -> Result<Vec<EscapeRequest>, String> {
        let checkpoint = form.checkpoint(asking.library).ok_or("Open the checkpoint of a minimum.")?;
        let rhos = if form.kind.is_sharpness_aware() { radii(&form.rhos)? } else { Vec::new() };
        let request = EscapeRequest {
            subject: asking.subject.finished()?,
            checkpoint,
            methods: Method::grid(&[form.kind], &rhos, form.baseline),
            optimizer: OptimizerSpec { momentum: form.momentum, ..OptimizerSpec::default() },
            rate: form.rate,
            batch: (form.batch > 0).then_some(form.batch),
            seeds: form.seeds,
            seed: form.seed,
            limit: form.limit,
            threshold: form.threshold / 100.0,
            check: form.check,
            full_checks: false,
            record: (!form.record.trim().is_empty()).then(|| form.record.trim().into()),
        };
        request.check().map_err(|e| e.to_string())?;
        crate::valley::Escape::new(request.table()).map_err(|e| e.to_string())?;
        Ok(vec![request])
    }

    fn begun(_request: &EscapeRequest, head: EscapeHead, _color: Color) -> EscapeShown {
        EscapeShown { head, cells: Vec::new(), trends: Vec::new() }
    }

    fn take(found: &mut EscapeShown, news: Vec<Ended>) -> Result<(), String> {
        news.iter().try_for_each(|e| found.head.table.record(e.job, e.run)).map_err(|e| e.to_string())
    }

    fn settle(found: &mut EscapeShown) {
        (found.cells, found.trends) = (found.head.table.summary(), found.head.table.trends());
    }

    fn name(entry: &EscapeEntry) -> String {
        let title = entry.found.as_ref().map_or("escape", |f| &f.head.title);
        format!("{title}, η {}, {} seeds (table {})", entry.request.rate, entry.request.seeds, entry.id)
    }

    fn subject(request: &EscapeRequest) -> &Subject {
        &request.subject
    }

    /// A record belongs to one question; the other needs a file of its own.
    fn with_mode(request: &EscapeRequest, norm_mode: NormMode) -> EscapeRequest {
        let subject = Subject { norm_mode, ..request.subject.clone() };
        EscapeRequest { subject, record: None, ..request.clone() }
    }
}

impl EscapeEntry {
    /// As a picture.
    pub fn view(&self) -> Option<EscapeView> {
        let EscapeHead { title, caption, table, .. } = &self.found.as_ref()?.head;
        Some(EscapeView {
            title: title.clone(),
            caption: caption.clone(),
            threshold: self.request.threshold,
            first_seed: self.request.seed,
            table: table.clone(),
        })
    }
}
