//! The average of SGD's iterates in an asymmetric valley: Asymmetric Valleys, Theorem 2.

use serde::Deserialize;

use super::{
    Task, Toy, Unfinished, Watch,
    draw::{panel, series, silent},
};
use crate::{
    figure::{Kind, Panel, run_color},
    probe::statistics::Histogram,
    recipe::Findings,
    toy::{
        ToyError,
        theory::averaging::{Average, AveragingSpec},
    },
};

/// The valley and the walk; see [`AveragingSpec`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Averaging {
    pub eta: f64,
    /// a₊ and b₊.
    pub flat: [f64; 2],
    pub c: f64,
    /// −b₋.
    pub steepest: f64,
    pub noise: f64,
    pub steps: u64,
    pub runs: u64,
}

/// Classes of the histogram.
const CLASSES: usize = 60;

impl Averaging {
    fn spec(&self, seed: u64) -> AveragingSpec {
        let Averaging { eta, flat, c, steepest, noise, steps, runs } = *self;
        AveragingSpec { eta, flat, c, steepest, noise, steps, runs, seed }
    }

    /// How w̄ is distributed over the runs, in units of η so that settings can be compared, and its mean.
    fn panel(&self, averages: &[f64], average: &Average, task: &Task<'_>) -> Panel {
        let color = run_color(task.place);
        let [low, high] = average.range.map(|w| w / self.eta);
        let width = (high - low) / CLASSES as f64;
        let edges: Vec<f64> = (0..=CLASSES).map(|k| low + width * k as f64).collect();
        let histogram = Histogram::of(averages.iter().map(|w| w / self.eta), &edges);
        let most = histogram.counts().iter().copied().max().unwrap_or(1) as f64;
        let outline = histogram.counts().iter().zip(&edges).flat_map(|(n, from)| {
            let share = *n as f64 / most;
            [[*from, share], [from + width, share]]
        });
        let mean = average.mean / self.eta;
        let all = vec![
            series(task.name, color, Kind::Line, outline),
            silent("mean", color, Kind::Dashed, [[mean, 0.0], [mean, 1.05]]),
        ];
        let title = "Averages of the iterates over the runs, relative to the fullest class; the sharp side is below 0";
        let x_range = Some((-1.0, 1.03 * high.max(1.0)));
        Panel {
            from_zero: true, x_range, weight: 1.5, ..panel(title, "mean of w_1 … w_T, in units of η", "runs", all)
        }
    }
}

impl Toy for Averaging {
    fn measures(&self) -> Vec<&'static str> {
        vec!["mean", "lower-end", "upper-end"]
    }

    fn check(&self) -> Result<(), ToyError> {
        self.spec(0).check()
    }

    fn describe(&self) -> String {
        format!("{} runs of {} steps from 0", self.runs, self.steps)
    }

    fn find(&self, task: &Task<'_>, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        watch.at(0.0)?;
        let stop = watch.stop();
        let averages = self.spec(task.seed).averages(&|| !stop.is_raised()).ok_or(Unfinished::Stopped)?;
        let average = Average::of(&averages);
        let numbers = vec![
            ("mean", Some(average.mean)),
            ("lower-end", Some(average.mean - average.half_width)),
            ("upper-end", Some(average.mean + average.half_width)),
        ];
        Ok(Findings { bounds: vec![], numbers, panels: vec![self.panel(&averages, &average, task)] })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Experiment,
        tests::{made, number},
    };
    use crate::toy::theory::averaging::{AveragingSpec, SETTINGS};

    #[test]
    fn it_is_the_theorems_own_simulation() {
        let text =
            "experiment='averaging'\neta=0.05\nflat=[1.0, 1.0]\nc=16.0\nsteepest=16.0\nnoise=1.0\nsteps=200\nruns=300";
        let found = made(text, 9);
        let exact = AveragingSpec { steps: 200, runs: 300, seed: 9, ..SETTINGS[0] }.simulate();
        assert_eq!(number(&found, "mean"), exact.mean);
        assert_eq!(number(&found, "lower-end"), exact.mean - exact.half_width);
        // With slopes 1 and −16 the walk climbs 16 η at once and comes down in steps of η: the mean is near 8 η.
        assert!((exact.mean / 0.05 - 7.5).abs() < 1.0, "{exact:?}");
        let weak = text.replace("c=16.0", "c=1.0").replace("steepest=16.0", "steepest=1.0");
        assert!(toml::from_str::<Experiment>(&weak).unwrap().check().unwrap_err().to_string().contains("c'"));
    }
}
