//! Valleys in the window: asymmetric directions at a checkpoint, shift, sharpness.

use serde::{Deserialize, Serialize};

use super::eigen::EigenForm;
use crate::{
    app::{
        library::Role,
        opened::short,
        plain::plain,
        shelf::{Asking, Entry, Kind},
    },
    explore::{
        About, DirectionReport, Eigenvector, NoiseSpec, Origin, Request as _, SamGapSpec, Scaling, ShiftRange,
        ShiftReport, ShiftSpec, Subject, Unit, ValleyFound, ValleyHead, ValleyJob, ValleyReport, ValleyRequest,
    },
    figure::Color,
    present::{ValleyView, valley_methods},
    survey::{Directions, Refine},
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
    /// Judge eigenvectors of the Hessian.
    pub eigen: EigenForm,
    pub zeta: f64,
    pub r: f64,
    pub points: usize,
    pub unit: Unit,
    pub origin: Origin,
    /// c must be above 1 + tolerance.
    pub tolerance: f64,
    /// Add points where the verdict is open.
    pub refine: bool,
    /// Percent of a slice's range.
    pub bend: f64,
    /// Points that refinement may add to a slice.
    pub extra: usize,
    pub shift: bool,
    /// R, the reach and the training points of a shift are given by hand.
    pub by_hand: bool,
    pub radius: f64,
    pub reach: f64,
    pub places: usize,
    pub sharpness: bool,
    pub delta: f64,
    pub draws: u64,
    pub gap: bool,
    pub rho: f64,
    pub steps: u32,
}

impl Default for ValleyForm {
    fn default() -> Self {
        let plain = ValleyRequest::default();
        ValleyForm {
            random: true,
            count: plain.directions,
            directions: Directions::default(),
            towards: true,
            given: String::new(),
            eigen: EigenForm::default(),
            zeta: plain.zeta,
            r: plain.radius,
            points: plain.points,
            unit: plain.unit,
            origin: plain.origin,
            tolerance: plain.tolerance,
            refine: true,
            bend: 100.0 * plain.refine.tolerance(),
            extra: plain.refine.points(),
            shift: true,
            by_hand: false,
            radius: plain.radius,
            reach: plain.radius,
            places: 2 * plain.points + 1,
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

impl ValleyForm {
    /// The range of a shift.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    fn range(&self) -> Result<ShiftRange, String> {
        if !self.by_hand {
            return Ok(ShiftRange::Auto);
        }
        ShiftSpec::new(self.radius, self.reach, self.places).map(ShiftRange::Of).map_err(plain)
    }
}

impl Kind for Valleys {
    type Job = ValleyJob;
    type Found = ValleyShown;
    type Form = ValleyForm;

    const KEY: &'static str = "valley";
    const WORD: &'static str = "valley";

    fn questions(form: &ValleyForm, asking: &Asking<'_>) -> Result<Vec<ValleyRequest>, String> {
        let centre = asking.library.at(Role::A).ok_or("Open a checkpoint and make it A.")?.path.clone();
        let others = [Role::B, Role::C].into_iter().filter(|_| form.towards).filter_map(|r| asking.library.at(r));
        let others: Vec<_> = others.map(|p| p.path.clone()).filter(|p| *p != centre).collect();
        let given: Vec<_> = Some(form.given.trim()).filter(|t| !t.is_empty()).map(|t| t.into()).into_iter().collect();
        let eigen = form.eigen.spec()?;
        let has_some = !others.is_empty() || !given.is_empty() || !eigen.is_empty();
        let shift = (form.shift && has_some).then(|| form.range()).transpose()?;
        let gap = form.gap.then(|| SamGapSpec::new(form.rho, form.steps));
        let extra = if form.refine { form.extra } else { 0 };
        let request = ValleyRequest {
            checkpoint: centre,
            others,
            subject: Subject { seed: form.directions.seed, ..asking.subject.finished()? },
            directions: if form.random { form.count } else { 0 },
            scaling: Scaling::of(&form.directions),
            direction: given,
            eigen,
            radius: form.r,
            zeta: form.zeta,
            points: form.points,
            refine: Refine::new(form.bend / 100.0, extra).map_err(plain)?,
            tolerance: form.tolerance,
            unit: form.unit,
            origin: form.origin,
            shift,
            sharpness: (form.sharpness)
                .then_some(NoiseSpec { delta: form.delta, draws: form.draws.max(1) })
                .into_iter()
                .collect(),
            sam_gap: gap.transpose().map_err(plain)?.into_iter().collect(),
        };
        if request.is_empty() {
            return Err("Nothing is chosen to be measured: random directions, B, sharpness or SAM's gap.".into());
        }
        request.check().map_err(plain)?;
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
        let name = short(&entry.request.checkpoint);
        let bn = entry.found.as_ref().and_then(|found| found.about.bn.as_ref());
        let mode = bn.map_or(String::new(), |_| format!(" · {}", entry.mode()));
        format!("Valley of {name}{mode}")
    }

    fn command(request: &ValleyRequest) -> Option<Box<dyn Fn() -> String + '_>> {
        Some(Box::new(|| request.command_line()))
    }

    fn about(found: &Self::Found) -> &About {
        &found.about
    }

    fn subject(request: &ValleyRequest) -> &Subject {
        &request.subject
    }

    fn subject_mut(request: &mut ValleyRequest) -> &mut Subject {
        &mut request.subject
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
    /// How it was measured, for a paper.
    pub fn methods(&self) -> Option<String> {
        let found = self.found.as_ref()?;
        let eigen: Vec<Eigenvector> = found.report.directions.iter().filter_map(|d| d.eigen).collect();
        Some(valley_methods(&found.about, &self.request, &eigen))
    }

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

    #[test]
    fn a_form_begins_with_what_a_request_has_and_one_of_before_is_understood() {
        let plain = ValleyRequest::default();
        let form = ValleyForm::default();
        assert_eq!(Refine::new(form.bend / 100.0, form.extra), Ok(plain.refine));
        assert_eq!(form.range(), Ok(ShiftRange::Auto));
        let by_hand = ValleyForm { by_hand: true, ..form.clone() };
        let auto = ValleyRequest { shift: Some(ShiftRange::Auto), ..plain }.comparison().unwrap().unwrap();
        assert_eq!(by_hand.range(), Ok(ShiftRange::Of(auto)));
        assert!(ValleyForm { reach: 0.0, ..by_hand }.range().unwrap_err().contains("above 0"));
        let mut kept = serde_json::to_value(&form).unwrap();
        for key in ["tolerance", "refine", "bend", "extra", "by_hand", "radius", "reach", "places", "eigen"] {
            assert!(kept.as_object_mut().unwrap().remove(key).is_some(), "{key}");
        }
        assert_eq!(serde_json::from_value::<ValleyForm>(kept).unwrap(), form);
    }
}
