//! Colours after Okabe and Ito, safe for colour-blind readers. One colour has one meaning everywhere.

use crate::{optim::OptimizerKind, toy::dynamics::DynamicsKind};

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Color {
    pub r: u8,
    pub g: u8,
    pub b: u8,
}

impl Color {
    const fn hex(rgb: u32) -> Color {
        Color { r: (rgb >> 16) as u8, g: (rgb >> 8) as u8, b: rgb as u8 }
    }

    /// This colour with `share` (0..1) of another one mixed in.
    pub fn mixed(self, other: Color, share: f64) -> Color {
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Color { r: mix(self.r, other.r), g: mix(self.g, other.g), b: mix(self.b, other.b) }
    }

    /// Red, green and blue as amounts of light, 0..1 (the inverse of sRGB's transfer function).
    pub fn linear(self) -> [f64; 3] {
        [self.r, self.g, self.b].map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// Relative luminance, 0 (black) to 1 (white).
    pub fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }
}

impl std::fmt::Display for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02X}{:02X}{:02X}", self.r, self.g, self.b)
    }
}

/// Stochastic gradient descent, and the first run of an overlay.
pub const SGD: Color = Color::hex(0x0072B2);
/// Sharpness-aware minimisation.
pub const SAM: Color = Color::hex(0xD55E00);
/// Averaged weights.
pub const AVERAGED: Color = Color::hex(0x009E73);
/// Full-batch gradient descent: a grey that reads on white and on black.
pub const GD: Color = Color::hex(0x7F7F7F);
/// The valley floor, always dashed.
pub const FLOOR: Color = Color::hex(0xE69F00);
/// Barriers.
pub const BARRIER: Color = Color::hex(0xCC79A7);
/// What was measured and is not finite, in a heat map: a grey that no map starts or ends with, striped with
/// [`NOT_FINITE_STRIPE`], so that it differs from the grey in the middle of a map, too.
pub const NOT_FINITE: Color = Color::hex(0xBDBDBD);
/// The stripes on [`NOT_FINITE`].
pub const NOT_FINITE_STRIPE: Color = Color::hex(0x6B6B6B);

/// The colour of an optimizer.
pub fn optimizer_color(kind: OptimizerKind) -> Color {
    match kind {
        kind if kind.takes_all() => GD,
        kind if kind.is_sharpness_aware() => SAM,
        _ => SGD,
    }
}

/// The colour of a rule of the toy laboratory: those that have a meaning elsewhere keep it.
pub fn dynamics_color(kind: DynamicsKind) -> Color {
    match kind {
        DynamicsKind::Gd => GD,
        DynamicsKind::Sgd => SGD,
        DynamicsKind::Sam => SAM,
        DynamicsKind::Swa => AVERAGED,
        DynamicsKind::Momentum => Color::hex(0x332288),
        DynamicsKind::Nesterov => Color::hex(0x999933),
        DynamicsKind::Psam => Color::hex(0xAA4499),
        DynamicsKind::Const => Color::hex(0x56B4E9),
        DynamicsKind::Diag => Color::hex(0x8C6D46),
        // Noise shaped like Σ is what stands for SGD's in the noise paper.
        DynamicsKind::Leading => Color::hex(0x2B5FD9),
        DynamicsKind::Hessian => Color::hex(0x117733),
        DynamicsKind::Eigvec => Color::hex(0x882255),
    }
}

/// The colour of run `index` in an overlay; the first thirty differ. Orange and purple stay the floor's and the barriers'.
pub fn run_color(index: usize) -> Color {
    const CYCLE: [Color; 6] = [SGD, SAM, AVERAGED, Color::hex(0x56B4E9), GD, Color::hex(0x8C6D46)];
    const WHITE: Color = Color::hex(0xFFFFFF);
    const BLACK: Color = Color::hex(0x000000);
    let color = CYCLE[index % CYCLE.len()];
    // After six they come again, lighter and darker.
    match index / CYCLE.len() % 5 {
        0 => color,
        1 => color.mixed(WHITE, 0.4),
        2 => color.mixed(BLACK, 0.35),
        3 => color.mixed(WHITE, 0.65),
        _ => color.mixed(BLACK, 0.6),
    }
}

/// Light or dark page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Light,
    Dark,
}

/// The colours of everything that is not data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub background: Color,
    /// Titles.
    pub ink: Color,
    /// Labels and numbers.
    pub muted: Color,
    /// Frame of a plot.
    pub frame: Color,
    /// Thin lines behind the data.
    pub grid: Color,
    /// Guides, and the lines of single iterations.
    pub strong_grid: Color,
}

/// An area on the dark page that is lighter than this was made pale for the white one.
const LIGHT_AREA: f64 = 0.35;
/// As much of a colour may be white, and no more: an area without a hue is still seen.
const MOST_WHITE: f64 = 0.8;

impl Page {
    /// The fill of an area on this page. One that was made pale for the white page lets a dark one through where it has white, so that
    /// lines and words on it are read.
    pub fn area(&self, color: Color) -> Color {
        if self.background.luminance() > 0.5 || color.luminance() < LIGHT_AREA {
            return color;
        }
        let white = (f64::from(color.r.min(color.g).min(color.b)) / 255.0).min(MOST_WHITE);
        let through = |of: u8, page: u8| (f64::from(of) - white * (255.0 - f64::from(page))).round() as u8;
        let page = self.background;
        Color { r: through(color.r, page.r), g: through(color.g, page.g), b: through(color.b, page.b) }
    }
}

impl Theme {
    pub fn page(self) -> Page {
        match self {
            Theme::Light => Page {
                background: Color::hex(0xFFFFFF),
                ink: Color::hex(0x1B1F24),
                muted: Color::hex(0x57606A),
                frame: Color::hex(0xAFB6BF),
                grid: Color::hex(0xECEEF1),
                strong_grid: Color::hex(0xCDD2D8),
            },
            Theme::Dark => Page {
                background: Color::hex(0x15181D),
                ink: Color::hex(0xECEFF3),
                muted: Color::hex(0xA3ACB7),
                frame: Color::hex(0x555D68),
                grid: Color::hex(0x23282F),
                strong_grid: Color::hex(0x3C434D),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_made_for_the_white_page_are_dark_on_the_dark_one_and_keep_their_hues() {
        let (light, dark) = (Theme::Light.page(), Theme::Dark.page());
        for color in [SGD, SAM, AVERAGED, FLOOR, GD] {
            let pale = color.mixed(light.background, 0.75);
            assert_eq!(light.area(pale), pale);
            let turned = dark.area(pale);
            assert!(turned.luminance() < 0.12 && turned.luminance() > dark.background.luminance(), "{turned}");
        }
        let Color { r, g, b } = dark.area(SGD.mixed(light.background, 0.75));
        assert!(b > g && g > r, "blue stays blue: {r} {g} {b}");
        let made_for_it = SGD.mixed(dark.background, 0.78);
        assert_eq!(dark.area(made_for_it), made_for_it);
    }
}
