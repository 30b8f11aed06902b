//! All measurements in the window, on a shelf for each kind.

use std::time::Instant;

use super::{
    kinds,
    shelf::{AnyShelf, Going, Kind, Request, Shelf, SurveyId},
};
use crate::{explore::Settings, probe::NormMode};

/// See the module.
pub struct Surveys {
    shelves: Vec<Box<dyn AnyShelf>>,
    next_id: SurveyId,
    /// What the last measurements were made on.
    settings: Settings,
}

impl Default for Surveys {
    fn default() -> Self {
        Surveys { shelves: kinds::shelves(), next_id: 0, settings: Settings::default() }
    }
}

impl Surveys {
    /// The shelf of a kind.
    pub fn of<K: Kind>(&self) -> &Shelf<K> {
        let found = self.shelves.iter().find_map(|shelf| shelf.as_any().downcast_ref());
        found.unwrap_or_else(|| unreachable!("{} is missing in the list of kinds", K::WORD))
    }

    /// The same, to be changed.
    pub fn of_mut<K: Kind>(&mut self) -> &mut Shelf<K> {
        let found = self.shelves.iter_mut().find_map(|shelf| shelf.as_any_mut().downcast_mut());
        found.unwrap_or_else(|| unreachable!("{} is missing in the list of kinds", K::WORD))
    }

    fn next_id(&mut self) -> SurveyId {
        self.next_id += 1;
        self.next_id
    }

    /// Starts measuring. `wake` is called whenever something is found.
    ///
    /// # Errors
    /// When the system gives no thread, in words.
    pub fn ask<K: Kind>(&mut self, request: Request<K>, wake: impl Fn() + Send + 'static) -> Result<SurveyId, String> {
        let id = self.next_id();
        let settings = self.settings.clone();
        self.of_mut::<K>().ask(id, request, &settings, wake)?;
        Ok(id)
    }

    /// Measures what `id` asked again, with other batch-norm statistics.
    ///
    /// # Errors
    /// When the system gives no thread, in words.
    pub fn again(
        &mut self,
        id: SurveyId,
        mode: NormMode,
        wake: impl Fn() + Send + Clone + 'static,
    ) -> Result<(), String> {
        let new = self.next_id();
        let mut all = self.shelves.iter_mut();
        let settings = &self.settings;
        all.find_map(|shelf| shelf.again(id, new, mode, settings, Box::new(wake.clone()))).unwrap_or(Ok(()))
    }

    /// What is in memory, for others who ask on the same data.
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// Takes in what was found, until `until`.
    pub fn take_in(&mut self, until: Instant) {
        self.shelves.iter_mut().for_each(|shelf| shelf.take_in(until));
    }

    /// Whether answers are waiting that the last look had no time for.
    pub fn is_behind(&self) -> bool {
        self.shelves.iter().any(|shelf| shelf.is_behind())
    }

    /// Ends a measurement; what was found stays.
    pub fn stop(&self, id: SurveyId) {
        self.shelves.iter().for_each(|shelf| shelf.stop(id));
    }

    /// Takes a measurement out of the window.
    pub fn remove(&mut self, id: SurveyId) {
        self.shelves.iter_mut().for_each(|shelf| shelf.remove(id));
    }

    /// All measurements that are going on.
    pub fn going_on(&self) -> Vec<Going> {
        self.shelves.iter().flat_map(|shelf| shelf.going_on()).collect()
    }

    /// The device of the newest measurement.
    pub fn device(&self) -> Option<&str> {
        self.shelves.iter().filter_map(|shelf| shelf.device()).max_by_key(|(id, _)| *id).map(|(_, device)| device)
    }

    /// What the forms of all kinds hold, under the kinds' names.
    ///
    /// # Errors
    /// When a form cannot be written as JSON.
    pub fn forms(&self) -> serde_json::Result<serde_json::Map<String, serde_json::Value>> {
        self.shelves.iter().map(|shelf| Ok((shelf.key().to_string(), shelf.form()?))).collect()
    }

    /// Takes forms that were remembered.
    pub fn set_forms(&mut self, mut forms: serde_json::Map<String, serde_json::Value>) {
        for shelf in &mut self.shelves {
            if let Some(form) = forms.remove(shelf.key()) {
                shelf.set_form(form);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::kinds::{
        escape::Escapes, line::Lines, noise::Noises, plane::Planes, spectrum::Spectra, valley::Valleys,
    };

    #[test]
    fn every_kind_has_its_shelf_and_its_form_is_remembered() {
        let mut surveys = Surveys::default();
        surveys.of_mut::<Lines>().form.count = 7;
        surveys.of_mut::<Planes>().form.grid = 9;
        surveys.of_mut::<Escapes>().form.rhos = "0.5".into();
        surveys.of_mut::<Valleys>().form.draws = 3;
        surveys.of_mut::<Spectra>().form.top = 4;
        surveys.of_mut::<Noises>().form.batch = 100;
        let forms = surveys.forms().unwrap();
        assert_eq!(
            forms.keys().take(6).collect::<Vec<_>>(),
            ["line", "plane", "escape", "valley", "spectrum", "noise"]
        );
        let mut again = Surveys::default();
        again.set_forms(forms);
        assert_eq!((again.of::<Lines>().form.count, again.of::<Planes>().form.grid), (7, 9));
        assert_eq!((again.of::<Escapes>().form.rhos.as_str(), again.of::<Valleys>().form.draws), ("0.5", 3));
        assert_eq!((again.of::<Spectra>().form.top, again.of::<Noises>().form.batch), (4, 100));
    }
}
