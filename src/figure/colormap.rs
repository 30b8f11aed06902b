//! Maps from 0..1 to colours, for surfaces and heat maps.

use std::sync::LazyLock;

use colorgrad::Gradient as _;

use super::colors::{Color, NOT_FINITE};
use crate::named::named_choice;

named_choice! {
    /// A map from 0..1 to colours. All but the last are perceptually uniform, dark to light.
    Colormap as "colour map" {
        /// Violet over green to yellow.
        #[default] Viridis = "viridis",
        /// Blue to yellow; looks alike with and without red-green blindness.
        Cividis = "cividis",
        /// Black over magenta to cream.
        Magma = "magma",
        /// Blue below zero, red above, white at it: for signed numbers only.
        RdBu = "rdbu",
    }
}

/// Entries of a map's table.
pub const ENTRIES: usize = 256;

type Table = [[u8; 4]; ENTRIES];

static VIRIDIS: LazyLock<Table> = LazyLock::new(|| table(|t| colorgrad::preset::viridis().at(t)));
static CIVIDIS: LazyLock<Table> = LazyLock::new(|| table(|t| colorgrad::preset::cividis().at(t)));
static MAGMA: LazyLock<Table> = LazyLock::new(|| table(|t| colorgrad::preset::magma().at(t)));
// The preset goes from red to blue; high is red, as on maps of temperature.
static RD_BU: LazyLock<Table> = LazyLock::new(|| table(|t| colorgrad::preset::rd_bu().at(1.0 - t)));

fn table(at: impl Fn(f32) -> colorgrad::Color) -> Table {
    std::array::from_fn(|i| at(i as f32 / (ENTRIES - 1) as f32).to_rgba8())
}

impl Colormap {
    /// Whether its middle means zero, so that it suits signed numbers and nothing else.
    pub fn is_diverging(self) -> bool {
        self == Colormap::RdBu
    }

    /// The map as sRGB with alpha 255, entry `i` being the colour at i/255.
    pub fn lut(self) -> [[u8; 4]; ENTRIES] {
        **match self {
            Colormap::Viridis => &VIRIDIS,
            Colormap::Cividis => &CIVIDIS,
            Colormap::Magma => &MAGMA,
            Colormap::RdBu => &RD_BU,
        }
    }

    /// The colour at `t`: the nearest entry of [`Colormap::lut`]; below 0 and above 1 the end's. What is not a number
    /// is [`NOT_FINITE`].
    pub fn color(self, t: f64) -> Color {
        if t.is_nan() {
            return NOT_FINITE;
        }
        let [r, g, b, _] = self.lut()[(t.clamp(0.0, 1.0) * (ENTRIES - 1) as f64).round() as usize];
        Color { r, g, b }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIELAB of an sRGB colour (D65), by its definition.
    fn lab(color: Color) -> [f64; 3] {
        let [r, g, b] = color.linear();
        let xyz = [
            (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
            0.2126 * r + 0.7152 * g + 0.0722 * b,
            (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
        ];
        let [x, y, z] = xyz.map(|v| if v > 0.008856 { v.cbrt() } else { 7.787 * v + 16.0 / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn sequential_maps_get_lighter_in_even_steps() {
        for map in [Colormap::Viridis, Colormap::Cividis, Colormap::Magma] {
            let light: Vec<f64> = (0..=16).map(|i| lab(map.color(f64::from(i) / 16.0))[0]).collect();
            let mean = (light[16] - light[0]) / 16.0;
            for step in light.windows(2).map(|w| w[1] - w[0]) {
                assert!(step > 0.4 * mean && step < 1.8 * mean, "{map}: {step} against {mean}: {light:?}");
            }
        }
    }

    #[test]
    fn colours_are_near_those_of_the_published_maps() {
        // matplotlib's tables at 0, 1/4, 1/2, 3/4 and 1.
        let published = [
            (Colormap::Viridis, [0x440154, 0x3B528B, 0x21918C, 0x5EC962, 0xFDE725]),
            (Colormap::Cividis, [0x00224E, 0x434E6C, 0x7D7C78, 0xBCAE6C, 0xFEE838]),
            (Colormap::Magma, [0x000004, 0x51127C, 0xB73779, 0xFC8961, 0xFCFDBF]),
        ];
        for (map, colors) in published {
            for (i, rgb) in colors.into_iter().enumerate() {
                let [r, g, b] = [rgb >> 16, rgb >> 8 & 255, rgb & 255].map(|c: i32| c as u8);
                let (got, want) = (lab(map.color(i as f64 / 4.0)), lab(Color { r, g, b }));
                let difference = got.iter().zip(want).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                assert!(difference < 15.0, "{map} at {i}/4: {:?}, {difference}", map.color(i as f64 / 4.0));
            }
        }
    }

    #[test]
    fn the_diverging_map_is_blue_below_and_red_above() {
        let (low, middle, high) = (Colormap::RdBu.color(0.0), Colormap::RdBu.color(0.5), Colormap::RdBu.color(1.0));
        assert!(low.b > low.r + 50 && high.r > high.b + 50 && middle.luminance() > 0.85, "{low} {middle} {high}");
        assert_eq!(Colormap::ALL.iter().filter(|m| m.is_diverging()).count(), 1);
    }

    #[test]
    fn ends_hold_and_what_is_no_number_is_grey() {
        for map in Colormap::ALL {
            let lut = map.lut();
            let [r, g, b, alpha] = lut[255];
            assert_eq!((map.color(7.0), alpha), (Color { r, g, b }, 255));
            assert_eq!(map.color(f64::NEG_INFINITY), map.color(0.0));
            assert_eq!(map.color(f64::NAN), NOT_FINITE);
            assert!(lut.windows(2).all(|w| (0..3).all(|c| w[0][c].abs_diff(w[1][c]) <= 8)), "{map} has a jump");
            assert_eq!(map.to_string().parse(), Ok(*map));
        }
    }
}
