//! Small pictures of figures as they were made before this program was built, for cards of recipes that have not been made here.

/// The picture of a recipe as PNG on a light page, where there is one.
pub fn of(id: &str) -> Option<&'static [u8]> {
    ALL.iter().find(|(name, _)| *name == id).map(|(_, png)| *png)
}

/// The pictures under `assets/gallery` by the names of their files; the build lists them.
const ALL: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/gallery.rs"));

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
