//! The measurements of a job that need its checkpoint and its directions.

use std::sync::Arc;

use super::{
    Source, ValleyFound,
    probe::Ray,
    state::{Doing, STRIDE, ValleyJob, Waiting},
};
use crate::{
    explore::ExploreError,
    objective::Subset,
    probe::vector::norm,
    valley::{NOISE_POINTS, best_shift, noise_share},
};

/// Steps between the places whose losses tell the noise, as a share of r: far below anything that the curve does.
const NOISE_STEP: f64 = 1e-5;

impl ValleyJob {
    /// L(w), once it is measured.
    pub(super) fn base(&self) -> Result<f64, ExploreError> {
        match self.report.train {
            Some(base) => Ok(base.loss),
            None => Ok(self.setting.objective.evaluate(&self.centre, Subset::Train, self.setting.norm_mode)?.loss),
        }
    }

    /// Draws or takes a direction.
    pub(super) fn ray(&self, waiting: &Waiting) -> Arc<Ray> {
        match waiting {
            Waiting::File(ray) => ray.clone(),
            Waiting::Random(index) => {
                let drawn =
                    self.request.random().draw(&self.centre.theta, self.setting.objective.network().layout(), *index);
                let length = norm(&drawn);
                Arc::new(Ray::new(self.setting.along(drawn), true, length, self.detector.unit))
            }
        }
    }

    /// Losses at places of a ray, from the checkpoint.
    pub(super) fn losses(&mut self, ray: &Ray, places: &[f64], subset: Subset) -> Result<Vec<f64>, ExploreError> {
        let weights: Vec<Vec<f64>> = places.iter().map(|place| ray.weights(*place)).collect();
        let (objective, mode) = (&self.setting.objective, self.setting.norm_mode);
        let found = objective.evaluate_fan(&[&self.centre, &ray.end], &weights, subset, mode)?;
        self.done += places.len() as u64;
        Ok(found.into_iter().map(|e| e.loss).collect())
    }

    /// The noise of the losses along a direction, at the checkpoint and at both ends.
    pub(super) fn measure_noise(&mut self, along: &Waiting) -> Result<ValleyFound, ExploreError> {
        let (ray, r) = (self.ray(along), self.detector.slice.r());
        let mut groups = Vec::new();
        for middle in [0.0, -r, r] {
            let places: Vec<f64> = (0..NOISE_POINTS).map(|k| middle + (k as f64 - 4.0) * NOISE_STEP * r).collect();
            groups.push(self.losses(&ray, &places, Subset::Train)?);
        }
        self.noise = noise_share(groups.iter().map(Vec::as_slice));
        Ok(ValleyFound::Noise(self.noise))
    }

    /// Some points of the two curves, or what follows from them.
    pub(super) fn shift(
        &mut self,
        shift: usize,
        ray: Arc<Ray>,
        mut train: Vec<f64>,
        mut test: Vec<f64>,
    ) -> Result<ValleyFound, ExploreError> {
        if train.is_empty() && test.is_empty() {
            let radius = self.comparison.map_or(f64::NAN, |spec| spec.radius());
            let curves = &self.report.shifts[shift];
            let outcome = best_shift(&curves.train, &curves.test, radius).map_err(|e| e.to_string());
            return Ok(ValleyFound::Shifted { shift, outcome });
        }
        let part = |places: &mut Vec<f64>| places.drain(..places.len().min(STRIDE)).collect::<Vec<f64>>();
        let (subset, places) =
            if train.is_empty() { (Subset::Test, part(&mut test)) } else { (Subset::Train, part(&mut train)) };
        let losses = self.losses(&ray, &places, subset)?;
        let points = places.into_iter().zip(losses).collect();
        self.doing = Some(Doing::Shift { shift, ray, train, test });
        Ok(match subset {
            Subset::Train => ValleyFound::Curves { shift, train: points, test: vec![] },
            Subset::Test => ValleyFound::Curves { shift, train: vec![], test: points },
        })
    }

    /// The middle of a slice, which is not judged.
    pub(super) fn fill(&mut self, direction: usize) -> Result<Vec<(f64, f64)>, ExploreError> {
        let d = &self.report.directions[direction];
        let (origin, places) = (d.origin, self.detector.inner());
        let waiting = match d.source {
            Source::Random { index } => Waiting::Random(index),
            Source::Difference | Source::Given | Source::Eigen => Waiting::File(self.rays[direction].clone()),
        };
        let ray = self.ray(&waiting);
        let from: Vec<f64> = places.iter().map(|place| origin + place).collect();
        let losses = self.losses(&ray, &from, Subset::Train)?;
        Ok(places.into_iter().zip(losses).collect())
    }
}
