//! Small pictures of figures as they were made before this program was built, for cards of recipes that have not been made here.

/// The picture of a recipe as PNG on a light page, where there is one.
pub fn of(id: &str) -> Option<&'static [u8]> {
    ALL.iter().find(|(name, _)| *name == id).map(|(_, png)| *png)
}

const ALL: &[(&str, &[u8])] = &[
    ("noise-ou", include_bytes!("../../assets/gallery/noise-ou.png")),
    ("noise-toy", include_bytes!("../../assets/gallery/noise-toy.png")),
    ("sam-bias2d", include_bytes!("../../assets/gallery/sam-bias2d.png")),
    ("sam-exit", include_bytes!("../../assets/gallery/sam-exit.png")),
    ("sam-perturbed", include_bytes!("../../assets/gallery/sam-perturbed.png")),
    ("sam-sharper", include_bytes!("../../assets/gallery/sam-sharper.png")),
    ("valleys-cases", include_bytes!("../../assets/gallery/valleys-cases.png")),
    ("valleys-logistic", include_bytes!("../../assets/gallery/valleys-logistic.png")),
    ("valleys-theorem1", include_bytes!("../../assets/gallery/valleys-theorem1.png")),
    ("valleys-theorem2", include_bytes!("../../assets/gallery/valleys-theorem2.png")),
    ("walk-barriers", include_bytes!("../../assets/gallery/walk-barriers.png")),
    ("walk-height", include_bytes!("../../assets/gallery/walk-height.png")),
    ("walk-isotropic", include_bytes!("../../assets/gallery/walk-isotropic.png")),
    ("walk-rates", include_bytes!("../../assets/gallery/walk-rates.png")),
    ("walk-roles", include_bytes!("../../assets/gallery/walk-roles.png")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{app::kept_figure, recipe};

    #[test]
    fn every_picture_is_of_a_recipe_and_small() {
        for (id, png) in ALL {
            assert!(recipe::find(id).is_ok(), "{id}");
            let image = kept_figure::image_of(png).unwrap();
            assert!(image.size[0] <= 480 && image.size[1] <= 300 && png.len() < 60_000, "{id}: {:?}", image.size);
        }
    }
}
