//! In which order the numbers of an image lie in a file.

use crate::named::named_choice;

named_choice! {
    /// In which order the axes of images in a file are.
    Layout as "layout of images" {
        /// `[N, C, H, W]`: all of a channel together, as PyTorch has it.
        #[default] Nchw = "nchw",
        /// `[N, H, W, C]`: all channels of a pixel together, as TensorFlow and picture files have it.
        Nhwc = "nhwc",
    }
}

impl Layout {
    /// The layout of images with these three axes; `None` where they do not say it.
    ///
    /// Pictures have 1 or 3 channels, so an axis of that length is the channels if the other end has another length. Failing
    /// that, up to 4 are channels and more are pixels.
    pub fn of([first, _, last]: [usize; 3]) -> Option<Layout> {
        let is_color = |n: usize| n == 1 || n == 3;
        match (is_color(first), is_color(last)) {
            (true, false) => return Some(Layout::Nchw),
            (false, true) => return Some(Layout::Nhwc),
            (true, true) => return None,
            (false, false) => {}
        }
        match (first <= 4, last <= 4) {
            (true, false) => Some(Layout::Nchw),
            (false, true) => Some(Layout::Nhwc),
            _ => None,
        }
    }
}

/// Numbers of `size` bytes from `[H, W, C]` to `[C, H, W]`, image by image.
pub(super) fn channels_first(bytes: &[u8], [height, width, channels]: [usize; 3], size: usize) -> Vec<u8> {
    let pixels = height * width;
    let mut out = Vec::with_capacity(bytes.len());
    for image in bytes.chunks_exact((pixels * channels * size).max(1)) {
        for channel in 0..channels {
            for pixel in 0..pixels {
                let at = (pixel * channels + channel) * size;
                out.extend_from_slice(&image[at..at + size]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_says_which_axis_the_channels_are() {
        use Layout::{Nchw, Nhwc};
        for (shape, layout) in [
            ([3, 32, 32], Some(Nchw)),
            ([32, 32, 3], Some(Nhwc)),
            ([28, 28, 1], Some(Nhwc)),
            ([1, 28, 28], Some(Nchw)),
            ([1, 1, 2], Some(Nchw)),
            ([4, 64, 64], Some(Nchw)),
            ([64, 64, 2], Some(Nhwc)),
            ([5, 7, 3], Some(Nhwc)),
            ([3, 3, 3], None),
            ([1, 8, 1], None),
            ([3, 8, 1], None),
            ([8, 8, 8], None),
            ([2, 2, 2], None),
        ] {
            assert_eq!(Layout::of(shape), layout, "{shape:?}");
        }
    }

    #[test]
    fn channels_come_first() {
        // Two images of 1 × 2 pixels with three channels, in bytes and in pairs of them.
        let bytes: Vec<u8> = (0..12).collect();
        assert_eq!(channels_first(&bytes, [1, 2, 3], 1), [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
        assert_eq!(channels_first(&bytes, [1, 2, 3], 2), [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]);
        assert_eq!(channels_first(&bytes, [3, 4, 1], 1), bytes);
    }
}
