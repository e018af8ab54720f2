//! The scale of a root-mean-square norm.

use crate::{engine::gguf::Gguf, error::LocalError};
use candle_core::{Device, Tensor};
use candle_nn::ops::rms_norm;

/// The scale of a root-mean-square norm.
pub(super) struct Norm {
    scale: Tensor,
    epsilon: f32,
}

impl Norm {
    /// Reads the scale `name`.
    pub(super) fn load(gguf: &Gguf, name: &str, epsilon: f32) -> Result<Self, LocalError> {
        Ok(Self { scale: gguf.load(name)?.dequantize(&Device::Cpu)?, epsilon })
    }

    /// Normalizes each row.
    pub(super) fn apply(&self, rows: &Tensor) -> Result<Tensor, LocalError> {
        Ok(rms_norm(&rows.contiguous()?, &self.scale, self.epsilon)?)
    }
}
