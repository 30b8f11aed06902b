//! The perturbed loss of what is drawn: on a line the curve and what became of every well, in the plane its level lines and
//! its minimum.

use std::time::Instant;

use crate::{
    figure::{Grid, Heat, Isoline},
    toy::{
        ToyError,
        perturbed::{Bottom, LineWell, Perturbed, line_well},
        surface::{Surface, gradient, hessian},
        surfaces::SurfaceSpec,
        theory::bias,
    },
};

/// Places that minima of an unknown line are looked for between.
const SCANNED: usize = 400;

/// A well of L on a line, and of the perturbed loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Well {
    /// The minimum of L, and L there.
    pub at: f64,
    pub floor: f64,
    /// The secant curvature of L from its minimum to half of its well's width; without a well, L″.
    pub curvature: f64,
    /// The minimum of the perturbed loss that belongs to it.
    pub bottom: Bottom,
    /// The wells by their rims, where there are any; the second is gone when every ball reaches over a rim.
    pub sides: Option<(LineWell, Option<LineWell>)>,
    /// The secant curvature of the perturbed loss from its minimum to half of its well's width, or to ρ.
    pub secant: f64,
    /// Where a theorem puts the minimum of the perturbed loss.
    pub interval: Option<[f64; 2]>,
}

/// The perturbed loss of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct OnLine {
    pub rho: f64,
    pub curve: Vec<[f64; 2]>,
    pub wells: Vec<Well>,
    /// How long it took.
    pub seconds: f64,
}

/// Computes it at `xs`, which rise.
///
/// # Errors
/// A radius that is negative.
pub fn on_line(surface: &dyn Surface, spec: &SurfaceSpec, rho: f64, xs: &[f64]) -> Result<OnLine, ToyError> {
    let begun = Instant::now();
    let perturbed = Perturbed::new(surface, rho)?;
    let values = perturbed.curve(xs)?;
    let wells = minima(surface, xs).into_iter().map(|at| well(surface, spec, &perturbed, at)).collect();
    let curve = xs.iter().zip(values).map(|(x, y)| [*x, y]).collect();
    Ok(OnLine { rho, curve, wells, seconds: begun.elapsed().as_secs_f64() })
}

fn well(surface: &dyn Surface, spec: &SurfaceSpec, perturbed: &Perturbed<'_>, at: f64) -> Well {
    let rho = perturbed.rho();
    let bottom = perturbed.minimum(&[at]);
    let sides = line_well(surface, at, rho, None).ok();
    let width = sides.as_ref().and_then(|(_, left)| left.as_ref()).map(|w| 0.5 * w.width());
    let delta = width.unwrap_or(rho).max(1e-6);
    let floor = surface.value(&[at]);
    let own = sides.as_ref().map(|(own, _)| {
        let half = 0.5 * own.width();
        let side = |x: f64| 2.0 * (surface.value(&[x]) - floor) / (half * half);
        side(at - half).min(side(at + half))
    });
    Well {
        at,
        floor,
        curvature: own.unwrap_or_else(|| hessian(surface, &[at])[0]),
        secant: perturbed.secant_curvature(&bottom, &[1.0], delta),
        bottom,
        sides,
        interval: interval(spec, rho).map(|[a, b]| [at + a.min(b), at + a.max(b)]),
    }
}

/// Theorem 3.3.2's interval for the shift of the minimum, towards positive w; `None` where the theorem says nothing.
fn interval(spec: &SurfaceSpec, rho: f64) -> Option<[f64; 2]> {
    match spec {
        // Without its corner the valley is asymmetric with no c above 1.
        SurfaceSpec::Valley { c, r, zeta, .. } if 2.0 * rho <= *r => {
            Some(bias::interval(if *zeta == 0.0 { *c } else { 1.0 }, rho))
        }
        SurfaceSpec::Linex { alpha } => Some(bias::interval(1.0, rho).map(|x| -alpha.signum() * x)),
        _ => None,
    }
}

/// The minima of a line: those that are known, else where the slope changes its sign upwards.
fn minima(surface: &dyn Surface, xs: &[f64]) -> Vec<f64> {
    let known: Vec<f64> = surface.about().minima.iter().map(|m| m.at[0]).collect();
    let (Some(first), Some(last)) = (xs.first(), xs.last()) else { return known };
    if !known.is_empty() {
        return known;
    }
    let slope = |x: f64| gradient(surface, &[x])[0];
    let at = |k: usize| first + (last - first) * k as f64 / SCANNED as f64;
    let mut found = Vec::new();
    for k in 0..SCANNED {
        let (mut a, mut b) = (at(k), at(k + 1));
        if !(slope(a) < 0.0 && slope(b) >= 0.0) {
            continue;
        }
        for _ in 0..60 {
            let middle = 0.5 * (a + b);
            if slope(middle) < 0.0 { a = middle } else { b = middle }
        }
        found.push(b);
    }
    found
}

/// The perturbed loss of a plane.
#[derive(Clone, Debug, PartialEq)]
pub struct OnPlane {
    pub rho: f64,
    /// At the heights of the landscape's own level lines.
    pub contours: Vec<Isoline>,
    /// The minimum of L that is nearest to the start, and that of the perturbed loss.
    pub minimum: Option<(Vec<f64>, Bottom)>,
    /// Where a theorem puts the latter, (low, high) along each axis.
    pub interval: Option<[[f64; 2]; 2]>,
    /// How long it took.
    pub seconds: f64,
}

/// Computes it over the places of a coarser grid; `like` has scale, range and number of the level lines.
///
/// # Errors
/// A radius that is negative.
pub fn on_plane(
    surface: &dyn Surface,
    spec: &SurfaceSpec,
    rho: f64,
    near: Option<&[f64]>,
    [xs, ys]: [Vec<f64>; 2],
    like: &Heat,
) -> Result<OnPlane, ToyError> {
    let begun = Instant::now();
    let perturbed = Perturbed::new(surface, rho)?;
    let values = perturbed.grid(&xs, &ys)?;
    let contours = match Grid::new(xs, ys, values.into_iter().map(Some).collect()) {
        Ok(grid) => Heat { grid, label: String::new(), ..like.clone() }.isolines(),
        Err(_) => Vec::new(),
    };
    let minimum = near.map(|near| (near.to_vec(), perturbed.minimum(near)));
    let interval = match spec {
        SurfaceSpec::Bias2d { sides, .. } if sides.iter().all(|s| 2.0 * rho <= s.r) => {
            Some([0, 1].map(|d| bias::interval(sides[d].c, rho)))
        }
        _ => None,
    };
    Ok(OnPlane { rho, contours, minimum, interval, seconds: begun.elapsed().as_secs_f64() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::formula::Formula;

    fn line(spec: &SurfaceSpec, rho: f64) -> OnLine {
        let surface = spec.build(0, 0).unwrap();
        let [low, high] = surface.about().window[0];
        let xs: Vec<f64> = (0..=600).map(|k| low + (high - low) * f64::from(k) / 600.0).collect();
        on_line(&*surface, spec, rho, &xs).unwrap()
    }

    #[test]
    fn wells_become_shallower_narrower_and_vanish() {
        let found = line(&SurfaceSpec::Sextic {}, 0.2);
        assert_eq!(found.wells.len(), 3);
        let middle = &found.wells[1];
        let (well, left) = middle.sides.unwrap();
        let left = left.unwrap();
        assert!((well.depth() - 4.0 / 27.0).abs() < 1e-12 && left.depth() < well.depth());
        assert!((well.width() - left.width() - 0.4).abs() < 1e-6, "narrower by 2ρ");
        assert!(middle.secant > middle.curvature, "{} {}", middle.secant, middle.curvature);
        assert!(line(&SurfaceSpec::Sextic {}, 0.6).wells[1].sides.unwrap().1.is_none());
    }

    #[test]
    fn the_minimum_moves_into_the_theorems_interval() {
        let valley = SurfaceSpec::named("valley").unwrap();
        let found = line(&valley, 0.5);
        let [low, high] = found.wells[0].interval.unwrap();
        // c = 4: at least (c − 1)/(c + 1) ρ = 0.3, where this valley is exactly.
        assert!((low - 0.3).abs() < 1e-12 && high == 0.5);
        assert!((found.wells[0].bottom.at[0] - 0.3).abs() < 1e-9);
        let linex = line(&SurfaceSpec::Linex { alpha: 0.5 }, 0.4);
        let [low, high] = linex.wells[0].interval.unwrap();
        assert!((low, high) == (-0.4, 0.0) && (low..high).contains(&linex.wells[0].bottom.at[0]));
        assert!(line(&valley, 1.5).wells[0].interval.is_none(), "beyond the theorem's assumption");
    }

    #[test]
    fn minima_of_a_typed_line_are_found() {
        let typed = Formula::new("(x^2 - 1)^2").unwrap();
        let xs: Vec<f64> = (0..=10).map(|k| -2.0 + 0.4 * f64::from(k)).collect();
        let found = minima(&typed, &xs);
        assert_eq!(found.len(), 2);
        assert!((found[0] + 1.0).abs() < 1e-12 && (found[1] - 1.0).abs() < 1e-12, "{found:?}");
    }
}
