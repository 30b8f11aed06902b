//! The plane (or line) of a landscape that is drawn: its first and its last coordinate.

use crate::toy::{matrix::Sym2, surface::Surface};

/// A cut through a landscape of any dimension; what it does not show stays at 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    dim: usize,
}

impl Cut {
    pub fn of(surface: &dyn Surface) -> Cut {
        Cut { dim: surface.dim() }
    }

    /// Where `w` is seen; in one dimension the second number is 0.
    pub fn place(&self, w: &[f64]) -> [f64; 2] {
        [w[0], if self.dim > 1 { w[self.dim - 1] } else { 0.0 }]
    }

    /// The point of the cut at a place.
    pub fn lift(&self, at: [f64; 2]) -> Vec<f64> {
        self.moved(&vec![0.0; self.dim], at)
    }

    /// `w` with the coordinates that are seen at a place.
    pub fn moved(&self, w: &[f64], at: [f64; 2]) -> Vec<f64> {
        let mut w = w.to_vec();
        w[0] = at[0];
        if self.dim > 1 {
            w[self.dim - 1] = at[1];
        }
        w
    }

    /// The part of a symmetric row-major `[dim × dim]` matrix that is seen.
    pub fn block(&self, matrix: &[f64]) -> Sym2 {
        if self.dim == 1 {
            return Sym2 { xx: matrix[0], xy: 0.0, yy: 0.0 };
        }
        let last = self.dim - 1;
        Sym2 { xx: matrix[0], xy: matrix[last], yy: matrix[last * self.dim + last] }
    }

    /// What part of a window of the whole landscape is seen.
    pub fn window(&self, window: &[[f64; 2]]) -> [[f64; 2]; 2] {
        [window[0], window[self.dim - 1]]
    }

    /// Names of the axes, in markup.
    pub fn labels(&self) -> [String; 2] {
        match self.dim {
            1 => ["w".into(), "L(w)".into()],
            dim => ["w_1".into(), format!("w_{dim}")],
        }
    }

    /// What is not seen, in words.
    pub fn remark(&self) -> Option<String> {
        (self.dim > 2).then(|| format!("a cut through {} dimensions: the others are 0 in the picture", self.dim))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::surfaces::SurfaceSpec;

    #[test]
    fn the_first_and_the_last_coordinate_are_seen() {
        let well = SurfaceSpec::Quadratic { dim: 4, largest: 8.0, condition: 8.0 }.build(0, 0).unwrap();
        let cut = Cut::of(&*well);
        assert_eq!(cut.place(&[1.0, 2.0, 3.0, 4.0]), [1.0, 4.0]);
        assert_eq!(cut.lift([5.0, 6.0]), [5.0, 0.0, 0.0, 6.0]);
        assert_eq!(cut.moved(&[1.0, 2.0, 3.0, 4.0], [5.0, 6.0]), [5.0, 2.0, 3.0, 6.0]);
        let h = crate::toy::surface::hessian(&*well, &[0.0; 4]);
        let block = cut.block(&h);
        assert!((block.xx - 8.0).abs() < 1e-12 && block.xy == 0.0 && (block.yy - 1.0).abs() < 1e-12, "{block:?}");
        let line = Cut { dim: 1 };
        assert_eq!((line.place(&[3.0]), line.lift([3.0, 9.0]), line.remark()), ([3.0, 0.0], vec![3.0], None));
    }
}
