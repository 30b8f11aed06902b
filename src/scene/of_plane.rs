//! A picture of a plane as a surface.

use super::Scene;
use crate::figure::{PlanePicture, Scale};

impl Scene {
    /// The values as heights, with what lies on them. A place that was not measured is a hole.
    pub fn of(picture: &PlanePicture) -> Scene {
        let grid = &picture.grid;
        Scene {
            a: grid.a().to_vec(),
            b: grid.b().to_vec(),
            values: grid.values().iter().map(|v| v.unwrap_or(f64::NAN)).collect(),
            log: picture.scale == Scale::Log10,
            lut: picture.map.lut(),
            paths: picture.paths.clone(),
            markers: picture.markers.clone(),
            a_label: picture.a_label.clone(),
            b_label: picture.b_label.clone(),
            value_label: picture.value_label.clone(),
            contours: picture.contours,
        }
    }
}
