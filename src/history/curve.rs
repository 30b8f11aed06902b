//! Lines to draw, broken where something is not finite or missing.

/// What a line drawer gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Lines with x never decreasing; a new one starts after a point that is not finite and after missing records.
    /// One point beyond each end of the range is included when there is one, so that lines reach the panel's edge.
    pub lines: Vec<Vec<[f64; 2]>>,
    /// Points in range that were measured and are not finite.
    pub non_finite: usize,
}

impl Curve {
    /// A single line through given points; it breaks where they are not finite.
    pub fn through(points: impl IntoIterator<Item = [f64; 2]>) -> Curve {
        let mut pen = Pen::default();
        let mut non_finite = 0;
        for [x, y] in points {
            non_finite += usize::from(!y.is_finite());
            pen.visit(x, y, false);
        }
        Curve { lines: pen.finish(), non_finite }
    }

    /// The same in another unit.
    pub fn scaled(mut self, by: f64) -> Curve {
        if by != 1.0 {
            self.lines.iter_mut().flatten().for_each(|point| point[1] *= by);
        }
        self
    }

    /// Every point of every line.
    pub fn points(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        self.lines.iter().flatten().copied()
    }

    /// Whether there is no point at all.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// Draws lines and lifts where it must not.
#[derive(Default)]
pub(super) struct Pen {
    done: Vec<Vec<[f64; 2]>>,
    line: Vec<[f64; 2]>,
}

impl Pen {
    pub(super) fn lift(&mut self) {
        if !self.line.is_empty() {
            self.done.push(std::mem::take(&mut self.line));
        }
    }

    pub(super) fn visit(&mut self, x: f64, y: f64, gap: bool) {
        if gap || !y.is_finite() {
            self.lift();
        }
        if y.is_finite() {
            self.line.push([x, y]);
        }
    }

    pub(super) fn finish(mut self) -> Vec<Vec<[f64; 2]>> {
        self.lift();
        self.done
    }
}
