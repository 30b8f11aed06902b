//! The iterations of a run at which its loss jumps.

use super::{spike::is_spike, store::History};

/// The iterations at which the batch loss of a run jumps, in order, by the rule of
/// [`is_jump`](crate::probe::statistics::is_jump) over its step records: with thinned records, over those that there are.
/// A run that is shown keeps them: [`History::spikes`].
pub fn spikes(run: &History) -> Vec<u64> {
    let steps = run.steps();
    let jumps = |k: &usize| is_spike(&steps[..*k], steps[*k].batch_loss);
    (0..steps.len()).filter(jumps).map(|k| steps[k].t).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::synthetic::{bounce, manifest, step},
        probe::StepRecord,
    };

    #[test]
    fn jumps_are_found_as_the_records_come_and_again_from_all_of_them() {
        let mut history = History::new(manifest(400));
        for t in 0..200 {
            let calm = 1.0 / (1.0 + t as f64 / 50.0) + 0.02 * f64::from((t * 7 % 11) as u32);
            let batch_loss = match t {
                5 | 60 | 130 => 6.0,
                61 => 3.0,
                160 => f64::INFINITY,
                180 => f64::NAN,
                _ => calm,
            };
            assert!(history.push_step(StepRecord { batch_loss, ..step(2 * t, 0.0) }));
        }
        assert_eq!(spikes(&history), [120, 122, 260, 320, 360], "not at 10, where there is nothing to compare with");
        assert_eq!(history.spikes(), spikes(&history));
        let calm = bounce(300, 1);
        assert_eq!(calm.spikes(), spikes(&calm));
        assert!(spikes(&History::new(manifest(3))).is_empty());
    }
}
