//! Windows that move over an image, of convolutions and of pooling.

/// Square windows that move over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Pixels along a side of a window.
    pub k: usize,
    pub stride: usize,
    /// Pixels outside, on every side.
    pub padding: usize,
    /// From one pixel of a window to the next.
    pub dilation: usize,
}

impl Windows {
    /// From the first pixel of a window to its last, both counted.
    pub fn span(&self) -> Option<usize> {
        self.k.checked_sub(1)?.checked_mul(self.dilation)?.checked_add(1)
    }

    /// Stride and padding as a stack writes them behind other numbers: nothing where they are the usual ones.
    pub(super) fn beside(&self, usual_stride: usize) -> String {
        let Windows { stride, padding, .. } = self;
        if *padding != 0 {
            format!(",{stride},{padding}")
        } else if *stride != usual_stride {
            format!(",{stride}")
        } else {
            String::new()
        }
    }

    /// Windows along a side of `n` pixels; none if a window is larger than the padded side.
    pub fn along(&self, n: usize) -> Option<usize> {
        let free = n.checked_add(self.padding.checked_mul(2)?)?.checked_sub(self.span()?)?;
        Some(free / self.stride + 1)
    }

    /// The same along a side where a builder has made sure that there is one.
    pub(super) fn side(&self, n: usize) -> usize {
        self.along(n).unwrap_or(0)
    }
}
