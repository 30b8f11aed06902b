//! A figure on another page: light or dark.

use super::{
    Figure,
    colors::{Color, Page, Theme},
};

impl Figure {
    /// The same on a page of that theme. Colours of data stay; what took a colour of its page takes the other page's.
    pub fn themed(mut self, theme: Theme) -> Figure {
        let (old, new) = (self.theme.page(), theme.page());
        let swap = |color: &mut Color| *color = swapped(*color, &old, &new);
        self.key.iter_mut().for_each(|key| swap(&mut key.color));
        for panel in &mut self.panels {
            panel.key.iter_mut().for_each(|key| swap(&mut key.color));
            panel.series.iter_mut().for_each(|series| swap(&mut series.color));
        }
        self.theme = theme;
        self
    }
}

/// The background is left out: white is also what marks on a heat map are.
fn swapped(color: Color, old: &Page, new: &Page) -> Color {
    let pairs = [
        (old.ink, new.ink),
        (old.muted, new.muted),
        (old.frame, new.frame),
        (old.grid, new.grid),
        (old.strong_grid, new.strong_grid),
    ];
    pairs.iter().find(|(from, _)| *from == color).map_or(color, |(_, to)| *to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        figure::{colors, walk_figure},
        history::synthetic::bounce,
    };

    #[test]
    fn another_theme_is_the_figure_made_with_it() {
        let (one, two) = (bounce(20, 1), bounce(20, 2));
        let runs = [(&one, "a", colors::SGD), (&two, "b", colors::SAM)];
        for runs in [&runs[..1], &runs[..]] {
            let [light, dark] = [Theme::Light, Theme::Dark].map(|theme| walk_figure(runs, None, theme));
            assert_eq!(dark.clone().themed(Theme::Light), light);
            assert_eq!(light.clone().themed(Theme::Dark), dark);
            assert_eq!(light.clone().themed(Theme::Light), light);
        }
    }
}
