//! The table while it fills, on the terminal's error channel; nothing where nobody would see it.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{
    cli::measure::Watch,
    explore::{EscapeJob, Job as _},
    present::mean_words,
    valley::Cell,
};

pub struct Live {
    rows: Vec<ProgressBar>,
    all: ProgressBar,
}

impl Live {
    /// `silent` for output that other programs read.
    pub fn new(silent: bool, job: &EscapeJob) -> Live {
        let bars = if silent {
            MultiProgress::with_draw_target(indicatif::ProgressDrawTarget::hidden())
        } else {
            MultiProgress::new()
        };
        let spec = job.table().spec();
        let width = spec.methods.iter().map(|m| m.title().chars().count()).max().unwrap_or(0);
        let style = |template: &str| ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar());
        let row = |title: String| {
            let bar = ProgressBar::new(spec.seeds as u64).with_prefix(format!("{title:<width$}"));
            bars.add(bar.with_style(style("  {prefix}  {bar:24} {pos:>4}/{len}  {msg}")))
        };
        let rows = spec.methods.iter().map(|m| row(m.title())).collect();
        let all = ProgressBar::new(job.progress().total).with_style(style("  {pos} of {len} runs{msg}"));
        Live { rows, all: bars.add(all) }
    }
}

impl Watch<EscapeJob> for Live {
    fn show(&self, job: &EscapeJob, elapsed: Duration) {
        if self.all.is_hidden() {
            return;
        }
        for (bar, cell) in self.rows.iter().zip(job.table().summary()) {
            bar.set_message(words(&cell));
            bar.set_position(cell.runs);
        }
        let (done, left) = job.work();
        let remaining = (done > 0.0).then(|| elapsed.mul_f64(left / done));
        let words = remaining.map_or(String::new(), |t| format!(", {} left", indicatif::HumanDuration(t)));
        self.all.set_message(words);
        self.all.set_position(job.progress().done);
    }

    fn done(self: Box<Self>) {
        self.rows.iter().chain([&self.all]).for_each(ProgressBar::finish_and_clear);
    }
}

fn words(cell: &Cell) -> String {
    let mean = cell.mean.map_or("none has left".into(), |mean| mean_words(&mean));
    let stayed = if cell.censored > 0 { format!(", {} stayed", cell.censored) } else { String::new() };
    if cell.runs == 0 { String::new() } else { format!("{mean}{stayed}") }
}
