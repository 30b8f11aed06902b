//! Lines and planes as CSV, one row per position.
//!
//! A number that was not measured is an empty cell; what is not finite is `NaN`, `inf` or `-inf`. Every number reads
//! back as the same one.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{ExportError, Field, Line, Plane, file};
use crate::runfile::Cell;

/// `alpha` and the fields, by rising α.
///
/// # Errors
/// When the file cannot be written; it is then as it was.
pub fn write_line(path: &Path, line: &Line<'_>) -> Result<(), ExportError> {
    file::write(path, |out| line_rows(out, line))
}

/// What such a file says.
pub fn line_text(line: &Line<'_>) -> String {
    text(|out| line_rows(out, line))
}

fn line_rows(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    head(out, &["alpha"], line.fields())?;
    for (k, alpha) in line.alpha().iter().enumerate() {
        row(out, &[*alpha], line.fields(), k)?;
    }
    Ok(())
}

/// `a`, `b` and the fields, b outside and a inside.
///
/// # Errors
/// When the file cannot be written; it is then as it was.
pub fn write_plane(path: &Path, plane: &Plane<'_>) -> Result<(), ExportError> {
    file::write(path, |out| plane_rows(out, plane))
}

/// What such a file says.
pub fn plane_text(plane: &Plane<'_>) -> String {
    text(|out| plane_rows(out, plane))
}

fn plane_rows(out: &mut impl Write, plane: &Plane<'_>) -> io::Result<()> {
    head(out, &["a", "b"], plane.fields())?;
    for (j, b) in plane.b().iter().enumerate() {
        for (i, a) in plane.a().iter().enumerate() {
            row(out, &[*a, *b], plane.fields(), j * plane.a().len() + i)?;
        }
    }
    Ok(())
}

/// Everything that `fill` writes; writing to memory cannot fail, and names of fields are texts.
fn text(fill: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    fill(&mut out).ok();
    String::from_utf8(out).unwrap_or_default()
}

fn head(out: &mut impl Write, axes: &[&str], fields: &[Field<'_>]) -> io::Result<()> {
    let names: Vec<&str> = axes.iter().copied().chain(fields.iter().map(|f| f.name)).collect();
    writeln!(out, "{}", names.join(","))
}

fn row(out: &mut impl Write, position: &[f64], fields: &[Field<'_>], k: usize) -> io::Result<()> {
    for (i, cell) in position.iter().map(|x| Some(*x)).chain(fields.iter().map(|f| f.values[k])).enumerate() {
        write!(out, "{}{}", if i > 0 { "," } else { "" }, Cell(cell))?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_was_measured_and_what_is_not_finite() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plane.csv");
        let loss = [Some(0.1), None, Some(f64::NAN), Some(f64::NEG_INFINITY)];
        let error = [Some(1.0 / 3.0), None, Some(0.0), Some(1e-7)];
        let fields = [Field { name: "train_loss", values: &loss }, Field { name: "train_error", values: &error }];
        let plane = Plane::new(&[-0.5, 0.5], &[0.0, 2.0], &fields).unwrap();
        write_plane(&path, &plane).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let expected =
            "a,b,train_loss,train_error\n-0.5,0,0.1,0.3333333333333333\n0.5,0,,\n-0.5,2,NaN,0\n0.5,2,-inf,1e-7\n";
        assert_eq!((text.as_str(), plane_text(&plane).as_str()), (expected, expected));
        write_line(&path, &Line::new(&[0.0, 0.25, 0.5, 1.0], &fields[..1]).unwrap()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "alpha,train_loss\n0,0.1\n0.25,\n0.5,NaN\n1,-inf\n");
    }
}
