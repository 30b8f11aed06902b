//! Gradient noise in the window: Tr(HΣ) and its relatives, at one checkpoint or at many.

use serde::{Deserialize, Serialize};

use super::series::{Series, place};
use crate::{
    app::{
        memo::Memo,
        plain::plain,
        shelf::{Asking, Entry, Kind},
    },
    explore::{About, NoiseFound, NoiseHead, NoiseJob, NoisePoint, NoiseRequest, NoiseSeries, Request as _, Subject},
    figure::{Color, Panel},
    present::{NoiseView, noise_methods},
};

/// A measurement of noise being set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NoiseForm {
    /// Where.
    pub series: Series,
    /// Images in a batch; 0 is as in the run, or 1.
    pub batch: u64,
    pub leading: usize,
    pub tolerance: f64,
    /// Products for each trace at most.
    pub products: usize,
    pub seed: u64,
}

impl Default for NoiseForm {
    fn default() -> Self {
        let plain = NoiseRequest::default();
        NoiseForm {
            series: Series::default(),
            batch: 0,
            leading: plain.leading,
            tolerance: plain.tolerance,
            products: plain.products,
            seed: plain.subject.seed,
        }
    }
}

impl NoiseForm {
    /// What is asked, without its place and its subject.
    fn request(&self) -> NoiseRequest {
        NoiseRequest {
            batch: (self.batch > 0).then_some(self.batch),
            leading: self.leading,
            tolerance: self.tolerance,
            products: self.products,
            ..NoiseRequest::default()
        }
    }
}

/// Gradient noise, as a kind of measurement.
pub struct Noises;

/// One question about gradient noise, and its answer.
pub type NoiseEntry = Entry<Noises>;

/// What is known of gradient noise.
pub struct NoiseShown {
    pub about: About,
    pub series: NoiseSeries,
    /// Place of the checkpoint whose numbers are told, once one was chosen.
    pub chosen: Option<usize>,
    /// What was drawn last, and of what: version and checkpoint.
    pub drawn: Memo<(u64, usize), Vec<Panel>>,
}

impl Kind for Noises {
    type Job = NoiseJob;
    type Found = NoiseShown;
    type Form = NoiseForm;

    const KEY: &'static str = "noise";
    const WORD: &'static str = "noise";

    fn questions(form: &NoiseForm, asking: &Asking<'_>) -> Result<Vec<NoiseRequest>, String> {
        let files = form.series.files(asking.library)?;
        let subject = Subject { seed: form.seed, ..asking.subject.finished()? };
        let request = NoiseRequest { files, subject, ..form.request() };
        request.check().map_err(plain)?;
        Ok(vec![request])
    }

    fn begun(_request: &NoiseRequest, head: NoiseHead, _color: Color) -> NoiseShown {
        NoiseShown { about: head.about, series: head.series, chosen: None, drawn: Memo::default() }
    }

    fn take(found: &mut NoiseShown, news: NoiseFound) -> Result<(), String> {
        found.series.apply(news);
        Ok(())
    }

    /// The batch-norm statistics are named where they matter.
    fn name(entry: &NoiseEntry) -> String {
        let bn = entry.found.as_ref().and_then(|found| found.about.bn.as_ref());
        let mode = bn.map_or(String::new(), |_| format!(" · {}", entry.mode()));
        format!("noise at {}{mode}", place(&entry.request.files))
    }

    fn command(request: &NoiseRequest) -> Option<Box<dyn Fn() -> String + '_>> {
        Some(Box::new(|| request.command_line()))
    }

    fn about(found: &Self::Found) -> &About {
        &found.about
    }

    fn subject(request: &NoiseRequest) -> &Subject {
        &request.subject
    }

    fn subject_mut(request: &mut NoiseRequest) -> &mut Subject {
        &mut request.subject
    }
}

impl NoiseShown {
    /// The checkpoint whose numbers are told: the chosen one, or the newest of which something is known.
    pub fn shown(&self) -> Option<(usize, &NoisePoint)> {
        let number = self.chosen.or_else(|| self.series.points.iter().rposition(|point| point.report.is_some()));
        let number = number.unwrap_or(0);
        Some((number, self.series.points.get(number)?))
    }
}

impl NoiseEntry {
    /// How it was measured, for a paper.
    pub fn methods(&self) -> Option<String> {
        let found = self.found.as_ref()?;
        Some(noise_methods(&found.about, &self.request, &found.series))
    }

    /// As a picture.
    pub fn view(&self) -> Option<NoiseView> {
        let found = self.found.as_ref()?;
        Some(NoiseView::new(&found.about, &self.request, found.series.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_survives_being_kept_and_asks_for_what_it_says() {
        let form = NoiseForm { batch: 100, leading: 2, ..NoiseForm::default() };
        let text = serde_json::to_string(&form).unwrap();
        assert_eq!(serde_json::from_str::<NoiseForm>(&text).unwrap(), form);
        assert_eq!((form.request().batch, form.request().leading), (Some(100), 2));
        assert_eq!(NoiseForm::default().request(), NoiseRequest::default());
    }
}
