//! The valley around a checkpoint in the window: what is asked, how far it is, what was found.

use serde::{Deserialize, Serialize};

use super::{
    library::{Library, Role},
    survey::{Measuring, Phase, SurveyId},
};
use crate::{
    engine::{Answer, Explorer},
    explore::{
        About, Detector, DirectionReport, Family, Origin, SamGapSpec, ShiftReport, ShiftSpec, Subject, Unit,
        ValleyReport, ValleyRequest,
    },
    present::ValleyView,
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

impl ValleyForm {
    /// The question, with its subject.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn request(&self, library: &Library, subject: Subject) -> Result<ValleyRequest, String> {
        let centre = library.at(Role::A).ok_or("Open a checkpoint and make it A.")?.path.clone();
        let slice = SliceSpec::new(self.zeta, self.r, self.points).map_err(|e| e.to_string())?;
        let seed = self.directions.seed;
        let others = [Role::B, Role::C].into_iter().filter(|_| self.towards).filter_map(|r| library.at(r));
        let others: Vec<_> = others.map(|p| p.path.clone()).filter(|p| *p != centre).collect();
        let given: Vec<_> = Some(self.given.trim()).filter(|t| !t.is_empty()).map(|t| t.into()).into_iter().collect();
        let has_files = !others.is_empty() || !given.is_empty();
        let shift = (self.shift && has_files).then(|| ShiftSpec::new(slice.r(), slice.r(), 2 * slice.points() + 1));
        let gap = self.gap.then(|| SamGapSpec::new(self.rho, self.steps));
        let request = ValleyRequest {
            subject,
            centre,
            random: (self.random && self.count > 0)
                .then_some(Family { directions: self.directions, count: self.count }),
            others,
            given,
            detector: Detector { slice, unit: self.unit, origin: self.origin, ..Detector::default() },
            shift: shift.transpose().map_err(|e| e.to_string())?,
            sharpness: (self.sharpness)
                .then_some(SharpnessSpec { delta: self.delta, draws: self.draws.max(1), seed })
                .into_iter()
                .collect(),
            sam_gaps: gap.transpose().map_err(|e| e.to_string())?.into_iter().collect(),
        };
        if request.is_empty() {
            return Err("Nothing is chosen to be measured: random directions, B, sharpness or SAM's gap.".into());
        }
        Ok(request)
    }
}

/// What fills the large plot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Large {
    #[default]
    Slice,
    Shift,
}

/// One question about a valley, and its answer.
pub struct ValleyEntry {
    pub id: SurveyId,
    pub request: ValleyRequest,
    pub phase: Phase,
    /// `None` until the files are read.
    pub about: Option<About>,
    pub report: ValleyReport,
    /// Number of the direction that is shown large, once somebody has chosen one.
    pub chosen: Option<usize>,
    pub large: Large,
}

impl ValleyEntry {
    pub fn new(id: SurveyId, request: ValleyRequest, explorer: Explorer) -> ValleyEntry {
        ValleyEntry {
            id,
            request,
            phase: Phase::Measuring(Measuring::new(explorer)),
            about: None,
            report: ValleyReport::default(),
            chosen: None,
            large: Large::default(),
        }
    }

    /// What it is called, and the batch-norm statistics where they matter.
    pub fn name(&self) -> String {
        let name = super::opened::short(&self.request.centre);
        let mode = self.about.as_ref().and_then(|a| a.bn.as_ref());
        let mode = mode.map_or(String::new(), |_| format!(" · {}", self.request.subject.norm_mode));
        format!("Valley of {name}{mode}")
    }

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

    /// As a picture.
    pub fn view(&self) -> Option<ValleyView> {
        Some(ValleyView::new(self.about.as_ref()?, &self.request, self.report.clone()))
    }

    /// Takes an answer.
    pub fn apply(&mut self, answer: Answer) {
        match self.phase.apply(answer) {
            Some(Answer::ValleyBegun { about, report }) => (self.about, self.report) = (Some(*about), *report),
            Some(Answer::Valley(found)) => self.report.apply(found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said() {
        let form = ValleyForm::default();
        let refused = |form: &ValleyForm| form.request(&Library::default(), Subject::default()).unwrap_err();
        assert!(refused(&form).contains("make it A"));
        let text = serde_json::to_string(&form).unwrap();
        assert_eq!(serde_json::from_str::<ValleyForm>(&text).unwrap(), form);
    }
}
