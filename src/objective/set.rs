//! The examples of one subset, cut into chunks for full-data passes.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};

use crate::{
    data::Split,
    net::{Act, HostAct, Parts},
};

/// Bytes of images kept on the device as chunk tensors; a larger set is brought there chunk by chunk in every pass.
const RESIDENT_BUDGET: usize = 1 << 30;

/// Bytes of images kept a second time, chunk by chunk, for the host reading; beyond it they are copied in every pass.
const PREPARED_BUDGET: usize = 256 << 20;

pub(super) struct Set {
    images: Vec<f32>,
    labels: Vec<u32>,
    shape: [usize; 3],
    chunk: usize,
    /// Chunks on the device.
    resident: Vec<Act>,
    /// Chunks as the host reading takes them.
    prepared: Vec<Parts>,
}

impl Set {
    /// Takes the examples; with a device, brings the images there when they fit its budget.
    pub(super) fn new(split: &Split, shape: [usize; 3], chunk: usize, device: Option<&Device>) -> Set {
        let mut set = Set {
            images: split.images.clone(),
            labels: split.labels.clone(),
            shape,
            chunk,
            resident: Vec::new(),
            prepared: Vec::new(),
        };
        let bytes = size_of_val(set.images.as_slice());
        match device {
            Some(device) if bytes <= RESIDENT_BUDGET => {
                set.resident = (0..set.chunks()).map(|i| set.upload(&set.chunk_range(i), device)).collect();
            }
            None if bytes <= PREPARED_BUDGET => {
                set.prepared = (0..set.chunks()).map(|i| set.prepare(&set.chunk_range(i))).collect();
            }
            _ => {}
        }
        set
    }

    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Examples that are easiest to work with together.
    pub(super) fn chunk(&self) -> usize {
        self.chunk
    }

    fn chunks(&self) -> usize {
        self.len().div_ceil(self.chunk)
    }

    fn chunk_range(&self, chunk: usize) -> Range<usize> {
        chunk * self.chunk..((chunk + 1) * self.chunk).min(self.len())
    }

    /// All examples in stretches of `size`, or of the size that is easiest to work with.
    pub(super) fn batches(&self, size: Option<usize>) -> Vec<Range<usize>> {
        let size = size.unwrap_or(self.chunk);
        (0..self.len()).step_by(size.max(1)).map(|start| start..(start + size).min(self.len())).collect()
    }

    /// Whether a stretch is small enough to be taken through all layers in one piece.
    pub(super) fn is_small(&self, range: &Range<usize>) -> bool {
        range.len() <= self.chunk
    }

    /// The chunk that is exactly this stretch.
    fn as_chunk(&self, range: &Range<usize>) -> Option<usize> {
        let chunk = range.start / self.chunk;
        (self.chunk_range(chunk) == *range).then_some(chunk)
    }

    fn upload(&self, range: &Range<usize>, device: &Device) -> Act {
        let size = self.example();
        self.tensor(self.images[range.start * size..range.end * size].to_vec(), range.len(), device)
    }

    fn tensor(&self, values: Vec<f32>, n: usize, device: &Device) -> Act {
        let [c, h, w] = self.shape;
        Act::Image(Tensor::from_data(TensorData::new(values, [n, c, h, w]), device))
    }

    /// Numbers per example.
    fn example(&self) -> usize {
        self.shape.iter().product()
    }

    /// Images of a stretch, `[n, C, H, W]`.
    pub(super) fn on_device(&self, range: &Range<usize>, device: &Device) -> Act {
        let resident = self.as_chunk(range).and_then(|chunk| self.resident.get(chunk));
        resident.cloned().unwrap_or_else(|| self.upload(range, device))
    }

    /// Images of a stretch for the host reading.
    pub(super) fn on_host(&self, range: &Range<usize>) -> Parts {
        if let Some(chunk) = self.as_chunk(range).and_then(|chunk| self.prepared.get(chunk)) {
            return chunk.clone();
        }
        let aligned =
            range.start.is_multiple_of(self.chunk) && (range.end.is_multiple_of(self.chunk) || range.end == self.len());
        if aligned && !self.prepared.is_empty() {
            return Parts::joined(&self.prepared[range.start / self.chunk..range.end.div_ceil(self.chunk)]);
        }
        self.prepare(range)
    }

    fn prepare(&self, range: &Range<usize>) -> Parts {
        let size = self.example();
        let images = &self.images[range.start * size..range.end * size];
        Parts::new(images.chunks(self.chunk * size).map(|part| HostAct::images(part, self.shape)))
    }

    /// Images at `indices` in parts of `size`, and their labels.
    pub(super) fn gather_parts(&self, indices: &[u32], size: usize) -> (Parts, Vec<u32>) {
        let parts = indices.chunks(size.max(1)).map(|part| HostAct::images(&self.copied(part), self.shape));
        (Parts::new(parts), indices.iter().map(|i| self.label(*i)).collect())
    }

    pub(super) fn labels(&self, range: &Range<usize>) -> &[u32] {
        &self.labels[range.clone()]
    }

    pub(super) fn label(&self, index: u32) -> u32 {
        self.labels[index as usize]
    }

    /// Images at `indices`, in that order.
    pub(super) fn gather(&self, indices: &[u32], device: &Device) -> Act {
        self.tensor(self.copied(indices), indices.len(), device)
    }

    fn copied(&self, indices: &[u32]) -> Vec<f32> {
        let size = self.example();
        let mut values = Vec::with_capacity(indices.len() * size);
        for &i in indices {
            values.extend_from_slice(&self.images[i as usize * size..][..size]);
        }
        values
    }
}
