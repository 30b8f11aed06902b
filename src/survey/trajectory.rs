//! A path through parameter space, read a stretch of coordinates at a time: a long one does not fit into memory.

use std::error::Error;

/// Why a point could not be read.
pub type ReadError = Box<dyn Error + Send + Sync>;

/// n points of D parameters each, in the order of the path.
pub trait Trajectory {
    /// n.
    fn points(&self) -> usize;

    /// D.
    fn dimension(&self) -> usize;

    /// Fills `into` with the coordinates `from .. from + into.len()` of a point.
    ///
    /// # Errors
    /// When the point cannot be read.
    fn read(&mut self, point: usize, from: usize, into: &mut [f32]) -> Result<(), ReadError>;
}

/// A path in memory; all points have the length of the first.
impl Trajectory for &[Vec<f32>] {
    fn points(&self) -> usize {
        self.len()
    }

    fn dimension(&self) -> usize {
        self.first().map_or(0, Vec::len)
    }

    fn read(&mut self, point: usize, from: usize, into: &mut [f32]) -> Result<(), ReadError> {
        let stretch = self.get(point).and_then(|p| p.get(from..from + into.len()));
        let stretch =
            stretch.ok_or_else(|| format!("point {point} has another number of parameters than the first"))?;
        into.copy_from_slice(stretch);
        Ok(())
    }
}
