//! Why an evaluation has no result.

/// Why an evaluation has no result.
#[derive(Debug, thiserror::Error)]
pub enum ObjectiveError {
    #[error("stopped")]
    Interrupted,
    #[error("the device failed while computing: {0}; try the processor (--device cpu)")]
    Device(String),
    #[error("the network takes {network:?} numbers per example, the data has {data:?}")]
    Shape { network: [usize; 3], data: [usize; 3] },
}

impl From<burn::tensor::TensorReadError> for ObjectiveError {
    fn from(e: burn::tensor::TensorReadError) -> Self {
        ObjectiveError::Device(e.to_string())
    }
}

pub(super) type Result<T> = std::result::Result<T, ObjectiveError>;
