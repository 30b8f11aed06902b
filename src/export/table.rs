//! What the writers take: measured numbers over the positions of a line or a plane.

use super::ExportError;
use crate::figure::{GridError, check_axis};

/// One quantity, such as `train_loss`, with a value for every point; `None` where it was not measured.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Letters, digits and underscores.
    pub name: &'a str,
    pub values: &'a [Option<f64>],
}

/// Quantities along a line.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    alpha: &'a [f64],
    fields: &'a [Field<'a>],
}

impl<'a> Line<'a> {
    /// `alpha` rises; every field has a value per α.
    ///
    /// # Errors
    /// An axis that is empty, not finite or not rising; a field of another length; a name that cannot be written or is
    /// taken.
    pub fn new(alpha: &'a [f64], fields: &'a [Field<'a>]) -> Result<Line<'a>, ExportError> {
        check_axis("α", alpha)?;
        check_fields(fields, alpha.len(), &["alpha"])?;
        Ok(Line { alpha, fields })
    }

    pub fn alpha(&self) -> &'a [f64] {
        self.alpha
    }

    pub fn fields(&self) -> &'a [Field<'a>] {
        self.fields
    }
}

/// Quantities over a plane.
#[derive(Clone, Debug)]
pub struct Plane<'a> {
    a: &'a [f64],
    b: &'a [f64],
    fields: &'a [Field<'a>],
}

impl<'a> Plane<'a> {
    /// Fields are in rows of equal b: the value at `(a[i], b[j])` is number `j · a.len() + i`.
    ///
    /// # Errors
    /// An axis that is empty, not finite or not rising; a field of another length; a name that cannot be written or is
    /// taken.
    pub fn new(a: &'a [f64], b: &'a [f64], fields: &'a [Field<'a>]) -> Result<Plane<'a>, ExportError> {
        check_axis("a", a)?;
        check_axis("b", b)?;
        check_fields(fields, a.len() * b.len(), &["a", "b"])?;
        Ok(Plane { a, b, fields })
    }

    pub fn a(&self) -> &'a [f64] {
        self.a
    }

    pub fn b(&self) -> &'a [f64] {
        self.b
    }

    pub fn fields(&self) -> &'a [Field<'a>] {
        self.fields
    }

    /// The field of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn field(&self, name: &str) -> Result<Field<'a>, ExportError> {
        self.fields.iter().find(|f| f.name == name).copied().ok_or_else(|| ExportError::NoField {
            name: name.into(),
            known: self.fields.iter().map(|f| f.name).collect::<Vec<_>>().join(", "),
        })
    }
}

/// Names that the writers use themselves.
const RESERVED: [&str; 2] = ["measured", "metadata"];

fn check_fields(fields: &[Field<'_>], expected: usize, axes: &[&str]) -> Result<(), ExportError> {
    for (i, field) in fields.iter().enumerate() {
        let refuse = |why| Err(ExportError::Name { name: field.name.into(), why });
        if field.name.is_empty() || !field.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return refuse("use letters, digits and underscores only");
        }
        let suffixed = field.name.ends_with("_measured");
        if axes.contains(&field.name) || RESERVED.contains(&field.name) || suffixed {
            return refuse("the file uses that name itself");
        }
        if fields[..i].iter().any(|other| other.name == field.name) {
            return refuse("two fields have it");
        }
        if field.values.len() != expected {
            let what = field.name.into();
            return Err(GridError::Count { what, expected, found: field.values.len() }.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fitting_fields_are_taken() {
        let values = [Some(1.0), None, Some(2.0), Some(3.0), None, Some(4.0)];
        let field = |name| Field { name, values: &values };
        let plane = |fields: &[Field<'_>]| Plane::new(&[0.0, 1.0], &[0.0, 1.0, 2.0], fields).map(drop);
        assert!(plane(&[field("train_loss"), field("test_loss")]).is_ok());
        for (names, why) in [
            (["a", "x"], "uses that name"),
            (["x", "x"], "two fields"),
            (["x y", "x"], "letters"),
            (["", "x"], "letters"),
            (["x_measured", "x"], "uses that name"),
        ] {
            let text = plane(&names.map(field)).unwrap_err().to_string();
            assert!(text.contains(why), "{names:?}: {text}");
        }
        let short = Field { name: "x", values: &values[1..] };
        assert!(plane(&[short]).unwrap_err().to_string().contains("x has 5 values, but the positions are 6"));
        assert!(Plane::new(&[0.0, f64::NAN], &[0.0], &[]).is_err() && Line::new(&[1.0, 0.0], &[]).is_err());
        let line = Line::new(&[0.0], &[]).unwrap();
        assert_eq!((line.alpha(), line.fields().len()), (&[0.0][..], 0));
        let fields = [field("loss")];
        let plane = Plane::new(&[0.0, 1.0], &[0.0, 1.0, 2.0], &fields).unwrap();
        assert!(plane.field("los").unwrap_err().to_string().contains("choose one of loss"));
    }
}
