//! A landscape typed by the user: `x^2 + 2*sin(3*y)`.
//!
//! The text is compiled once to a stack program; running it over jets (value, gradient and Hessian carried forward
//! together: second-order dual numbers) gives exact derivatives. Whatever cannot be read is an error at its character.

mod jet;
mod ops;
mod parse;
mod program;

pub use parse::FormulaError;

use jet::Jet;
use program::Program;

use super::surface::{About, Surface};

/// A formula of one variable (`w`, `x` or `w1`) or two (with `y` or `w2`).
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    text: String,
    program: Program,
}

impl Formula {
    /// Compiles `text`.
    ///
    /// Known: numbers, `+ - * / ^` (also `− · ×`), parentheses, the constants `pi` and `e`, and the functions listed by
    /// the error for an unknown name. `min(a, b)` and `max(a, b)` take two arguments.
    ///
    /// # Errors
    ///
    /// [`FormulaError`], with the column of the first character that does not fit.
    pub fn new(text: &str) -> Result<Formula, FormulaError> {
        Ok(Formula { text: text.to_owned(), program: parse::compile(text)? })
    }

    /// The text as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn jet(&self, w: &[f64]) -> Jet {
        let y = if self.program.dim() == 2 { w[1] } else { 0.0 };
        self.program.run([Jet::variable(w[0], 0), Jet::variable(y, 1)])
    }
}

impl Surface for Formula {
    fn dim(&self) -> usize {
        self.program.dim()
    }

    fn value(&self, w: &[f64]) -> f64 {
        let y = if self.program.dim() == 2 { w[1] } else { 0.0 };
        self.program.run([w[0], y])
    }

    fn gradient(&self, w: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.jet(w).gradient[..self.dim()]);
    }

    fn hessian(&self, w: &[f64], out: &mut [f64]) {
        let [xx, xy, yy] = self.jet(w).hessian;
        out.copy_from_slice(&[xx, xy, xy, yy][..if self.dim() == 2 { 4 } else { 1 }]);
    }

    fn about(&self) -> About {
        let dim = self.dim();
        About {
            name: "formula",
            title: "Your formula",
            formula: self.text.clone(),
            description: "derivatives are exact, by second-order dual numbers",
            source: "typed by you",
            parameters: vec![],
            window: vec![[-3.0, 3.0]; dim],
            start: vec![1.0; dim],
            minima: vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surface::{gradient, hessian};

    fn at(text: &str, w: &[f64]) -> f64 {
        Formula::new(text).unwrap().value(w)
    }

    #[test]
    fn precedence_and_names_are_those_of_mathematics() {
        assert_eq!(at("2 + 3 * x^2", &[2.0]), 14.0);
        assert_eq!(at("-x^2", &[3.0]), -9.0);
        assert_eq!(at("2^3^2 + 0*x", &[0.0]), 512.0);
        assert_eq!(at("x - 1 - 1", &[5.0]), 3.0);
        assert_eq!(at("8 / x / 2", &[2.0]), 2.0);
        assert_eq!(at("2^-x", &[1.0]), 0.5);
        assert_eq!(at("(w1 + 1) * w2 − 2·w1", &[1.0, 3.0]), 4.0);
        assert_eq!(at("max(x, y) + min(x, y)", &[1.0, 3.0]), 4.0);
        assert_eq!(at("1.5e-1*w", &[2.0]), 0.3);
        assert!((at("ln(e) + sin(pi/2) + x", &[0.0]) - 2.0).abs() < 1e-15);
        assert!(at("sqrt(x)", &[-1.0]).is_nan());
        assert_eq!((Formula::new("w").unwrap().dim(), Formula::new("y").unwrap().dim()), (1, 2));
    }

    #[test]
    fn derivatives_are_exact() {
        let f = Formula::new("exp(x*y) + x^3/y + atan(x) + tanh(y)^2").unwrap();
        let (x, y): (f64, f64) = (0.7, -1.3);
        let e = (x * y).exp();
        let (t, s) = (y.tanh(), 1.0 - y.tanh() * y.tanh());
        let g = [y * e + 3.0 * x * x / y + 1.0 / (1.0 + x * x), x * e - x.powi(3) / (y * y) + 2.0 * t * s];
        let q = 1.0 + x * x;
        let h = [
            y * y * e + 6.0 * x / y - 2.0 * x / (q * q),
            e + x * y * e - 3.0 * x * x / (y * y),
            x * x * e + 2.0 * x.powi(3) / y.powi(3) + 2.0 * s * s - 4.0 * t * t * s,
        ];
        let (got_g, got_h) = (gradient(&f, &[x, y]), hessian(&f, &[x, y]));
        assert!((got_g[0] - g[0]).abs() + (got_g[1] - g[1]).abs() < 1e-13, "{got_g:?} {g:?}");
        assert!((got_h[0] - h[0]).abs() + (got_h[1] - h[1]).abs() + (got_h[3] - h[2]).abs() < 1e-12);
    }

    #[test]
    fn an_error_points_at_its_character() {
        for (text, column, word) in [
            ("x^2 + sinn(y)", 7, "did you mean \"sin\""),
            ("x + ", 5, "ends"),
            ("", 1, "empty"),
            ("x + * y", 5, "\"*\""),
            ("(x + y", 7, "\")\""),
            ("x + y)", 6, "\")\""),
            ("2x", 2, "\"*\""),
            ("x $ y", 3, "'$'"),
            ("3 + 4", 1, "variable"),
            ("1.2.3*x", 1, "1.2.3"),
            ("max(x)", 6, "\",\""),
            ("sin x", 5, "\"(\""),
            ("x + z", 5, "\"z\""),
            ("θ² + x", 1, "θ"),
            ("x(2)", 2, "\"*\""),
        ] {
            let error = Formula::new(text).unwrap_err();
            let shown = error.to_string();
            assert_eq!(error.column, column, "{text:?}: {shown}");
            assert!(shown.contains(word) && shown.contains(&format!("column {column}")), "{text:?}: {shown}");
        }
        let deep = format!("{}x{}", "(".repeat(1000), ")".repeat(1000));
        assert!(Formula::new(&deep).unwrap_err().to_string().contains("nested"));
        assert!(Formula::new(&"x+".repeat(10_000)).unwrap_err().to_string().contains("characters"));
    }

    #[test]
    fn kinks_take_the_side_of_larger_arguments() {
        let f = Formula::new("abs(x) + relu(x) + max(x, 0)").unwrap();
        assert_eq!(gradient(&f, &[0.0]), [3.0]);
        assert_eq!(gradient(&f, &[-1.0]), [-1.0]);
    }
}
