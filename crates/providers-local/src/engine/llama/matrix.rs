//! A matrix of a model, which is not decoded in memory.

use crate::{engine::gguf::Gguf, error::LocalError};
use candle_core::{
    Module, Tensor,
    quantized::{QMatMul, QTensor},
};
use std::sync::Arc;

/// A matrix of a model. It stays in the format in which its tensor was loaded.
pub(super) struct Matrix(QMatMul);

impl Matrix {
    /// Reads the tensor `name` as a matrix.
    pub(super) fn load(gguf: &Gguf, name: &str) -> Result<Self, LocalError> {
        Ok(Self::new(Arc::new(gguf.load(name)?)))
    }

    /// Creates a matrix that shares its weights with `tensor`. The variant of `QMatMul` is used
    /// directly, because candle's constructor would decode 16-bit weights to twice their size.
    pub(super) fn new(tensor: Arc<QTensor>) -> Self {
        Self(QMatMul::QTensor(tensor))
    }

    /// Multiplies each of `rows` by the matrix.
    pub(super) fn apply(&self, rows: &Tensor) -> Result<Tensor, LocalError> {
        Ok(self.0.forward(rows)?)
    }
}
