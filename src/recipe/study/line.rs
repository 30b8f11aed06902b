//! The straight line between two solutions: SAM thesis, Fig. 5.1 and 5.2; Asymmetric Valleys, SGD and its average.

use serde::Deserialize;
use toml::Table;

use super::{End, Ends, Studied, Task, Unfinished, Watch, drive::drive, settings::split};
use crate::{
    explore::{LineJob, LineRequest},
    figure::{LineCurve, LinePicture, line_panels, run_color, text::literal},
    named::named_choice,
    probe::NormMode,
    recipe::Findings,
    survey::{LinePoint, Sides},
};

/// Loss and error from one solution (α = 0) to another (α = 1), and beyond both: at places such as "-2:3:51", far enough to
/// see both walls of the valley.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Line {
    from: End,
    to: End,
    draw: Drawn,
    request: Box<LineRequest>,
}

named_choice! {
    /// What is drawn along a line.
    Drawn as "what is drawn" {
        #[default] Both = "both",
        Loss = "loss",
        Error = "error",
    }
}

/// What a recipe says that is not the request's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    from: End,
    to: End,
    /// Batch-norm statistics.
    bn: Option<NormMode>,
    #[serde(default)]
    draw: Drawn,
}

impl TryFrom<Table> for Line {
    type Error = String;

    fn try_from(table: Table) -> Result<Line, String> {
        let (own, mut request): (Own, LineRequest) =
            split(table, &["from", "to", "bn", "draw"], &["a", "b", "random", "eigen", "gradients", "test", "names"])?;
        request.subject.norm_mode = own.bn.unwrap_or(request.subject.norm_mode);
        request.gradients = false;
        Ok(Line { from: own.from, to: own.to, draw: own.draw, request: Box::new(request) })
    }
}

impl Studied for Line {
    fn measures(&self) -> Vec<&'static str> {
        vec![
            "distance",
            "train-rise",
            "test-rise",
            "train-error-rise",
            "test-error-rise",
            "train-minimum",
            "test-minimum",
            "shift",
            "left-over-right",
        ]
    }

    fn ends(&self) -> Vec<&End> {
        vec![&self.from, &self.to]
    }

    fn describe(&self) -> String {
        format!("line from {} (α = 0) to {} (α = 1)", self.from, self.to)
    }

    fn find(&self, task: &Task<'_>, ends: &Ends, watch: &mut Watch<'_>) -> Result<Findings, Unfinished> {
        let request = LineRequest {
            a: ends.of(&self.from, task.seed)?,
            b: Some(ends.of(&self.to, task.seed)?),
            names: Some([self.from.to_string(), self.to.to_string()]),
            ..LineRequest::clone(&self.request)
        };
        let job: LineJob = drive(&request, watch)?;
        let curve = &job.curves[0];
        let points = curve.line.points();
        let [mut loss, mut error] = line_panels(&self.picture(task, points));
        if self.draw == Drawn::Error {
            // The names of the ends stand in the first panel.
            error.markers = std::mem::take(&mut loss.markers);
        }
        let mut panels = match self.draw {
            Drawn::Both => vec![loss, error],
            Drawn::Loss => vec![loss],
            Drawn::Error => vec![error],
        };
        for panel in &mut panels {
            panel.title = format!("{}: {}", literal(task.name), panel.title.to_lowercase());
        }
        Ok(Findings { bounds: vec![], numbers: numbers(points, curve.distance), panels })
    }
}

impl Line {
    fn picture(&self, task: &Task<'_>, points: &[LinePoint]) -> LinePicture {
        let column =
            |number: &dyn Fn(&LinePoint) -> Option<f64>| -> Vec<f64> { points.iter().filter_map(number).collect() };
        let curve = LineCurve {
            name: task.name.into(),
            color: run_color(task.place),
            alpha: points.iter().map(|p| p.alpha).collect(),
            train_loss: column(&|p| Some(p.measured.train.loss)),
            train_error: column(&|p| Some(p.measured.train.error)),
            test_loss: column(&|p| p.measured.test.map(|t| t.loss)),
            test_error: column(&|p| p.measured.test.map(|t| t.error)),
        };
        LinePicture {
            x_label: format!("α: (1−α) {} + α {}", self.from, self.to),
            curves: vec![curve],
            ends: vec![(0.0, self.from.to_string()), (1.0, self.to.to_string())],
            ..LinePicture::default()
        }
    }
}

/// What the line says. A rise is the value at α = 1 minus that at α = 0; a minimum is where the loss is lowest, and the shift
/// how far the test minimum lies beyond the training minimum, in α.
fn numbers(points: &[LinePoint], distance: f64) -> Vec<(&'static str, Option<f64>)> {
    let at = |alpha: f64| points.iter().find(|p| p.alpha == alpha).map(|p| p.measured);
    let ends = at(0.0).zip(at(1.0));
    let test = ends.and_then(|(a, b)| a.test.zip(b.test));
    let train: Vec<_> = points.iter().map(|p| (p.alpha, p.measured.train.loss)).collect();
    let tested: Vec<_> = points.iter().filter_map(|p| p.measured.test.map(|t| (p.alpha, t.loss))).collect();
    let (low, test_low) = (lowest(&train), lowest(&tested));
    vec![
        ("distance", Some(distance)),
        ("train-rise", ends.map(|(a, b)| b.train.loss - a.train.loss)),
        ("test-rise", test.map(|(a, b)| b.loss - a.loss)),
        ("train-error-rise", ends.map(|(a, b)| b.train.error - a.train.error)),
        ("test-error-rise", test.map(|(a, b)| b.error - a.error)),
        ("train-minimum", low),
        ("test-minimum", test_low),
        ("shift", test_low.zip(low).map(|(test, train)| test - train)),
        // A valley whose walls are not both in view is no evidence, and must not be left out of a claim's mean either.
        ("left-over-right", Some(Sides::of(&train).map_or(f64::NAN, |s| s.ratio()))),
    ]
}

/// Where a curve of (α, loss) is lowest.
fn lowest(curve: &[(f64, f64)]) -> Option<f64> {
    curve.iter().filter(|p| p.1.is_finite()).min_by(|p, q| p.1.total_cmp(&q.1)).map(|p| p.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{probe::Evaluation, survey::Measured};

    #[test]
    fn a_line_is_read_in_numbers() {
        // Training loss lowest at 0.2 with a wall five times as steep on the left, test loss lowest at 0.7.
        let points: Vec<LinePoint> = (-20..=30)
            .map(|k| f64::from(k) / 10.0)
            .map(|alpha| {
                let train = if alpha < 0.2 { 5.0 * (0.2 - alpha) } else { alpha - 0.2 };
                let test = Evaluation { loss: 1.0 + (alpha - 0.7).powi(2), error: 0.25 };
                LinePoint {
                    alpha,
                    measured: Measured { train: Evaluation { loss: train, error: 0.1 }, test: Some(test) },
                }
            })
            .collect();
        let found = numbers(&points, 3.0);
        let number = |name: &str| found.iter().find(|(n, _)| *n == name).unwrap().1.unwrap();
        for (name, expected) in [
            ("distance", 3.0),
            ("train-rise", -0.2),
            ("test-rise", 0.09 - 0.49),
            ("test-error-rise", 0.0),
            ("train-minimum", 0.2),
            ("test-minimum", 0.7),
            ("shift", 0.5),
            ("left-over-right", 5.0),
        ] {
            assert!((number(name) - expected).abs() < 1e-9, "{name}: {}", number(name));
        }
    }
}
