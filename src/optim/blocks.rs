//! The tensors inside θ, as plain data: for rules that treat a matrix otherwise than a list of numbers.

use std::ops::Range;

/// One tensor: its place in θ and its shape, row-major; a convolution's is `[out, in, kh, kw]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub range: Range<usize>,
    pub shape: Vec<usize>,
}

/// All tensors of a network, one after the other, in the order of its layers. Without any, θ is a list of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks(Vec<Block>);

impl Blocks {
    /// The tensors in order.
    pub fn all(&self) -> &[Block] {
        &self.0
    }
}

/// Tensors of these shapes, the first one at the beginning of θ.
impl FromIterator<Vec<usize>> for Blocks {
    fn from_iter<I: IntoIterator<Item = Vec<usize>>>(shapes: I) -> Blocks {
        let mut end = 0;
        let block = |shape: Vec<usize>| {
            let start = end;
            end += shape.iter().product::<usize>();
            Block { range: start..end, shape }
        };
        Blocks(shapes.into_iter().map(block).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_lie_one_after_the_other() {
        let blocks: Blocks = [vec![2, 3], vec![4], vec![1, 2, 2, 2]].into_iter().collect();
        let ranges: Vec<Range<usize>> = blocks.all().iter().map(|block| block.range.clone()).collect();
        assert_eq!(ranges, [0..6, 6..10, 10..18]);
        assert_eq!(blocks.all()[2].shape, [1, 2, 2, 2]);
        assert!(Blocks::default().all().is_empty());
    }
}
