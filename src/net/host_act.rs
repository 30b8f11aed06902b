//! Activations on the host.

use valleyscope_kernels::{LANES, wide};

use super::buffer::Buffer;

/// Activations of N examples: `[C, H, W, width]`, all examples' numbers of one pixel side by side. The width is N rounded up
/// to whole vectors.
///
/// The lanes beyond N are of no weight. Among activations they are copies of the last example, so that they meet nothing that
/// the others do not meet; among slopes, dL/dx, they are zeros.
#[derive(Clone, Debug)]
pub struct HostAct {
    pub(super) data: Buffer,
    pub(super) n: usize,
    /// `[C, H, W]`; numbers in a row are channels of one pixel.
    pub(super) shape: [usize; 3],
}

impl HostAct {
    /// Takes images `[N, C, H, W]`.
    pub fn images(images: &[f32], shape: [usize; 3]) -> HostAct {
        let n = images.len() / shape.iter().product::<usize>();
        HostAct::of_rows(images, n, shape)
    }

    /// Slopes of outputs, from `[N, F]`.
    pub(super) fn slopes(rows: &[f32], features: usize) -> HostAct {
        let n = rows.len() / features;
        let mut slopes = HostAct::of_rows(rows, n, [features, 1, 1]);
        slopes.clear_beyond();
        slopes
    }

    fn of_rows(rows: &[f32], n: usize, shape: [usize; 3]) -> HostAct {
        let mut x = HostAct::any(n, shape);
        let (features, width) = (x.features(), x.width());
        if n == 0 {
            return x;
        }
        for first in (0..width).step_by(LANES) {
            let row = |lane: usize| &rows[(first + lane).min(n - 1) * features..][..features];
            let rows: [&[f32]; LANES] = std::array::from_fn(row);
            for (feature, values) in x.data.chunks_exact_mut(width).enumerate() {
                for (value, row) in values[first..first + LANES].iter_mut().zip(rows) {
                    *value = row[feature];
                }
            }
        }
        x
    }

    /// Numbers of any value: the caller writes them all.
    pub(super) fn any(n: usize, shape: [usize; 3]) -> HostAct {
        let data = Buffer::any(shape.iter().product::<usize>() * n.next_multiple_of(LANES));
        HostAct { data, n, shape }
    }

    pub(super) fn zeros(n: usize, shape: [usize; 3]) -> HostAct {
        let mut x = HostAct::any(n, shape);
        x.data.fill(0.0);
        x
    }

    /// Lanes.
    pub(super) fn width(&self) -> usize {
        self.n.next_multiple_of(LANES)
    }

    /// Numbers per example.
    pub(super) fn features(&self) -> usize {
        self.shape.iter().product()
    }

    /// Numbers of all lanes in a channel.
    pub(super) fn channel(&self) -> usize {
        self.shape[1] * self.shape[2] * self.width()
    }

    /// Other numbers in the same form.
    pub(super) fn like(&self, data: Buffer) -> HostAct {
        HostAct { data, n: self.n, shape: self.shape }
    }

    /// The same examples in the same form, without their numbers.
    pub(super) fn outline(&self) -> HostAct {
        self.like(Buffer::default())
    }

    /// Sets the lanes beyond N to zero.
    pub(super) fn clear_beyond(&mut self) {
        let (n, width) = (self.n, self.width());
        if n < width {
            self.data.chunks_exact_mut(width).for_each(|pixel| pixel[n..].fill(0.0));
        }
    }

    /// `[N, F]`, an example's channels one after the other.
    pub(super) fn rows(&self) -> Vec<f32> {
        let (features, width) = (self.features(), self.width());
        let mut rows = vec![0.0; self.n * features];
        for (feature, values) in self.data.chunks_exact(width.max(1)).enumerate() {
            for (example, value) in values[..self.n].iter().enumerate() {
                rows[example * features + feature] = *value;
            }
        }
        rows
    }

    pub(super) fn add(&mut self, other: &HostAct) {
        wide(|| self.data.iter_mut().zip(&*other.data).for_each(|(x, y)| *x += y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_come_back_and_lanes_beyond_are_copies_of_the_last() {
        for n in [0, 1, 15, 16, 17, 40] {
            let images: Vec<f32> = (0..n * 12).map(|i| i as f32).collect();
            let mut x = HostAct::images(&images, [3, 2, 2]);
            assert_eq!(x.rows(), images);
            assert_eq!(x.data.len(), 12 * x.width());
            if n > 0 {
                let last = x.data.chunks_exact(x.width()).flat_map(|pixel| &pixel[n..]);
                assert!(last.enumerate().all(|(i, v)| *v == images[(n - 1) * 12 + i / (x.width() - n).max(1)]));
            }
            x.clear_beyond();
            assert_eq!(x.rows(), images);
            assert_eq!(x.data.iter().sum::<f32>(), images.iter().sum::<f32>());
        }
    }
}
