//! Spectra in the window: eigenvalues, density, trace and layers of a matrix of a network, at one checkpoint or at many.

use serde::{Deserialize, Serialize};

use super::series::{Series, place};
use crate::{
    app::{
        memo::Memo,
        plain::plain,
        shelf::{Asking, Entry, Kind},
    },
    curvature::Operator,
    explore::{
        About, Request as _, SpectrumFound, SpectrumHead, SpectrumJob, SpectrumPoint, SpectrumRequest, SpectrumSeries,
        Subject,
    },
    figure::{Color, Panel},
    present::{SpectrumView, spectrum_methods},
};

/// A spectrum being set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpectrumForm {
    /// Where.
    pub series: Series,
    pub operator: Operator,
    /// Images in a batch of Σ; 0 is as in the run, or 1.
    pub batch: u64,
    pub top: usize,
    pub smallest: usize,
    pub density: bool,
    pub trace: bool,
    pub layers: bool,
    pub tolerance: f64,
    /// Products of a search at most; 0 is chosen by itself.
    pub products: usize,
    pub seed: u64,
}

impl Default for SpectrumForm {
    fn default() -> Self {
        let plain = SpectrumRequest::default();
        SpectrumForm {
            series: Series::default(),
            operator: plain.operator,
            batch: 0,
            top: plain.top,
            smallest: plain.smallest,
            density: true,
            trace: true,
            layers: true,
            tolerance: plain.tolerance,
            products: 0,
            seed: plain.subject.seed,
        }
    }
}

/// What fills the large plot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Large {
    #[default]
    Eigenvalues,
    Density,
    Layers,
    /// λ₁ and the trace over the checkpoints.
    Series,
}

impl Large {
    pub const ALL: [Large; 4] = [Large::Eigenvalues, Large::Density, Large::Layers, Large::Series];

    pub fn title(self) -> &'static str {
        match self {
            Large::Eigenvalues => "Eigenvalues",
            Large::Density => "Density",
            Large::Layers => "Layers",
            Large::Series => "Over checkpoints",
        }
    }

    pub fn help(self) -> &'static str {
        match self {
            Large::Eigenvalues => "The eigenvalues that were searched for, by rank; whiskers are as long as residuals",
            Large::Density => "How all eigenvalues are distributed",
            Large::Layers => "Largest eigenvalue and trace of each layer's own block",
            Large::Series => "Largest eigenvalue and trace at every checkpoint",
        }
    }
}

/// Spectra, as a kind of measurement.
pub struct Spectra;

/// One question about spectra, and its answer.
pub type SpectrumEntry = Entry<Spectra>;

/// What is known of spectra.
pub struct SpectrumShown {
    pub about: About,
    pub series: SpectrumSeries,
    /// Place of the checkpoint that is shown, once one was chosen.
    pub chosen: Option<usize>,
    /// What fills the large plot, once that was chosen.
    pub large: Option<Large>,
    /// What was drawn last, and of what: version, checkpoint, choice.
    pub drawn: Memo<(u64, usize, Large), Vec<Panel>>,
}

impl Kind for Spectra {
    type Job = SpectrumJob;
    type Found = SpectrumShown;
    type Form = SpectrumForm;

    const KEY: &'static str = "spectrum";
    const WORD: &'static str = "spectrum";

    fn questions(form: &SpectrumForm, asking: &Asking<'_>) -> Result<Vec<SpectrumRequest>, String> {
        let files = form.series.files(asking.library)?;
        let request = SpectrumRequest {
            files,
            subject: Subject { seed: form.seed, ..asking.subject.finished()? },
            ..form.request()
        };
        if request.top + request.smallest == 0 && !(request.density || request.trace || request.layers) {
            return Err("Nothing is chosen to be measured: eigenvalues, density, trace or layers.".into());
        }
        request.check().map_err(plain)?;
        Ok(vec![request])
    }

    fn begun(_request: &SpectrumRequest, head: SpectrumHead, _color: Color) -> SpectrumShown {
        SpectrumShown { about: head.about, series: head.series, chosen: None, large: None, drawn: Memo::default() }
    }

    fn take(found: &mut SpectrumShown, news: SpectrumFound) -> Result<(), String> {
        found.series.apply(news);
        Ok(())
    }

    /// The batch-norm statistics are named where they matter.
    fn name(entry: &SpectrumEntry) -> String {
        let bn = entry.found.as_ref().and_then(|found| found.about.bn.as_ref());
        let mode = bn.map_or(String::new(), |_| format!(" · {}", entry.mode()));
        format!("spectrum of {} at {}{mode}", symbol(entry.request.operator), place(&entry.request.files))
    }

    fn command(request: &SpectrumRequest) -> Option<Box<dyn Fn() -> String + '_>> {
        Some(Box::new(|| request.command_line()))
    }

    fn about(found: &Self::Found) -> &About {
        &found.about
    }

    fn subject(request: &SpectrumRequest) -> &Subject {
        &request.subject
    }

    fn subject_mut(request: &mut SpectrumRequest) -> &mut Subject {
        &mut request.subject
    }
}

impl SpectrumForm {
    /// What is asked, without its place and its subject.
    fn request(&self) -> SpectrumRequest {
        let has_batch = self.operator == Operator::Sigma && self.batch > 0;
        SpectrumRequest {
            operator: self.operator,
            batch: has_batch.then_some(self.batch),
            top: self.top,
            smallest: self.smallest,
            density: self.density,
            trace: self.trace,
            layers: self.layers,
            tolerance: self.tolerance,
            products: (self.products > 0).then_some(self.products),
            ..SpectrumRequest::default()
        }
    }
}

/// What a matrix is called, in a form.
pub fn matrix(operator: Operator) -> &'static str {
    match operator {
        Operator::Hessian => "H, Hessian",
        Operator::GaussNewton => "G, Gauss-Newton",
        Operator::Sigma => "Σ, gradient noise",
    }
}

/// The same in formulas.
pub fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Hessian => "H",
        Operator::GaussNewton => "G",
        Operator::Sigma => "Σ",
    }
}

impl SpectrumShown {
    /// The checkpoint that is shown: the chosen one, or the newest of which something is known.
    pub fn shown(&self) -> Option<(usize, &SpectrumPoint)> {
        let known = |point: &SpectrumPoint| {
            point.is_done || !point.eigenvalues.is_empty() || point.trace.is_some() || point.density.is_some()
        };
        let number = self.chosen.or_else(|| self.series.points.iter().rposition(known)).unwrap_or(0);
        Some((number, self.series.points.get(number)?))
    }

    /// What can fill the large plot.
    pub fn pictures(&self, request: &SpectrumRequest) -> impl Iterator<Item = Large> {
        Large::ALL.into_iter().filter(move |large| match large {
            Large::Eigenvalues => request.top + request.smallest > 0,
            Large::Density => request.density,
            Large::Layers => request.layers,
            // Without eigenvalues and traces there is nothing to follow.
            Large::Series => self.series.points.len() > 1 && (request.top > 0 || request.trace),
        })
    }

    /// What fills it: what was chosen, else how many checkpoints compare, else the first that there is.
    pub fn large(&self, request: &SpectrumRequest) -> Option<Large> {
        let chosen = self.large.filter(|chosen| self.pictures(request).any(|large| large == *chosen));
        let series = self.pictures(request).find(|large| *large == Large::Series);
        chosen.or(series).or_else(|| self.pictures(request).next())
    }
}

impl SpectrumEntry {
    /// How it was measured, for a paper.
    pub fn methods(&self) -> Option<String> {
        let found = self.found.as_ref()?;
        Some(spectrum_methods(&found.about, &self.request, &found.series))
    }

    /// As a picture.
    pub fn view(&self) -> Option<SpectrumView> {
        let found = self.found.as_ref()?;
        Some(SpectrumView::new(&found.about, &self.request, found.series.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_survives_being_kept_and_asks_for_what_it_says() {
        let form =
            SpectrumForm { top: 3, operator: Operator::Sigma, batch: 32, products: 90, ..SpectrumForm::default() };
        let text = serde_json::to_string(&form).unwrap();
        assert_eq!(serde_json::from_str::<SpectrumForm>(&text).unwrap(), form);
        let asked = form.request();
        assert_eq!((asked.top, asked.batch, asked.products), (3, Some(32), Some(90)));
        // A batch means nothing to the others, and 0 is no number of products.
        let plain = SpectrumForm { operator: Operator::Hessian, products: 0, ..form }.request();
        assert_eq!((plain.batch, plain.products), (None, None));
        let all = SpectrumRequest { density: true, trace: true, layers: true, ..SpectrumRequest::default() };
        assert_eq!(SpectrumForm::default().request(), all);
    }
}
