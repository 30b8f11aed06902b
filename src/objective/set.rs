//! The examples of one subset, cut into chunks for full-data passes.

use std::{borrow::Cow, ops::Range};

use burn::tensor::{Device, Tensor, TensorData};

use crate::{
    data::Split,
    net::{Act, HostAct},
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
    prepared: Vec<HostAct>,
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
                set.resident = (0..set.chunks()).map(|i| set.upload(i, device)).collect();
            }
            None if bytes <= PREPARED_BUDGET => set.prepared = (0..set.chunks()).map(|i| set.prepare(i)).collect(),
            _ => {}
        }
        set
    }

    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    pub(super) fn chunks(&self) -> usize {
        self.len().div_ceil(self.chunk)
    }

    fn range(&self, chunk: usize) -> Range<usize> {
        chunk * self.chunk..((chunk + 1) * self.chunk).min(self.len())
    }

    fn upload(&self, chunk: usize, device: &Device) -> Act {
        let (size, range) = (self.example(), self.range(chunk));
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

    /// Images of one chunk, `[n, C, H, W]`.
    pub(super) fn images(&self, chunk: usize, device: &Device) -> Act {
        self.resident.get(chunk).cloned().unwrap_or_else(|| self.upload(chunk, device))
    }

    /// Images of one chunk for the host reading.
    pub(super) fn host_images(&self, chunk: usize) -> Cow<'_, HostAct> {
        self.prepared.get(chunk).map_or_else(|| Cow::Owned(self.prepare(chunk)), Cow::Borrowed)
    }

    fn prepare(&self, chunk: usize) -> HostAct {
        let (size, range) = (self.example(), self.range(chunk));
        HostAct::images(&self.images[range.start * size..range.end * size], self.shape)
    }

    pub(super) fn labels(&self, chunk: usize) -> &[u32] {
        &self.labels[self.range(chunk)]
    }

    pub(super) fn label(&self, index: u32) -> u32 {
        self.labels[index as usize]
    }

    /// Images at `indices`, in that order.
    pub(super) fn gather(&self, indices: &[u32], device: &Device) -> Act {
        let size = self.example();
        let mut values = Vec::with_capacity(indices.len() * size);
        for &i in indices {
            values.extend_from_slice(&self.images[i as usize * size..][..size]);
        }
        self.tensor(values, indices.len(), device)
    }
}
