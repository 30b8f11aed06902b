//! A heat map: a grid and how its values become colours.

use super::{
    Color, Colormap, Grid,
    contours::isolines,
    ticks::{self, Tick},
};
use crate::named::named_choice;

named_choice! {
    /// How a value becomes a place on the colour scale.
    Scale as "scale" {
        /// In proportion.
        #[default] Linear = "linear",
        /// By its decimal logarithm; values at or below 0 have no place.
        Log10 = "log10",
    }
}

/// What a panel shows under its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    pub grid: Grid,
    /// A diverging map is always linear, with its middle at 0.
    pub scale: Scale,
    pub map: Colormap,
    /// Values at the ends of the colour scale; beyond them the ends' colours. `None`: what the values cover.
    pub range: Option<(f64, f64)>,
    /// Isolines, evenly spaced in the colour scale.
    pub contours: usize,
    /// What the values are, beside the colour bar; markup.
    pub label: String,
}

/// Where the values have one height.
#[derive(Clone, Debug, PartialEq)]
pub struct Isoline {
    /// On the colour scale, 0..1.
    pub place: f64,
    /// A closed line ends where it began.
    pub lines: Vec<Vec<[f64; 2]>>,
}

/// How many points of a grid are special.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub points: usize,
    pub not_measured: usize,
    /// Measured as NaN or infinite.
    pub not_finite: usize,
    /// Finite, and at or below 0 on a logarithmic scale.
    pub not_positive: usize,
    /// Outside of a range that was asked for, and drawn in the colours of its ends.
    pub beyond: usize,
}

impl Heat {
    /// The colour scale that the values, or the range asked for, make.
    pub fn shades(&self) -> Shades {
        let diverging = self.map.is_diverging();
        let log = self.scale == Scale::Log10 && !diverging;
        let usable = |v: &f64| v.is_finite() && (!log || *v > 0.0);
        let values = self.grid.values().iter().flatten().copied().filter(usable);
        let covered = values.fold(None, |range: Option<(f64, f64)>, v| match range {
            None => Some((v, v)),
            Some((lo, hi)) => Some((lo.min(v), hi.max(v))),
        });
        let asked = self.range.filter(|(lo, hi)| usable(lo) && usable(hi));
        let (mut lo, mut hi) = asked.or(covered).unwrap_or(if log { (0.1, 1.0) } else { (0.0, 1.0) });
        (lo, hi) = (lo.min(hi), lo.max(hi));
        if diverging {
            hi = lo.abs().max(hi.abs());
            lo = -hi;
        }
        // Ends closer than their own rounding would put all ticks on one number.
        if hi - lo <= (1e-12 * lo.abs().max(hi.abs())).max(f64::MIN_POSITIVE) {
            let by = if lo == 0.0 { 0.5 } else { (lo.abs() * 0.1).max(f64::MIN_POSITIVE) };
            (lo, hi) = if log { (lo / 1.2, (hi * 1.2).max(f64::MIN_POSITIVE)) } else { (lo - by, hi + by) };
            (lo, hi) = (lo.max(f64::MIN), hi.min(f64::MAX));
        }
        Shades { lo, hi, log, map: self.map }
    }

    /// Isolines with their places on the colour scale: points `[a, b]`, broken where a value is missing.
    pub fn isolines(&self) -> Vec<Isoline> {
        let shades = self.shades();
        let places: Vec<f64> = self.grid.values().iter().map(|v| v.map_or(f64::NAN, |v| shades.place(v))).collect();
        let levels: Vec<f64> = (1..=self.contours).map(|k| k as f64 / (self.contours + 1) as f64).collect();
        let lines = isolines(self.grid.a(), self.grid.b(), &places, &levels);
        let level = |(place, lines): (&f64, _)| Isoline { place: *place, lines };
        levels.iter().zip(lines).map(level).filter(|l| !l.lines.is_empty()).collect()
    }

    /// Counts what the colours alone do not say.
    pub fn tally(&self) -> Tally {
        let shades = self.shades();
        let mut tally = Tally { points: self.grid.values().len(), ..Tally::default() };
        for value in self.grid.values() {
            match value {
                None => tally.not_measured += 1,
                Some(v) if !v.is_finite() => tally.not_finite += 1,
                Some(v) if shades.log && *v <= 0.0 => tally.not_positive += 1,
                Some(v) if self.range.is_some() && (*v < shades.lo || *v > shades.hi) => tally.beyond += 1,
                Some(_) => {}
            }
        }
        tally
    }
}

/// A colour scale with both ends decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shades {
    lo: f64,
    hi: f64,
    log: bool,
    map: Colormap,
}

impl Shades {
    /// Values at the ends.
    pub fn range(&self) -> (f64, f64) {
        (self.lo, self.hi)
    }

    /// Place of a value, 0 at the lower and 1 at the upper end; beyond them for values beyond. NaN for what has no
    /// place: not finite, or at or below 0 on a logarithmic scale.
    pub fn place(&self, value: f64) -> f64 {
        if !value.is_finite() || (self.log && value <= 0.0) {
            return f64::NAN;
        }
        if self.log {
            return (value.log10() - self.lo.log10()) / (self.hi.log10() - self.lo.log10());
        }
        // Halves, because the distance of two finite numbers may not be finite.
        (value / 2.0 - self.lo / 2.0) / (self.hi / 2.0 - self.lo / 2.0)
    }

    /// Whether a contour at a place is drawn light, because the colours there are dark.
    pub fn is_dark(&self, place: f64) -> bool {
        self.color(place).luminance() < 0.25
    }

    /// Colour of a place; the colour for what is not finite where there is none.
    pub fn color(&self, place: f64) -> Color {
        self.map.color(place)
    }

    /// About `count` round numbers on the scale.
    pub fn ticks(&self, count: usize) -> Vec<Tick> {
        if self.log { ticks::logarithmic((self.lo, self.hi), count) } else { ticks::linear((self.lo, self.hi), count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn heat(values: &[Option<f64>]) -> Heat {
        let a = (0..values.len()).map(|i| i as f64).collect();
        let grid = Grid::new(a, vec![0.0], values.to_vec()).unwrap();
        Heat { grid, scale: Scale::Linear, map: Colormap::Viridis, range: None, contours: 0, label: String::new() }
    }

    #[test]
    fn a_scale_covers_the_finite_values() {
        let linear = heat(&[Some(3.0), None, Some(f64::INFINITY), Some(-1.0), Some(f64::NAN)]);
        let shades = linear.shades();
        assert_eq!(shades.range(), (-1.0, 3.0));
        assert_eq!([-1.0, 0.0, 1.0, 3.0, 5.0].map(|v| shades.place(v)), [0.0, 0.25, 0.5, 1.0, 1.5]);
        assert!(shades.place(f64::INFINITY).is_nan() && shades.place(f64::NAN).is_nan());
        let expected = Tally { points: 5, not_measured: 1, not_finite: 2, not_positive: 0, beyond: 0 };
        assert_eq!(linear.tally(), expected);

        let log = Heat { scale: Scale::Log10, ..heat(&[Some(0.01), Some(100.0), Some(0.0), Some(-3.0), Some(1.0)]) };
        assert_eq!(log.shades().range(), (0.01, 100.0));
        assert!((log.shades().place(1.0) - 0.5).abs() < 1e-15 && log.shades().place(0.0).is_nan());
        assert_eq!(log.tally().not_positive, 2);

        let signed = Heat { map: Colormap::RdBu, ..log };
        assert_eq!((signed.shades().range(), signed.shades().place(0.0)), ((-100.0, 100.0), 0.5));
        assert_eq!(signed.tally().not_positive, 0);
    }

    #[test]
    fn every_scale_has_a_length() {
        for values in [
            vec![None],
            vec![Some(2.0)],
            vec![Some(0.0)],
            vec![Some(-1e308), Some(1e308)],
            vec![Some(5e-324)],
            vec![Some(f64::MAX)],
        ] {
            for scale in Scale::ALL {
                for map in Colormap::ALL {
                    let shades = Heat { scale: *scale, map: *map, ..heat(&values) }.shades();
                    let (lo, hi) = shades.range();
                    assert!(lo < hi && lo.is_finite() && hi.is_finite(), "{values:?} {scale} {map}: {lo} to {hi}");
                    assert_eq!((shades.place(lo), shades.place(hi)), (0.0, 1.0), "{values:?} {scale} {map}");
                }
            }
        }
    }

    #[test]
    fn a_range_asked_for_is_kept_and_what_is_beyond_counted() {
        let clipped = Heat { range: Some((1.0, 0.0)), ..heat(&[Some(-1.0), Some(0.5), Some(7.0), Some(9.0)]) };
        assert_eq!((clipped.shades().range(), clipped.tally().beyond), ((0.0, 1.0), 3));
        assert_eq!(clipped.shades().color(clipped.shades().place(7.0)), Colormap::Viridis.color(1.0));
    }
}
