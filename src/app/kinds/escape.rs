//! Escape tables in the window.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::range::radii;
use crate::{
    app::{
        library::{Library, Role},
        shelf::{Asking, Entry, Kind},
    },
    explore::{Ended, EscapeHead, EscapeJob, EscapeRequest, Request as _, SharedConstants, Subject},
    figure::Color,
    optim::{NormOrder, OptimizerKind, When},
    present::EscapeView,
    probe::NormMode,
    valley::{Cell, Trend},
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
    pub nesterov: bool,
    pub weight_decay: f64,
    /// p of SAM's ball, as text.
    pub norm: String,
    /// m of m-sharpness; 0 is the whole batch.
    pub shard: u64,
    /// E of PSAM, as text.
    pub until: String,
    /// n of PSAM.
    pub period: u64,
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
        let constants = plain.constants.spec();
        EscapeForm {
            checkpoint: None,
            kind: OptimizerKind::Sam,
            rhos: "0.05, 0.2, 0.7".into(),
            baseline: true,
            rate: plain.lr,
            batch: 0,
            momentum: constants.momentum,
            nesterov: constants.nesterov,
            weight_decay: constants.weight_decay,
            norm: constants.sam_norm.to_string(),
            shard: 0,
            until: constants.psam_until.to_string(),
            period: constants.psam_period,
            seeds: plain.seeds,
            seed: plain.subject.seed,
            limit: plain.steps,
            threshold: 100.0 * plain.threshold,
            check: plain.check,
            record: String::new(),
        }
    }
}

impl EscapeForm {
    /// The checkpoint that is meant: the chosen one while it is open, or A.
    pub fn checkpoint(&self, library: &Library) -> Option<PathBuf> {
        let chosen = self.checkpoint.as_ref().filter(|path| library.point(path).is_some());
        chosen.or(library.at(Role::A).map(|p| &p.path)).cloned()
    }

    /// The constants that all rows share; those of SAM and of PSAM where the optimizer has them.
    ///
    /// # Errors
    /// What is no norm or no moment of a run, in words.
    fn constants(&self) -> Result<SharedConstants, String> {
        let (is_aware, is_periodic) = (self.kind.is_sharpness_aware(), self.kind == OptimizerKind::Psam);
        let norm = is_aware.then(|| self.norm.trim().parse::<NormOrder>()).transpose()?;
        let until = is_periodic.then(|| self.until.trim().parse::<When>()).transpose()?;
        Ok(SharedConstants {
            momentum: self.momentum,
            nesterov: self.nesterov,
            weight_decay: self.weight_decay,
            sam_norm: norm,
            sam_shard: (is_aware && self.shard > 0).then_some(self.shard),
            psam_until: until,
            psam_period: is_periodic.then_some(self.period),
        })
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

    const KEY: &'static str = "escape";
    const WORD: &'static str = "table";

    fn questions(form: &EscapeForm, asking: &Asking<'_>) -> Result<Vec<EscapeRequest>, String> {
        let checkpoint = form.checkpoint(asking.library).ok_or("Open the checkpoint of a minimum.")?;
        let rho = if form.kind.is_sharpness_aware() { Some(radii(&form.rhos)?) } else { None };
        let request = EscapeRequest {
            checkpoint,
            subject: Subject { seed: form.seed, ..asking.subject.finished()? },
            kinds: vec![form.kind],
            rho,
            baseline: form.baseline,
            lr: form.rate,
            batch: (form.batch > 0).then_some(form.batch),
            constants: form.constants()?,
            seeds: form.seeds,
            steps: form.limit,
            threshold: form.threshold / 100.0,
            check: form.check,
            full_checks: false,
            record: (!form.record.trim().is_empty()).then(|| form.record.trim().into()),
        };
        request.check().map_err(|e| e.to_string())?;
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
        format!("{title}, η {}, {} seeds (table {})", entry.request.lr, entry.request.seeds, entry.id)
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
            first_seed: self.request.subject.seed,
            table: table.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_asks_for_what_its_optimizer_has() {
        let form = EscapeForm::default();
        let plain = SharedConstants { sam_norm: Some(NormOrder::TWO), ..SharedConstants::default() };
        assert_eq!(form.constants(), Ok(plain));
        let shared = |kind: OptimizerKind| EscapeForm { kind, shard: 8, until: "300".into(), ..EscapeForm::default() };
        let psam = shared(OptimizerKind::Psam).constants().unwrap();
        assert_eq!((psam.sam_shard, psam.psam_until, psam.psam_period), (Some(8), Some(When::Step(300)), Some(20)));
        assert_eq!(shared(OptimizerKind::Sgd).constants(), Ok(SharedConstants::default()));
        let odd = EscapeForm { norm: "0.5".into(), ..EscapeForm::default() };
        assert!(odd.constants().unwrap_err().contains("no p of a norm"));
    }

    #[test]
    fn a_form_of_before_there_were_further_constants_is_understood() {
        let kept = r#"{"kind":"sam","rhos":"0.5","baseline":true,"rate":0.03,"batch":0,"momentum":0.5,"seeds":20,"seed":3,
            "limit":1000,"threshold":90.0,"check":1,"record":""}"#;
        let form: EscapeForm = serde_json::from_str(kept).unwrap();
        assert_eq!(form, EscapeForm { rhos: "0.5".into(), momentum: 0.5, seed: 3, ..EscapeForm::default() });
    }
}
