//! Escape tables to look at and to save, and their numbers in words.

use std::path::Path;

use super::{
    error::PresentError,
    formats::format,
    save::{save_bytes, save_picture, theme},
};
use crate::{
    explore::EscapeJob,
    figure::{Figure, Theme, escape_figure},
    optim::OptimizerKind,
    valley::{Bound, Cell, Course, Escape, EscapeSpec, Exit, MeanSteps, MedianSteps, Ratio, Steps, Trend},
};

/// What an escape table can be saved as.
pub const ESCAPE_FORMATS: [&str; 4] = ["csv", "png", "svg", "pdf"];

/// An escape table with what it was measured on.
#[derive(Clone, Debug, PartialEq)]
pub struct EscapeView {
    pub title: String,
    /// How it was measured, in lines.
    pub caption: String,
    pub threshold: f64,
    /// The seed of the first run of every method.
    pub first_seed: u64,
    pub table: Escape,
}

impl EscapeView {
    /// What a job found so far.
    pub fn of(job: &EscapeJob) -> EscapeView {
        EscapeView {
            title: job.title(),
            caption: job.caption(),
            threshold: job.request().threshold,
            first_seed: job.request().subject.seed,
            table: job.table().clone(),
        }
    }

    /// As a picture.
    pub fn figure(&self, theme: Theme) -> Figure {
        let figure = escape_figure(&self.table, self.threshold, theme);
        Figure { title: self.title.clone(), caption: self.caption.clone(), ..figure }
    }

    /// One row per run, by method, then by seed. Of a run that stayed, no number of steps is known.
    pub fn csv(&self) -> String {
        use std::fmt::Write as _;
        let mut out: String = self.caption.lines().map(|line| format!("# {line}\n")).collect();
        out += "optimizer,rho,seed,outcome,steps,limit,gradients,finite\n";
        for (job, run) in self.table.runs() {
            let spec = self.table.spec();
            let method = spec.methods[job.method];
            let (outcome, steps) = match run.exit {
                Exit::Exited(steps) => ("exited", steps.to_string()),
                Exit::Censored(_) => ("censored", String::new()),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "{},{},{},{outcome},{steps},{},{},{}",
                method.kind,
                method.rho,
                self.first_seed + job.seed as u64,
                spec.limit,
                run.gradients,
                run.finite
            );
        }
        out
    }
}

/// Whether an escape table can be saved under this name, before any work is done for it.
///
/// # Errors
/// An ending that means no format.
pub fn check_escape_format(path: &Path) -> Result<(), PresentError> {
    format(path, &ESCAPE_FORMATS, "table").map(drop)
}

/// Writes the file in the format that its ending says.
///
/// # Errors
/// An ending that means no format, and files that cannot be written.
pub fn save_escape(path: &Path, view: &EscapeView, dark: bool) -> Result<(), PresentError> {
    match format(path, &ESCAPE_FORMATS, "table")? {
        "csv" => save_bytes(path, view.csv().as_bytes()),
        picture => save_picture(path, &view.figure(theme(dark)), picture),
    }
}

/// "≥ 139.32 ± 54.83"; ≥ when runs stayed.
pub fn mean_words(mean: &MeanSteps) -> String {
    let bound = if mean.is_lower_bound() { "≥ " } else { "" };
    let std = mean.std.map_or(String::new(), |std| format!(" ± {std:.2}"));
    format!("{bound}{:.2}{std}", mean.mean)
}

/// An exit time t η.
pub fn time_words(time: Steps) -> String {
    let bound = if time.is_bound() { "≥ " } else { "" };
    format!("{bound}{:.3}", time.value())
}

/// "34.5 [21, 60]"
pub fn median_words(m: &MedianSteps) -> String {
    match m.interval {
        Some([low, high]) => format!("{} [{low}, {high}]", m.median),
        None => m.median.to_string(),
    }
}

/// "≥ 8.27× [4.48, 16.62]"
pub fn ratio_words(r: &Ratio) -> String {
    let bound = match r.bound {
        Bound::Exact => "",
        Bound::AtLeast => "≥ ",
        Bound::AtMost => "≤ ",
        // Both are bounds: their ratio says nothing.
        Bound::Neither => return "open".into(),
    };
    let interval = r.interval.map_or(String::new(), |i| format!(" [{:.2}, {:.2}]", i.low, i.high));
    format!("{bound}{:.2}×{interval}", r.ratio)
}

/// Whether exit times fall as ρ grows.
pub fn trend_words(kind: OptimizerKind, trend: &Trend) -> String {
    let name = kind.to_string().to_uppercase();
    let count = |course| trend.changes.iter().filter(|c| c.course == course).count();
    match trend {
        t if t.changes.is_empty() => format!("{name}: too few radii for a trend"),
        t if t.falls() => format!("{name}: the mean exit time falls with ρ, from each radius to the next"),
        t if t.never_rises() && count(Course::Falls) == 0 => {
            format!("{name}: the mean exit time is the same at every radius")
        }
        t if t.never_rises() => format!(
            "{name}: from each radius to the next, the mean exit time falls {} times and is level {}; it never rises",
            count(Course::Falls),
            count(Course::Level)
        ),
        t => format!(
            "{name}: from each radius to the next, the mean exit time falls {} times, is level {}, rises {} ({}), and {} are open",
            count(Course::Falls),
            count(Course::Level),
            count(Course::Rises),
            if t.is_contradicted() { "beyond chance" } else { "never beyond chance" },
            count(Course::Open)
        ),
    }
}

/// What to set otherwise where a table shows nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    pub words: String,
    /// A learning rate to try next.
    pub rate: f64,
}

/// Where a table shows nothing: at too low a rate nobody leaves, at too high a one all do at once.
pub fn advice(spec: &EscapeSpec, cells: &[Cell]) -> Option<Advice> {
    let some = !cells.is_empty() && cells.iter().all(|c| c.runs > 0);
    if some && cells.iter().all(|c| c.exited == 0) {
        let words = format!("Nobody has left within {} steps: raise the rate η from {}.", spec.limit, spec.rate);
        return Some(Advice { words, rate: 2.0 * spec.rate });
    }
    let base = cells.iter().find(|c| c.method.is_base())?;
    let at_once = base.censored == 0 && base.mean.is_some_and(|m| m.mean < 2.0);
    let words = || format!("Even {} leaves at once: lower the rate η from {}.", base.method.title(), spec.rate);
    at_once.then(|| Advice { words: words(), rate: 0.5 * spec.rate })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        probe::statistics::Interval,
        valley::{Job, Method, Run},
    };

    #[test]
    fn a_table_of_runs_has_no_number_for_those_that_stayed() {
        let spec = EscapeSpec { methods: vec![Method::SGD], seeds: 2, limit: 50, rate: 0.1 };
        let mut table = Escape::new(spec).unwrap();
        let run = |exit| Run { exit, gradients: 50, finite: true };
        table.record(Job { method: 0, seed: 0 }, run(Exit::Censored(50))).unwrap();
        table.record(Job { method: 0, seed: 1 }, run(Exit::Exited(7))).unwrap();
        let view = EscapeView { title: "T".into(), caption: "a\nb".into(), threshold: 0.9, first_seed: 3, table };
        assert_eq!(
            view.csv(),
            "# a\n# b\noptimizer,rho,seed,outcome,steps,limit,gradients,finite\nsgd,0,3,censored,,50,50,true\n\
             sgd,0,4,exited,7,50,50,true\n"
        );
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.csv", "a.svg", "a.png", "a.pdf"] {
            save_escape(&folder.path().join(name), &view, true).unwrap();
            assert!(folder.path().join(name).metadata().unwrap().len() > 50, "{name}");
        }
        let error = check_escape_format(Path::new("a.pgn")).unwrap_err().to_string();
        assert!(error.contains("did you mean \"png\""), "{error}");
    }

    #[test]
    fn a_table_that_shows_nothing_says_what_to_change() {
        let advice = |exits: &[Exit]| {
            let spec = EscapeSpec { methods: vec![Method::SGD], seeds: exits.len(), limit: 50, rate: 0.1 };
            let mut table = Escape::new(spec).unwrap();
            for (seed, exit) in exits.iter().enumerate() {
                table.record(Job { method: 0, seed }, Run { exit: *exit, gradients: 1, finite: true }).unwrap();
            }
            advice(table.spec(), &table.summary()).map(|a| a.words)
        };
        assert!(advice(&[Exit::Censored(50), Exit::Censored(50)]).unwrap().contains("raise the rate η from 0.1"));
        assert!(advice(&[Exit::Exited(1), Exit::Exited(2)]).unwrap().contains("lower the rate"));
        assert_eq!(advice(&[Exit::Exited(1), Exit::Censored(50)]), None);
        assert_eq!(advice(&[Exit::Exited(9), Exit::Exited(7)]), None);
    }

    #[test]
    fn a_level_trend_is_not_said_to_fall() {
        let words = |exits: &[u64]| {
            let methods = Method::grid(&[OptimizerKind::Sam], &[0.1, 0.2, 0.3], false);
            let spec = EscapeSpec { methods, seeds: 1, limit: 50, rate: 0.1 };
            let mut table = Escape::new(spec).unwrap();
            for (method, steps) in exits.iter().enumerate() {
                let run = Run { exit: Exit::Exited(*steps), gradients: 1, finite: true };
                table.record(Job { method, seed: 0 }, run).unwrap();
            }
            let (kind, trend) = table.trends().remove(0);
            trend_words(kind, &trend)
        };
        assert!(words(&[9, 5, 1]).contains("falls with ρ"));
        assert!(words(&[9, 1, 1]).contains("falls 1 times and is level 1; it never rises"), "{}", words(&[9, 1, 1]));
        assert!(words(&[1, 1, 1]).contains("the same at every radius"));
        assert!(words(&[1, 2, 1]).contains("rises 1"));
    }

    #[test]
    fn words_say_what_is_a_bound() {
        let mean = MeanSteps { mean: 31.0, std: Some(13.036), exited: 4, censored: 0, limit: 300 };
        assert_eq!(mean_words(&mean), "31.00 ± 13.04");
        assert_eq!(mean_words(&MeanSteps { std: None, censored: 1, ..mean }), "≥ 31.00");
        let interval = Some(Interval { low: 4.5, high: 16.6 });
        let ratio = |bound| ratio_words(&Ratio { ratio: 8.267, bound, interval });
        assert_eq!((ratio(Bound::AtLeast), ratio(Bound::Neither)), ("≥ 8.27× [4.50, 16.60]".into(), "open".into()));
        let interval = Some([Steps::Exactly(2.0), Steps::AtLeast(300.0)]);
        assert_eq!(median_words(&MedianSteps { median: Steps::Exactly(7.5), interval }), "7.5 [2, ≥ 300]");
        assert_eq!(time_words(Steps::AtLeast(1.8)), "≥ 1.800");
    }
}
