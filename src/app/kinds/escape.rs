//! Escape tables in the window.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::range::radii;
use crate::{
    app::{
        form::read_written,
        library::{Library, Role},
        plain::plain,
        shelf::{Asking, Entry, Kind},
    },
    explore::{About, Ended, EscapeHead, EscapeJob, EscapeRequest, Request as _, SharedConstants, Subject},
    figure::Color,
    optim::{Constant, OptimizerKind, OptimizerSpec},
    present::{EscapeView, escape_methods},
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
    #[serde(flatten)]
    pub constants: SharedConstants,
    /// Of the constants, those that are written, by their names in files.
    pub written: BTreeMap<String, String>,
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
            rate: plain.lr,
            batch: 0,
            constants: plain.constants,
            written: BTreeMap::new(),
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

    /// The optimizers of the rows.
    fn kinds(&self) -> Vec<OptimizerKind> {
        std::iter::once(self.kind).chain(self.baseline.then_some(OptimizerKind::Sgd)).collect()
    }

    /// Whether a constant means anything to a row.
    pub fn has(&self, constant: &Constant) -> bool {
        self.kinds().iter().any(|kind| kind.has(constant))
    }

    /// Whether a constant means anything to a row, beside the constants of `spec`.
    pub fn shows(&self, constant: &Constant, spec: &OptimizerSpec) -> bool {
        self.kinds().into_iter().any(|kind| OptimizerSpec { kind, ..*spec }.uses(constant))
    }

    /// The constants that all rows share, as far as a row has them.
    ///
    /// # Errors
    /// What is no norm or no moment of a run, in words.
    fn constants(&self) -> Result<SharedConstants, String> {
        let mut spec = self.constants.spec();
        read_written(&self.written, &mut spec, |constant| self.has(constant))?;
        Ok(SharedConstants::of(&spec, &self.kinds()))
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
        request.check().map_err(plain)?;
        Ok(vec![request])
    }

    fn begun(_request: &EscapeRequest, head: EscapeHead, _color: Color) -> EscapeShown {
        EscapeShown { head, cells: Vec::new(), trends: Vec::new() }
    }

    fn take(found: &mut EscapeShown, news: Vec<Ended>) -> Result<(), String> {
        news.iter().try_for_each(|e| found.head.table.record(e.job, e.run)).map_err(plain)
    }

    fn settle(found: &mut EscapeShown) {
        (found.cells, found.trends) = (found.head.table.summary(), found.head.table.trends());
    }

    fn name(entry: &EscapeEntry) -> String {
        let title = entry.found.as_ref().map_or("escape", |f| &f.head.title);
        format!("{title}, η {}, {} seeds (table {})", entry.request.lr, entry.request.seeds, entry.id)
    }

    fn command(request: &EscapeRequest) -> Option<Box<dyn Fn() -> String + '_>> {
        Some(Box::new(|| request.command_line()))
    }

    fn about(found: &Self::Found) -> &About {
        &found.head.about
    }

    fn subject(request: &EscapeRequest) -> &Subject {
        &request.subject
    }

    fn subject_mut(request: &mut EscapeRequest) -> &mut Subject {
        &mut request.subject
    }

    /// A record belongs to one question; the other needs a file of its own.
    fn with_mode(request: &EscapeRequest, norm_mode: NormMode) -> EscapeRequest {
        let subject = Subject { norm_mode, ..request.subject.clone() };
        EscapeRequest { subject, record: None, ..request.clone() }
    }
}

impl EscapeEntry {
    /// How it was measured, for a paper. The caption's second line says how the runs go.
    pub fn methods(&self) -> Option<String> {
        let EscapeHead { about, caption, .. } = &self.found.as_ref()?.head;
        let how = caption.lines().nth(1).unwrap_or_default();
        Some(escape_methods(about, &self.request, how))
    }

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

    /// What a form asks, in its first so many letters: constants of further optimizers follow.
    fn begins(form: &EscapeForm, expected: &str) {
        let text = serde_json::to_string(&form.constants().unwrap()).unwrap();
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn a_form_asks_for_what_its_optimizer_has() {
        let form = EscapeForm::default();
        begins(
            &form,
            r#"{"momentum":0.0,"nesterov":false,"weight_decay":0.0,"sam_norm":2.0,"sam_shard":null,"psam_until":null,"psam_period":null"#,
        );
        let spec = OptimizerSpec { sam_shard: Some(8), ..OptimizerSpec::default() };
        let constants = SharedConstants::of(&spec, OptimizerKind::ALL);
        let written = BTreeMap::from([("psam_until".to_string(), "300 ".to_string())]);
        let form = |kind| EscapeForm { kind, constants: constants.clone(), written: written.clone(), ..form.clone() };
        begins(
            &form(OptimizerKind::Psam),
            r#"{"momentum":0.0,"nesterov":false,"weight_decay":0.0,"sam_norm":2.0,"sam_shard":8,"psam_until":300,"psam_period":20"#,
        );
        assert_eq!(form(OptimizerKind::Sgd).constants(), Ok(SharedConstants::default()));
        let written = BTreeMap::from([("sam_norm".to_string(), "0.5".to_string())]);
        let odd = EscapeForm { written, ..EscapeForm::default() };
        assert!(odd.constants().unwrap_err().contains("no p of a norm"));
    }

    #[test]
    fn a_form_is_kept_whole() {
        let spec = OptimizerSpec { momentum: 0.9, nesterov: true, psam_period: 3, ..OptimizerSpec::default() };
        let constants = SharedConstants::of(&spec, OptimizerKind::ALL);
        let form = EscapeForm { constants, kind: OptimizerKind::Psam, seeds: 7, ..EscapeForm::default() };
        let kept = serde_json::to_string(&form).unwrap();
        assert_eq!(serde_json::from_str::<EscapeForm>(&kept).unwrap(), form, "{kept}");
    }

    #[test]
    fn a_form_of_before_there_were_further_constants_is_understood() {
        let kept = r#"{"kind":"sam","rhos":"0.5","baseline":true,"rate":0.03,"batch":0,"momentum":0.5,"seeds":20,"seed":3,
            "limit":1000,"threshold":90.0,"check":1,"record":""}"#;
        let form: EscapeForm = serde_json::from_str(kept).unwrap();
        let spec = OptimizerSpec { momentum: 0.5, ..OptimizerSpec::default() };
        let constants = SharedConstants::of(&spec, &[OptimizerKind::Sgd]);
        assert_eq!(form, EscapeForm { rhos: "0.5".into(), constants, seed: 3, ..EscapeForm::default() });
    }
}
