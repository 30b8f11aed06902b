//! Which colour a run gets: one that is told apart from those in use, in the light window and in the dark one.

use super::theme;
use crate::figure::{Color, colors::run_color};

/// Hues after those of [`run_color`]. Floors and barriers of several runs have the colours of the runs.
const FURTHER: [Color; 4] = [
    Color { r: 0x99, g: 0x99, b: 0x33 },
    Color { r: 0xAA, g: 0x44, b: 0x99 },
    Color { r: 0xEE, g: 0x66, b: 0x77 },
    Color { r: 0x33, g: 0x22, b: 0x88 },
];

/// Hues of [`run_color`] before they come again, lighter and darker; and all that it has.
const HUES: usize = 6;
const ALL: usize = 30;

/// Colours that lie nearer to each other are taken for the same in thin lines.
const APART: f64 = 0.09;

/// The colour of a further run: `own` if it can be told from those in `used`, else the first that can, else the one that lies
/// farthest from all of them.
pub fn free(own: Color, used: &[Color]) -> Color {
    let shades = (HUES..ALL).map(run_color);
    let all = || std::iter::once(own).chain((0..HUES).map(run_color)).chain(FURTHER).chain(shades.clone());
    let nearest = |color: Color| used.iter().map(|other| distance(color, *other)).fold(f64::INFINITY, f64::min);
    let farthest = || all().max_by(|a, b| nearest(*a).total_cmp(&nearest(*b))).unwrap_or(own);
    all().find(|color| nearest(*color) >= APART).unwrap_or_else(farthest)
}

/// How far two colours lie from each other as they are drawn, in the theme where they are nearer.
fn distance(a: Color, b: Color) -> f64 {
    let in_theme = |dark: bool| {
        let (a, b) = (oklab(theme::seen(a, dark)), oklab(theme::seen(b, dark)));
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    in_theme(true).min(in_theme(false))
}

/// Lightness and two axes of hue in which distances are about what an eye sees (Ottosson 2020,
/// <https://bottosson.github.io/posts/oklab/>).
fn oklab(color: Color) -> [f64; 3] {
    let [r, g, b] = color.linear();
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::colors::{SAM, SGD};

    #[test]
    fn runs_in_one_window_are_told_apart() {
        let mut used = Vec::new();
        for n in 0..10 {
            let color = free(if n == 3 { SAM } else { SGD }, &used);
            let nearest = used.iter().map(|other| distance(color, *other)).fold(f64::INFINITY, f64::min);
            assert!(nearest >= APART, "run {n}: {color} is {nearest:.3} from another one");
            used.push(color);
        }
        assert_eq!(used[..2], [SGD, SAM], "those that have a meaning come first");
        for _ in 10..20 {
            let color = free(SGD, &used);
            assert!(!used.contains(&color), "{color} comes again");
            used.push(color);
        }
    }

    #[test]
    fn an_eye_sees_what_the_numbers_say() {
        assert_eq!(distance(SGD, SGD), 0.0);
        let [white, black] = [255, 0].map(|v| oklab(Color { r: v, g: v, b: v }));
        assert!((white[0] - 1.0).abs() < 1e-6 && black[0].abs() < 1e-6, "{white:?}, {black:?}");
        // The fourth colour and the lighter shade of the first, which nobody told apart.
        assert!(distance(run_color(3), run_color(6)) < APART);
    }
}
