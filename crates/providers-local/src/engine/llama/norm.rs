//! Root-mean-square norms.

use crate::{engine::gguf::Gguf, error::LocalError};
use candle_core::{Device, Tensor};
use candle_nn::ops::rms_norm;

/// A root-mean-square norm, with its scale.
pub(super) struct Norm {
    scale: Tensor,
    epsilon: f32,
}

impl Norm {
    /// Reads the tensor `name` as the scale of a norm.
    pub(super) fn load(gguf: &Gguf, name: &str, epsilon: f32) -> Result<Self, LocalError> {
        Ok(Self { scale: gguf.load(name)?.dequantize(&Device::Cpu)?, epsilon })
    }

    /// Normalizes each row.
    pub(super) fn apply(&self, rows: &Tensor) -> Result<Tensor, LocalError> {
        Ok(rms_norm(&rows.contiguous()?, &self.scale, self.epsilon)?)
    }
}
