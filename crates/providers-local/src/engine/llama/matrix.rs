//! A matrix of a model, in the format of its file.

use crate::{engine::gguf::Gguf, error::LocalError};
use candle_core::{
    Module, Tensor,
    quantized::{QMatMul, QTensor},
};
use std::sync::Arc;

/// A matrix in the format of the file.
pub(super) struct Matrix(QMatMul);

impl Matrix {
    /// Reads the matrix `name`.
    pub(super) fn load(gguf: &Gguf, name: &str) -> Result<Self, LocalError> {
        Ok(Self::new(Arc::new(gguf.load(name)?)))
    }

    /// Creates a matrix that shares its weights. It names the variant, because the constructor of
    /// candle would decode 16-bit weights to twice their size.
    pub(super) fn new(tensor: Arc<QTensor>) -> Self {
        Self(QMatMul::QTensor(tensor))
    }

    /// Multiplies each row by the matrix.
    pub(super) fn apply(&self, rows: &Tensor) -> Result<Tensor, LocalError> {
        Ok(self.0.forward(rows)?)
    }
}
