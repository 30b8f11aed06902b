//! Valleys in the window: asymmetric directions at a checkpoint, shift, sharpness.

use serde::{Deserialize, Serialize};

use crate::{
    app::{
        library::Role,
        opened::short,
        shelf::{Asking, Entry, Kind},
    },
    explore::{
        About, Detector, DirectionReport, Family, Origin, SamGapSpec, ShiftReport, ShiftSpec, Subject, Unit,
        ValleyFound, ValleyHead, ValleyJob, ValleyReport, ValleyRequest,
    },
    figure::Color,
    present::ValleyView,
    probe::NormMode,
    survey::Directions,
    valley::{SharpnessSpec, SliceSpec},
};

/// A valley being set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ValleyForm {
    /// Judge random directions.
    pub random: bool,
    pub count: u32,
    pub directions: Directions,
    /// Judge the directions to B and C.
    pub towards: bool,
    /// A file with a direction; empty for none.
    pub given: String,
    pub zeta: f64,
    pub r: f64,
    pub points: usize,
    pub unit: Unit,
    pub origin: Origin,
    pub shift: bool,
    pub sharpness: bool,
    pub delta: f64,
    pub draws: u64,
    pub gap: bool,
    pub rho: f64,
    pub steps: u32,
}

impl Default for ValleyForm {
    fn default() -> Self {
        let slice = Detector::default().slice;
        ValleyForm {
            random: true,
            count: 20,
            directions: Directions::default(),
            towards: true,
            given: String::new(),
            zeta: slice.zeta(),
            r: slice.r(),
            points: slice.points(),
            unit: Unit::default(),
            origin: Origin::default(),
            shift: true,
            sharpness: true,
            delta: 0.01,
            draws: 30,
            gap: true,
            rho: 0.05,
            steps: SamGapSpec::STEPS,
        }
    }
}

/// What fills the large plot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Large {
    #[default]
    Slice,
    Shift,
}

/// Valleys, as a kind of measurement.
pub struct Valleys;

/// One question about a valley, and its answer.
pub type ValleyEntry = Entry<Valleys>;

/// What is known of a valley.
pub struct ValleyShown {
    pub about: About,
    pub report: ValleyReport,
    /// Number of the direction that is shown large, once one was chosen.
    pub chosen: Option<usize>,
    pub large: Large,
}

impl Kind for Valleys {
    type Job = ValleyJob;
    type Found = ValleyShown;
    type Form = ValleyForm;

    const WORD: &'static str = "valley";

    fn questions(form: &ValleyForm, asking: &Asking<'_>) -> Result<Vec<ValleyRequest>, String> {
        let centre = asking.library.at(Role::A).ok_or("Open a checkpoint and make it A.")?.path.clone();
        let slice = SliceSpec::new(form.zeta, form.r, form.points).map_err(|e| e.to_string())?;
        let seed = form.directions.seed;
        let others = [Role::B, Role::C].into_iter().filter(|_| form.towards).filter_map(|r| asking.library.at(r));
        let others: Vec<_> = others.map(|p| p.path.clone()).filter(|p| *p != centre).collect();
        let given: Vec<_> = Some(form.given.trim()).filter(|t| !t.is_empty()).map(|t| t.into()).into_iter().collect();
        let has_files = !others.is_empty() || !given.is_empty();
        let shift = (form.shift && has_files).then(|| ShiftSpec::new(slice.r(), slice.r(), 2 * slice.points() + 1));
        let gap = form.gap.then(|| SamGapSpec::new(form.rho, form.steps));
        let request = ValleyRequest {
            subject: asking.subject.finished()?,
            centre,
            random: (form.random && form.count > 0)
                .then_some(Family { directions: form.directions, count: form.count }),
            others,
            given,
            detector: Detector { slice, unit: form.unit, origin: form.origin, ..Detector::default() },
            shift: shift.transpose().map_err(|e| e.to_string())?,
            sharpness: (form.sharpness)
                .then_some(SharpnessSpec { delta: form.delta, draws: form.draws.max(1), seed })
                .into_iter()
                .collect(),
            sam_gaps: gap.transpose().map_err(|e| e.to_string())?.into_iter().collect(),
        };
        if request.is_empty() {
            return Err("Nothing is chosen to be measured: random directions, B, sharpness or SAM's gap.".into());
        }
        Ok(vec![request])
    }

    fn begun(_request: &ValleyRequest, head: ValleyHead, _color: Color) -> ValleyShown {
        ValleyShown { about: head.about, report: head.report, chosen: None, large: Large::default() }
    }

    fn take(found: &mut ValleyShown, news: ValleyFound) -> Result<(), String> {
        found.report.apply(news);
        Ok(())
    }

    /// The batch-norm statistics are named where they matter.
    fn name(entry: &ValleyEntry) -> String {
        let name = short(&entry.request.centre);
        let bn = entry.found.as_ref().and_then(|found| found.about.bn.as_ref());
        let mode = bn.map_or(String::new(), |_| format!(" · {}", entry.mode()));
        format!("Valley of {name}{mode}")
    }

    fn subject(request: &ValleyRequest) -> &Subject {
        &request.subject
    }

    fn with_mode(request: &ValleyRequest, norm_mode: NormMode) -> ValleyRequest {
        let subject = Subject { norm_mode, ..request.subject.clone() };
        ValleyRequest { subject, ..request.clone() }
    }
}

impl ValleyShown {
    /// Directions to show small: those from files, then the most asymmetric random ones; while none is judged, the one
    /// being measured.
    pub fn pictures(&self) -> Vec<usize> {
        let named = self.report.named().filter(|(_, d)| !d.points.is_empty()).map(|(i, _)| i);
        let mut all: Vec<usize> = named.chain(self.report.most_asymmetric()).collect();
        if all.is_empty() {
            all.extend(self.report.directions.iter().position(|d| !d.points.is_empty()));
        }
        all
    }

    /// The direction that is shown large: the chosen one, or the first of the pictures.
    pub fn shown(&self) -> Option<(usize, &DirectionReport)> {
        let chosen = self.chosen.filter(|i| self.report.directions.get(*i).is_some_and(|d| !d.points.is_empty()));
        let number = chosen.or_else(|| self.pictures().first().copied())?;
        Some((number, self.report.directions.get(number)?))
    }

    /// Test and training loss along a direction.
    pub fn shift(&self, direction: usize) -> Option<&ShiftReport> {
        self.report.shifts.iter().find(|s| s.direction == direction && !s.train.is_empty())
    }
}

impl ValleyEntry {
    /// As a picture.
    pub fn view(&self) -> Option<ValleyView> {
        let found = self.found.as_ref()?;
        Some(ValleyView::new(&found.about, &self.request, found.report.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_survives_being_kept() {
        let form = ValleyForm { draws: 7, unit: Unit::Distance, ..ValleyForm::default() };
        let text = serde_json::to_string(&form).unwrap();
        assert_eq!(serde_json::from_str::<ValleyForm>(&text).unwrap(), form);
    }
}
