//! Whether an accuracy has fallen below a threshold, told from as few images as it takes.
//!
//! In a minimum nearly all images are right, and a few hundred of 60,000 are enough to know that 90 % are. The images are
//! looked at in an order that was drawn at random beforehand. Were the accuracy below the threshold, so few wrong ones
//! among so many would have a chance of at most exp(−n KL(w/n ‖ p)) (Hoeffding 1963, Theorems 1 and 4), where w of n are
//! wrong and p is the least share of wrong images that is below; under [`RISK`] the look ends. That the accuracy *is* below
//! is only ever said when it is certain.

use crate::random;

/// The chance that a look takes an accuracy below the threshold for one that is not.
pub const RISK: f64 = 1e-12;

/// A threshold on the share of images that are right.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    count: usize,
    /// The least number of wrong images with which the accuracy is below the threshold.
    enough: usize,
    order: Vec<u32>,
}

/// On which side of the threshold the accuracy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accuracy {
    Kept,
    Fallen,
}

impl Screen {
    /// For so many images and a threshold above 0 and at most 1.
    pub fn new(count: usize, threshold: f64) -> Screen {
        use rand::seq::SliceRandom as _;
        let below = |wrong: usize| ((count - wrong) as f64 / count as f64) < threshold;
        // The product may be rounded either way; the division decides, as it does wherever an accuracy is computed.
        let near = (count as f64 * (1.0 - threshold)) as usize;
        let enough = (near.saturating_sub(2)..=count).find(|wrong| below(*wrong)).unwrap_or(count);
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.shuffle(&mut random::stream(0, "screen"));
        Screen { count, enough, order }
    }

    /// The images in the order in which they are looked at.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// How many images to have looked at next, after so many: at least one more, until all are seen.
    pub fn next(&self, seen: usize) -> usize {
        // With none wrong, so many are enough: (1 − p)^n ≤ RISK.
        let first = (RISK.ln() / (-self.share()).ln_1p()).ceil() as usize;
        // A quarter more each time: little is looked at beyond what was needed, and there are few looks.
        first.max(seen + (seen / 4).max(1)).min(self.count)
    }

    /// What is known after so many images of which so many are right; `None` calls for more. Of all images, it is known.
    pub fn verdict(&self, seen: usize, right: usize) -> Option<Accuracy> {
        let wrong = seen - right;
        if wrong >= self.enough {
            Some(Accuracy::Fallen)
        } else if right > self.count - self.enough || self.chance(seen, wrong) <= RISK {
            Some(Accuracy::Kept)
        } else {
            None
        }
    }

    /// Of all images.
    pub fn of_all(&self, right: usize) -> Accuracy {
        if right > self.count - self.enough { Accuracy::Kept } else { Accuracy::Fallen }
    }

    fn share(&self) -> f64 {
        self.enough as f64 / self.count as f64
    }

    /// A bound on the chance of so few wrong ones among `seen`, were the accuracy below the threshold.
    fn chance(&self, seen: usize, wrong: usize) -> f64 {
        let (p, w) = (self.share(), wrong as f64 / seen as f64);
        if w >= p {
            return 1.0;
        }
        let part = |a: f64, b: f64| if a == 0.0 { 0.0 } else { a * (a / b).ln() };
        (-(seen as f64) * (part(w, p) + part(1.0 - w, 1.0 - p))).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P(at most `wrong` of `seen`) when `enough` of `count` are wrong: the hypergeometric distribution, summed.
    fn exactly(count: usize, enough: usize, seen: usize, wrong: usize) -> f64 {
        let ln_factorial = |n: usize| (1..=n).map(|k| (k as f64).ln()).sum::<f64>();
        let ln_choose = |n: usize, k: usize| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
        let possible = |w: &usize| *w <= enough && seen - w <= count - enough;
        let one = |w: usize| ln_choose(enough, w) + ln_choose(count - enough, seen - w) - ln_choose(count, seen);
        (0..=wrong).filter(possible).map(|w| one(w).exp()).sum()
    }

    #[test]
    fn every_look_sees_more_than_the_one_before() {
        for (count, threshold) in [(100, 0.01), (100, 0.001), (1, 1.0), (7, 0.5), (60_000, 0.9)] {
            let screen = Screen::new(count, threshold);
            let mut seen = 0;
            while seen < count {
                let next = screen.next(seen);
                assert!(next > seen && next <= count, "{seen} to {next} of {count} at {threshold}");
                seen = next;
            }
        }
    }

    #[test]
    fn the_bound_is_above_the_exact_chance_and_not_far() {
        let screen = Screen::new(1200, 0.9);
        for (seen, wrong) in [(263, 0), (300, 5), (526, 10), (600, 30), (1052, 60), (40, 3)] {
            let (bound, exact) = (screen.chance(seen, wrong), exactly(1200, 121, seen, wrong));
            assert!(exact <= bound, "{seen} {wrong}: {exact} > {bound}");
        }
        assert!(screen.chance(40, 0) < 5.0 * exactly(1200, 121, 40, 0));
        assert_eq!(screen.chance(100, 11), 1.0);
    }

    /// Decimal thresholds are met exactly: 1080 of 1200 are 90 %, 1079 are less.
    #[test]
    fn all_images_decide_as_the_division_does() {
        for (count, threshold) in [(1200, 0.9), (10, 0.7), (1437, 0.9), (3, 1.0), (50, 0.02), (7, 1e-9), (1000, 0.999)]
        {
            let screen = Screen::new(count, threshold);
            for right in 0..=count {
                let fallen = (right as f64 / count as f64) < threshold;
                let expected = if fallen { Accuracy::Fallen } else { Accuracy::Kept };
                assert_eq!(screen.verdict(count, right), Some(expected), "{right} of {count} at {threshold}");
                assert_eq!(screen.of_all(right), expected);
            }
        }
        assert_eq!(Screen::new(1200, 0.9).verdict(1199, 1079), None);
    }

    #[test]
    fn looks_grow_and_end_with_all_images() {
        for (count, threshold, first) in [(1200, 0.9, 260..=263), (60_000, 0.9, 262..=263), (100, 0.9, 100..=100)] {
            let screen = Screen::new(count, threshold);
            let mut looks = vec![screen.next(0)];
            while looks[looks.len() - 1] < count {
                looks.push(screen.next(looks[looks.len() - 1]));
            }
            assert!(first.contains(&looks[0]) && looks.is_sorted(), "{looks:?}");
            assert_eq!(
                screen.verdict(looks[0], looks[0]),
                Some(Accuracy::Kept),
                "none wrong in the first look is enough"
            );
        }
        let mut order = Screen::new(500, 0.9).order().to_vec();
        assert!(!order.is_sorted());
        order.sort_unstable();
        assert_eq!(order, (0..500).collect::<Vec<_>>());
    }
}
