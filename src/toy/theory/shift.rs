//! Why a solution on the flat side generalises better: Theorem 1 of Asymmetric Valleys (Theorem 2.3.5 of the SAM thesis)
//! and its three cases.
//!
//! The population loss is the empirical one moved by a random δ, P(δ_i = ±δ̄_i) = ½, up to ξ. Expected over the shifts,
//! a solution moved by l to the flat side gains at least Σ (c_i − 1) l_i p_i / 2 − 2kξ.

use rand::Rng as _;

use super::card::{Bound, Card, Check, Theorem};
use crate::{
    random,
    toy::{
        error::{ToyError, not_negative, positive},
        surface::Surface,
    },
};

const THEOREM: Theorem = Theorem {
    name: "Theorem 1",
    statement: "On k asymmetric directions, if 4ξ/((c − 1) p) < l < min{r − δ, δ − ζ}, the expected population loss falls by at least Σ (c − 1) l p / 2 − 2kξ > 0 when the solution moves by l to the flat side.",
    source: "Asymmetric Valleys, Theorem 1; SAM thesis, Theorem 2.3.5",
};

const CASES: Theorem = Theorem {
    name: "The three cases",
    statement: "Of three solutions in an asymmetric valley whose population loss is shifted left or right, the one on the flat side has the lowest expected population loss, the one on the sharp side the highest.",
    source: "Asymmetric Valleys, cases I to III",
};

/// The most directions whose 2^k shifts are enumerated.
const MOST_DIRECTIONS: usize = 12;
/// Pieces of a random valley's sides between 0 and r.
const PIECES: usize = 6;

/// A convex piecewise-linear function with minimum 0 at 0: slopes below p on the flat side (ζ, r), beyond −cp on the
/// sharp side. Within ζ the slopes are smaller.
#[derive(Clone, Debug, PartialEq)]
struct Profile {
    /// (distance, slope) where each piece begins, for the flat and the sharp side; slopes are positive and ascending.
    sides: [Vec<[f64; 2]>; 2],
}

impl Profile {
    fn value(&self, x: f64) -> f64 {
        let side = &self.sides[usize::from(x < 0.0)];
        let (distance, mut sum) = (x.abs(), 0.0);
        for (k, [from, slope]) in side.iter().enumerate() {
            let to = side.get(k + 1).map_or(f64::INFINITY, |next| next[0]).min(distance);
            if to > *from {
                sum += slope * (to - from);
            }
        }
        sum
    }
}

/// One direction of an example.
#[derive(Clone, Debug, PartialEq)]
pub struct Direction {
    /// (r, p, c, ζ).
    pub r: f64,
    pub p: f64,
    pub c: f64,
    pub zeta: f64,
    /// δ̄, how far the population loss is shifted either way.
    pub shift: f64,
    /// l, how far the solution is moved to the flat side.
    pub bias: f64,
    profile: Profile,
}

/// An empirical loss Σ f_i(w_i) that meets the theorem's assumptions, with a wobble of size ξ between it and the shifted
/// population loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub directions: Vec<Direction>,
    /// ξ, the shift gap.
    pub xi: f64,
    /// Wave number and phase of the wobble.
    wobble: [f64; 2],
}

impl Example {
    /// Draws an example with `k` directions that satisfies all assumptions; example `number` of `seed`.
    ///
    /// # Errors
    ///
    /// [`ToyError::Count`] unless 1 ≤ `k` ≤ 12.
    pub fn random(k: usize, seed: u64, number: u64) -> Result<Example, ToyError> {
        if !(1..=MOST_DIRECTIONS).contains(&k) {
            return Err(ToyError::Count { name: "directions", value: k as u64, remedy: "1 to 12" });
        }
        let mut rng = random::stream(seed, &format!("toy shift {number}"));
        let directions: Vec<Direction> = (0..k)
            .map(|_| {
                let (p, c) = (rng.random_range(0.05..2.0), 1.0 + rng.random_range(0.1f64..3.0).exp());
                let r: f64 = rng.random_range(0.5..4.0);
                let zeta = r * rng.random_range(0.0..0.3);
                let shift: f64 = rng.random_range(zeta + 0.1 * (r - zeta)..r - 0.1 * (r - zeta));
                let bias = rng.random_range(0.2..0.999) * (r - shift).min(shift - zeta);
                let share = |rng: &mut rand_chacha::ChaCha8Rng, low, high| {
                    let mut slopes: Vec<f64> = (0..PIECES).map(|_| rng.random_range(low..high)).collect();
                    slopes.sort_by(f64::total_cmp);
                    slopes
                };
                // Strictly inside the definition: 0 < slope < p, and beyond cp.
                let flat = share(&mut rng, 0.01 * p, 0.999 * p);
                let sharp = share(&mut rng, 1.001 * c * p, 2.0 * c * p);
                let side = |slopes: Vec<f64>, inner: f64| {
                    let at = |k: usize| zeta + (r - zeta) * k as f64 / PIECES as f64;
                    let outer = slopes.iter().enumerate().map(|(k, s)| [at(k), *s]);
                    std::iter::once([0.0, inner * slopes[0]]).chain(outer).collect()
                };
                let inner = rng.random_range(0.1..1.0);
                let profile = Profile { sides: [side(flat, inner), side(sharp, inner)] };
                Direction { r, p, c, zeta, shift, bias, profile }
            })
            .collect();
        let most = directions.iter().map(|d| (d.c - 1.0) * d.p * d.bias / 4.0).fold(f64::INFINITY, f64::min);
        let xi = most * rng.random_range(0.0..0.99);
        let wobble = [rng.random_range(0.5..20.0), rng.random_range(0.0..std::f64::consts::TAU)];
        Ok(Example { directions, xi, wobble })
    }

    /// The population loss at w for the shift whose signs are the bits of `signs`: L̂(w − δ) and a wobble of at most ±ξ/2,
    /// so that aligning the minima vertically, which moves L by at most ξ/2 more, keeps the shift gap within ξ.
    fn population(&self, w: &[f64], signs: usize) -> f64 {
        let mut phase = self.wobble[1] + signs as f64;
        let mut sum = 0.0;
        for (i, (direction, x)) in self.directions.iter().zip(w).enumerate() {
            let delta = if signs >> i & 1 == 1 { direction.shift } else { -direction.shift };
            sum += direction.profile.value(x - delta);
            phase += self.wobble[0] * x;
        }
        sum + 0.5 * self.xi * phase.sin()
    }

    /// E_δ L(w), over all 2^k shifts.
    pub fn expected(&self, w: &[f64]) -> f64 {
        let all = 1usize << self.directions.len();
        (0..all).map(|signs| self.population(w, signs)).sum::<f64>() / all as f64
    }

    /// E_δ L(ŵ*) − E_δ L(ŵ* + Σ l_i u_i), exactly.
    pub fn gain(&self) -> f64 {
        let bias: Vec<f64> = self.directions.iter().map(|d| d.bias).collect();
        self.expected(&vec![0.0; bias.len()]) - self.expected(&bias)
    }

    /// The theorem's lower bound of the gain.
    pub fn bound(&self) -> f64 {
        let sum: f64 = self.directions.iter().map(|d| 0.5 * (d.c - 1.0) * d.bias * d.p).sum();
        sum - 2.0 * self.directions.len() as f64 * self.xi
    }

    /// The gain against the bound, and the bound against 0.
    pub fn card(&self) -> Card {
        let checks = vec![
            Check::new("E L(ŵ*) − E L(ŵ* + Σ l u)", self.gain(), Bound::AtLeast(self.bound())),
            Check::new("the bound", self.bound(), Bound::Above(0.0)),
        ];
        Card { theorem: THEOREM, inputs: vec![("k", self.directions.len() as f64), ("ξ", self.xi)], checks }
    }
}

/// `count` random examples with 1 to 4 directions: how many keep the bound, and the least gain over bound.
///
/// # Errors
///
/// None for the numbers of directions used.
pub fn many_card(count: u64, seed: u64) -> Result<Card, ToyError> {
    let (mut kept, mut least) = (0u64, f64::INFINITY);
    for number in 0..count {
        let example = Example::random(1 + (number % 4) as usize, seed, number)?;
        kept += u64::from(example.card().holds());
        least = least.min(example.gain() / example.bound());
    }
    let checks = vec![
        Check::new("valleys that keep the bound", kept as f64, Bound::AtLeast(count as f64)),
        Check::new("least gain over bound", least, Bound::AtLeast(1.0)),
    ];
    Ok(Card { theorem: THEOREM, inputs: vec![("valleys", count as f64)], checks })
}

/// ½ L(s − δ) + ½ L(s + δ): the expected population loss of a solution at s when the loss is shifted by δ either way.
pub fn expected_loss(valley: &dyn Surface, s: f64, shift: f64) -> f64 {
    0.5 * (valley.value(&[s - shift]) + valley.value(&[s + shift]))
}

/// Cases I (the empirical minimiser, 0), II (moved by `bias` to the flat side) and III (to the sharp side) on a
/// one-dimensional valley with its flat side towards positive w.
///
/// # Errors
///
/// [`ToyError::Dimension`] unless `valley` has one dimension; [`ToyError::Parameter`] unless shift and bias are positive
/// (shift may be 0: then nothing is gained, and the card says so).
pub fn three_cases(valley: &dyn Surface, shift: f64, bias: f64) -> Result<Card, ToyError> {
    if valley.dim() != 1 {
        return Err(ToyError::Dimension { what: "the three cases", needed: "one dimension", dim: valley.dim() });
    }
    not_negative("shift", shift, "0 or a positive, finite number")?;
    positive("bias", bias, "a positive, finite number, such as a third of the shift")?;
    let at = |s: f64| expected_loss(valley, s, shift);
    let (minimiser, flat, sharp) = (at(0.0), at(bias), at(-bias));
    let checks = vec![
        Check::new("case II (flat side) against case I", flat, Bound::Below(minimiser)),
        Check::new("case III (sharp side) against case I", sharp, Bound::Above(minimiser)),
    ];
    let inputs = vec![("δ", shift), ("l", bias), ("E L at I", minimiser)];
    Ok(Card { theorem: CASES, inputs, checks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surfaces::{Linex, Valley};

    #[test]
    fn a_thousand_random_valleys_keep_the_bound() {
        let card = many_card(1000, 7).unwrap();
        assert!(card.holds(), "{card:?}");
        // Some come close: the bound is not kept by a mile.
        assert!(card.checks[1].measured < 2.0, "{card:?}");
    }

    #[test]
    fn examples_meet_the_assumptions() {
        for number in 0..200 {
            let example = Example::random(3, 1, number).unwrap();
            for d in &example.directions {
                let low = 4.0 * example.xi / ((d.c - 1.0) * d.p);
                assert!(low < d.bias && d.bias < (d.r - d.shift).min(d.shift - d.zeta), "{d:?}");
                for k in 1..100 {
                    let l = d.zeta + (d.r - d.zeta) * f64::from(k) / 100.0;
                    let h = 1e-7;
                    let slope = |x: f64| (d.profile.value(x + h) - d.profile.value(x - h)) / (2.0 * h);
                    assert!(slope(l) > 0.0 && slope(l) < d.p && slope(-l) < -d.c * d.p, "{d:?} {l}");
                }
            }
            // The shift gap of Definition 2.3.2: ξ/2 before, so at most ξ after the minima are aligned vertically.
            let mut gap = 0.0f64;
            for k in 0..200 {
                let v: Vec<f64> = (0..3).map(|d| 0.01 * f64::from((k * (7 + 4 * d) + 3) % 200 - 100)).collect();
                let empirical: f64 = example.directions.iter().zip(&v).map(|(d, x)| d.profile.value(*x)).sum();
                for signs in 0..8 {
                    let delta = |i: usize| example.directions[i].shift * if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
                    let moved: Vec<f64> = v.iter().enumerate().map(|(i, x)| x + delta(i)).collect();
                    gap = gap.max((example.population(&moved, signs) - empirical).abs());
                }
            }
            assert!(gap <= 0.5 * example.xi + 1e-12 && gap > 0.4 * example.xi, "{gap} {}", example.xi);
        }
        assert!(Example::random(0, 0, 0).is_err() && Example::random(13, 0, 0).is_err());
    }

    #[test]
    fn straight_sides_attain_the_bound() {
        // f = p x on the right, −cp x on the left: E changes by exactly −(c − 1) l p / 2.
        let valley = Valley::new(0.5, 4.0, 3.0, 0.0).unwrap();
        let gain = expected_loss(&valley, 0.0, 1.0) - expected_loss(&valley, 0.7, 1.0);
        assert!((gain - 0.5 * 3.0 * 0.7 * 0.5).abs() < 1e-15, "{gain}");
    }

    #[test]
    fn the_three_cases_are_ordered_and_need_a_shift() {
        let valley = Valley::new(0.5, 4.0, 3.0, 0.1).unwrap();
        assert!(three_cases(&valley, 1.0, 0.4).unwrap().holds());
        assert!(three_cases(&Linex::new(-0.8).unwrap(), 1.0, 0.2).unwrap().holds());
        // Without a shift the minimiser is best; a symmetric valley prefers neither side.
        assert!(!three_cases(&valley, 0.0, 0.4).unwrap().holds());
        assert!(!three_cases(&Valley::new(0.5, 1.0, 3.0, 0.0).unwrap(), 1.0, 0.4).unwrap().holds());
    }
}
