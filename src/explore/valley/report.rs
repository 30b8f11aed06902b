//! What was found about a valley, as it grows.

use serde_json::{Value, json};

use crate::{
    explore::Eigenvector,
    probe::{Evaluation, json::number},
    valley::{Asymmetry, SamGap, Share, SharpnessEstimate, SharpnessSpec, Shift, Verdict},
};

use super::SamGapSpec;

/// Where a direction comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Gaussian, by its number.
    Random { index: u32 },
    /// Towards another solution.
    Difference,
    /// As a file has it.
    Given,
    /// An eigenvector of the Hessian.
    Eigen,
}

impl Source {
    /// As JSON and tables have it.
    pub fn name(self) -> &'static str {
        match self {
            Source::Random { .. } => "random",
            Source::Difference => "difference",
            Source::Given => "given",
            Source::Eigen => "eigenvector",
        }
    }
}

/// One direction and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectionReport {
    pub source: Source,
    /// "direction 3", "a.pt – b.pt".
    pub name: String,
    /// The eigenvector that it is.
    pub eigen: Option<Eigenvector>,
    /// The distance in parameter space of ℓ = 1; `None` until it is measured.
    pub length: Option<f64>,
    /// ℓ of the point that is taken for w; 0 for the checkpoint itself.
    pub origin: f64,
    /// (ℓ, L(w + ℓu)) around the origin, rising in ℓ.
    pub points: Vec<(f64, f64)>,
    pub verdict: Option<Verdict>,
}

impl DirectionReport {
    pub(super) fn new(source: Source, name: String) -> DirectionReport {
        DirectionReport { source, name, eigen: None, length: None, origin: 0.0, points: Vec::new(), verdict: None }
    }

    /// How it is asymmetric, when it is.
    pub fn asymmetry(&self) -> Option<&Asymmetry> {
        if let Some(Verdict::Asymmetric(a)) = &self.verdict { Some(a) } else { None }
    }

    /// How far the loss rises from the origin to the left and to the right end of the slice.
    pub fn rise(&self) -> Option<[f64; 2]> {
        let at = |i: usize| self.points.get(i).map(|p| p.1);
        let middle = self.points.iter().find(|p| p.0 == 0.0)?.1;
        Some([at(0)? - middle, at(self.points.len() - 1)? - middle])
    }

    /// As one JSON object.
    pub fn json(&self) -> Value {
        let points: Vec<Value> = self.points.iter().map(|(l, loss)| json!([number(*l), number(*loss)])).collect();
        let per_distance = self.asymmetry().zip(self.length).map(|(a, length)| number(a.p / length));
        let mut out = json!({
            "source": self.source.name(),
            "name": self.name,
            "length": self.length.map(number),
            "origin": number(self.origin),
            "verdict": self.verdict,
            "p_per_distance": per_distance,
            "rise": self.rise().map(|r| r.map(number)),
            "points": points,
        });
        if let Some(eigen) = self.eigen {
            out["eigen"] = eigen.json();
        }
        out
    }
}

/// Test against training loss along a direction.
#[derive(Clone, Debug, PartialEq)]
pub struct ShiftReport {
    /// Number of the direction.
    pub direction: usize,
    /// (ℓ, L̂), rising in ℓ; ℓ = 0 is the checkpoint.
    pub train: Vec<(f64, f64)>,
    /// (ℓ, L), rising in ℓ.
    pub test: Vec<(f64, f64)>,
    /// The best shift, or why there is none, once both curves are there.
    pub outcome: Option<Result<Shift, String>>,
}

impl ShiftReport {
    /// As one JSON object.
    pub fn json(&self) -> Value {
        let curve = |c: &[(f64, f64)]| c.iter().map(|p| json!([number(p.0), number(p.1)])).collect::<Vec<Value>>();
        let mut out = json!({ "direction": self.direction, "train": curve(&self.train), "test": curve(&self.test) });
        match &self.outcome {
            Some(Ok(shift)) => out["shift"] = json!(shift),
            Some(Err(why)) => out["error"] = json!(why),
            None => {}
        }
        out
    }
}

/// Expected sharpness for one δ.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SharpnessReport {
    #[serde(flatten)]
    pub spec: SharpnessSpec,
    /// `None` before the first draw.
    #[serde(flatten)]
    pub estimate: Option<SharpnessEstimate>,
}

/// SAM's gap for one ρ.
#[derive(Clone, Debug, PartialEq)]
pub struct GapReport {
    pub spec: SamGapSpec,
    /// `None` before anything is measured.
    pub gap: Option<SamGap>,
    /// ‖∇L(w)‖ of the full training loss.
    pub gradient_norm: Option<f64>,
}

impl GapReport {
    /// As one JSON object.
    pub fn json(&self) -> Value {
        let gap = self.gap.as_ref();
        json!({
            "rho": self.spec.rho(),
            "steps": self.spec.steps(),
            "gradient_norm": self.gradient_norm.map(number),
            "base": gap.map(|g| number(g.base())),
            "one_step": gap.and_then(SamGap::one_step_gap).map(number),
            "ascent": gap.and_then(SamGap::ascent_gap).map(number),
            "gap": gap.and_then(SamGap::gap).map(number),
        })
    }
}

/// What a step of a job found.
#[derive(Clone, Debug, PartialEq)]
pub enum ValleyFound {
    /// Loss and error at the checkpoint.
    Base {
        train: Evaluation,
        test: Option<Evaluation>,
    },
    /// The share of a loss that rounding may change.
    Noise(f64),
    /// A direction is at hand, and this is the distance of ℓ = 1.
    Begun {
        direction: usize,
        length: f64,
    },
    /// ℓ of the lowest point along a direction, which is taken for w.
    Origin {
        direction: usize,
        origin: f64,
    },
    /// Points of a slice, around its origin.
    Points {
        direction: usize,
        points: Vec<(f64, f64)>,
    },
    Judged {
        direction: usize,
        verdict: Verdict,
    },
    /// Points of the two curves of a shift.
    Curves {
        shift: usize,
        train: Vec<(f64, f64)>,
        test: Vec<(f64, f64)>,
    },
    Shifted {
        shift: usize,
        outcome: Result<Shift, String>,
    },
    Sharpness {
        index: usize,
        estimate: SharpnessEstimate,
    },
    Gap {
        index: usize,
        gap: SamGap,
        gradient_norm: f64,
    },
}

/// Everything found so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValleyReport {
    /// Loss and error at the checkpoint.
    pub train: Option<Evaluation>,
    pub test: Option<Evaluation>,
    /// The share of a loss that rounding may change, as it was measured.
    pub noise: Option<f64>,
    /// Those from files first, then eigenvectors, then the random ones in their order.
    pub directions: Vec<DirectionReport>,
    pub shifts: Vec<ShiftReport>,
    pub sharpness: Vec<SharpnessReport>,
    pub gaps: Vec<GapReport>,
}

impl ValleyReport {
    /// Takes in what was found.
    pub fn apply(&mut self, found: ValleyFound) {
        match found {
            ValleyFound::Base { train, test } => (self.train, self.test) = (Some(train), test),
            ValleyFound::Noise(share) => self.noise = Some(share),
            ValleyFound::Begun { direction, length } => self.with(direction, |d| d.length = Some(length)),
            ValleyFound::Origin { direction, origin } => self.with(direction, |d| d.origin = origin),
            ValleyFound::Points { direction, points } => self.with(direction, |d| insert(&mut d.points, points)),
            ValleyFound::Judged { direction, verdict } => self.with(direction, |d| d.verdict = Some(verdict)),
            ValleyFound::Curves { shift, train, test } => {
                if let Some(s) = self.shifts.get_mut(shift) {
                    insert(&mut s.train, train);
                    insert(&mut s.test, test);
                }
            }
            ValleyFound::Shifted { shift, outcome } => {
                if let Some(s) = self.shifts.get_mut(shift) {
                    s.outcome = Some(outcome);
                }
            }
            ValleyFound::Sharpness { index, estimate } => {
                if let Some(s) = self.sharpness.get_mut(index) {
                    s.estimate = Some(estimate);
                }
            }
            ValleyFound::Gap { index, gap, gradient_norm } => {
                if let Some(g) = self.gaps.get_mut(index) {
                    (g.gap, g.gradient_norm) = (Some(gap), Some(gradient_norm));
                }
            }
        }
    }

    fn with(&mut self, direction: usize, change: impl FnOnce(&mut DirectionReport)) {
        if let Some(d) = self.directions.get_mut(direction) {
            change(d);
        }
    }

    /// Directions that come from files, and eigenvectors, with their numbers.
    pub fn named(&self) -> impl Iterator<Item = (usize, &DirectionReport)> {
        self.numbered().filter(|(_, d)| !matches!(d.source, Source::Random { .. }))
    }

    /// The random directions, with their numbers.
    pub fn random(&self) -> impl Iterator<Item = (usize, &DirectionReport)> {
        self.numbered().filter(|(_, d)| matches!(d.source, Source::Random { .. }))
    }

    fn numbered(&self) -> impl Iterator<Item = (usize, &DirectionReport)> {
        self.directions.iter().enumerate()
    }

    /// The random directions that are judged, summed up; `None` without one. Its numbers are indices of the family.
    pub fn share(&self) -> Option<Share> {
        let verdicts: Vec<Verdict> = self.random().map_while(|(_, d)| d.verdict).collect();
        (!verdicts.is_empty()).then(|| Share::of(&verdicts))
    }

    /// Numbers of the most asymmetric random directions, the largest c first; where these are few, those that come closest
    /// follow. At most [`Share::SHOWN`].
    pub fn most_asymmetric(&self) -> Vec<usize> {
        let mut random: Vec<(usize, f64)> =
            self.random().filter_map(|(i, d)| Some((i, strength(d.verdict.as_ref()?)))).collect();
        random.sort_by(|a, b| b.1.total_cmp(&a.1));
        random.into_iter().take(Share::SHOWN).map(|r| r.0).collect()
    }
}

/// c of an asymmetric direction or of one that comes near it; less than anything for the others.
fn strength(verdict: &Verdict) -> f64 {
    use crate::valley::Reason;
    match verdict {
        Verdict::Asymmetric(a) => a.c,
        Verdict::NotAsymmetric { reason: Reason::Balanced { c, .. } } if c.is_finite() => *c,
        Verdict::NotAsymmetric { .. } => f64::NEG_INFINITY,
    }
}

/// Puts points in their places, rising in ℓ.
fn insert(into: &mut Vec<(f64, f64)>, points: Vec<(f64, f64)>) {
    for point in points {
        let place = into.partition_point(|p| p.0 < point.0);
        into.insert(place, point);
    }
}
