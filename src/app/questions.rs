//! What is asked of a line and of a plane, as it is being set.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::library::{Library, Role};
use crate::{
    explore::{LineOf, LineRequest, PlaneOf, PlaneRequest, Subject, Window},
    survey::{Axis, Basis, Directions, LineSpec, Refine, Widen},
};

/// Ends and number of places of an axis being edited.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub from: f64,
    pub to: f64,
    pub count: usize,
}

impl Range {
    const fn new(from: f64, to: f64, count: usize) -> Range {
        Range { from, to, count }
    }

    fn axis(self) -> Result<Axis, String> {
        Axis::new(self.from, self.to, self.count).map_err(|e| e.to_string())
    }
}

/// Radii ρ as people write them, with commas or spaces.
///
/// # Errors
/// What is not a number, in words.
pub fn radii(text: &str) -> Result<Vec<f64>, String> {
    let words = text.split([',', ';', ' ']).filter(|w| !w.is_empty());
    let read = |word: &str| word.parse().map_err(|_| format!("\"{word}\" is no radius; write 0.05, 0.2"));
    let radii: Vec<f64> = words.map(read).collect::<Result<_, String>>()?;
    if radii.is_empty() { Err("Give at least one radius ρ, such as 0.05.".into()) } else { Ok(radii) }
}

/// Where a line lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineKind {
    /// From A to B.
    #[default]
    Between,
    /// Random directions through A.
    Random,
    /// Between runs, while they go on or where they ended.
    Runs,
}

/// A line being set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineForm {
    pub kind: LineKind,
    pub between: Range,
    pub along: Range,
    pub widen: bool,
    pub ratio: f64,
    pub refine: bool,
    /// Percent of the curve's range.
    pub tolerance: f64,
    /// Points that refinement may add.
    pub extra: usize,
    pub count: u32,
    pub directions: Directions,
    pub test: bool,
}

impl Default for LineForm {
    fn default() -> Self {
        LineForm {
            kind: LineKind::Between,
            between: Range::new(-0.5, 1.5, 21),
            along: Range::new(-1.0, 1.0, 21),
            widen: false,
            ratio: 2.0,
            refine: false,
            tolerance: 1.0,
            extra: 40,
            count: 10,
            directions: Directions::default(),
            test: true,
        }
    }
}

impl LineForm {
    /// Whether random directions are meant.
    pub fn is_random(&self) -> bool {
        self.kind == LineKind::Random
    }

    /// The range that is meant at present.
    pub fn range_mut(&mut self) -> &mut Range {
        if self.is_random() { &mut self.along } else { &mut self.between }
    }

    /// The line, without its subject.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn of(&self, library: &Library) -> Result<LineOf, String> {
        let a = library.at(Role::A).ok_or("Open a checkpoint and make it A.")?.path.clone();
        if self.is_random() {
            return Ok(LineOf::Random { centre: a, directions: self.directions, count: self.count.max(1) });
        }
        let b = library.at(Role::B).ok_or("Open a second checkpoint and make it B.")?.path.clone();
        if a == b { Err("A and B are the same file.".into()) } else { Ok(LineOf::Between { a, b }) }
    }

    /// Which points are measured.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn spec(&self) -> Result<LineSpec, String> {
        let range = if self.is_random() { self.along } else { self.between };
        let widen = (self.widen && !self.is_random()).then(|| Widen::new(self.ratio).map_err(|e| e.to_string()));
        let refine = (self.refine && !self.is_random())
            .then(|| Refine::new(self.tolerance / 100.0, self.extra).map_err(|e| e.to_string()));
        Ok(LineSpec { alphas: range.axis()?, widen: widen.transpose()?, refine: refine.transpose()? })
    }

    /// The whole question.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn request(&self, library: &Library, subject: Subject) -> Result<LineRequest, String> {
        let (of, line) = (self.of(library)?, self.spec()?);
        Ok(LineRequest { subject, of, line, names: None, test: self.test, gradients: !self.is_random() })
    }
}

/// Where a plane lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlaneKind {
    #[default]
    Around,
    Through,
    Path,
}

impl PlaneKind {
    pub const ALL: [PlaneKind; 3] = [PlaneKind::Around, PlaneKind::Through, PlaneKind::Path];

    pub fn name(self) -> &'static str {
        match self {
            PlaneKind::Around => "Around A",
            PlaneKind::Through => "Through A, B, C",
            PlaneKind::Path => "Along a path",
        }
    }

    pub fn help(self) -> &'static str {
        match self {
            PlaneKind::Around => "Two random directions through A",
            PlaneKind::Through => "The one plane that holds A, B and C",
            PlaneKind::Path => {
                "The two leading principal components of a folder of checkpoints, or of a run's checkpoints"
            }
        }
    }
}

/// A plane being set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaneForm {
    pub kind: PlaneKind,
    /// Points along each side, for a window that is chosen by itself.
    pub grid: usize,
    /// The window is given by hand.
    pub by_hand: bool,
    pub a: Range,
    pub b: Range,
    pub directions: Directions,
    pub basis: Basis,
    pub test: bool,
    /// Keep the points in this file; empty for none.
    pub record: String,
    /// The folder or run of [`PlaneKind::Path`].
    #[serde(skip)]
    pub path: Option<PathBuf>,
}

impl Default for PlaneForm {
    fn default() -> Self {
        PlaneForm {
            kind: PlaneKind::Around,
            grid: 25,
            by_hand: false,
            a: Range::new(-1.0, 1.0, 25),
            b: Range::new(-1.0, 1.0, 25),
            directions: Directions::default(),
            basis: Basis::default(),
            test: false,
            record: String::new(),
            path: None,
        }
    }
}

impl PlaneForm {
    /// The path that is meant: the chosen one, or the only one there is.
    pub fn trail(&self, library: &Library) -> Option<PathBuf> {
        let all: Vec<PathBuf> = library.trails().map(|t| t.path.clone()).collect();
        self.path.clone().filter(|p| all.contains(p)).or_else(|| all.last().cloned())
    }

    /// The plane, without its subject.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn of(&self, library: &Library) -> Result<PlaneOf, String> {
        let at = |role: Role| {
            let point = library.at(role).ok_or_else(|| format!("Open a checkpoint and make it {}.", role.name()))?;
            Ok::<_, String>(point.path.clone())
        };
        Ok(match self.kind {
            PlaneKind::Around => PlaneOf::Random { centre: at(Role::A)?, directions: self.directions },
            PlaneKind::Through => {
                PlaneOf::Three { a: at(Role::A)?, b: at(Role::B)?, c: at(Role::C)?, basis: self.basis }
            }
            PlaneKind::Path => {
                let path = self.trail(library).ok_or("Open a folder of checkpoints, or take a run's checkpoints.")?;
                PlaneOf::Principal { path }
            }
        })
    }

    /// The whole question.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn request(&self, library: &Library, subject: Subject) -> Result<PlaneRequest, String> {
        let of = self.of(library)?;
        let window = if self.by_hand {
            Window::Axes { a: self.a.axis()?, b: self.b.axis()? }
        } else {
            Window::Auto { count: self.grid }
        };
        let record = (!self.record.trim().is_empty()).then(|| self.record.trim().into());
        Ok(PlaneRequest { subject, of, window, test: self.test, record })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radii_are_read_as_people_write_them() {
        assert_eq!(radii("0.05, 0.2;0.7"), Ok(vec![0.05, 0.2, 0.7]));
        assert!(radii("0.05, x").unwrap_err().contains("\"x\""));
        assert!(radii(" , ").unwrap_err().contains("at least one"));
    }

    #[test]
    fn what_is_missing_is_said() {
        let (library, subject) = (Library::default(), Subject::default());
        let line = LineForm::default();
        assert!(line.request(&library, subject.clone()).unwrap_err().contains("make it A"));
        let spec = LineForm { refine: true, tolerance: 2.0, extra: 7, ..LineForm::default() }.spec().unwrap();
        assert_eq!(
            (spec.alphas.to_string(), spec.refine.unwrap().to_string()),
            ("-0.5:1.5:21".into(), "0.02:7".into())
        );
        let odd = LineForm { between: Range::new(1.0, 0.0, 5), ..LineForm::default() };
        assert!(odd.spec().unwrap_err().contains("does not rise"));
        assert!(LineForm { widen: true, ratio: 1.0, ..LineForm::default() }.spec().unwrap_err().contains("above 1"));
        // Random directions share their places, so that they can be summed up.
        let random =
            LineForm { kind: LineKind::Random, widen: true, refine: true, ..LineForm::default() }.spec().unwrap();
        assert_eq!(random, LineSpec::plain(Axis::new(-1.0, 1.0, 21).unwrap()));
        for (kind, words) in [
            (PlaneKind::Around, "make it A"),
            (PlaneKind::Through, "make it A"),
            (PlaneKind::Path, "folder of checkpoints"),
        ] {
            let form = PlaneForm { kind, ..PlaneForm::default() };
            assert!(form.request(&library, subject.clone()).unwrap_err().contains(words));
        }
    }
}
