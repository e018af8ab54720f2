//! Rotary position embedding: rotates queries and keys by angles that depend on the position.

use super::shape::Shape;
use crate::error::LocalError;
use candle_core::{Device, Tensor};
use candle_nn::rotary_emb::rope_i;

/// The rotary position embedding of a model: an angular frequency for each pair of components of a
/// head.
pub(super) struct Rope {
    frequencies: Vec<f32>,
}

impl Rope {
    /// Computes the frequencies of a model. If the file contains `factors`, each frequency is
    /// divided by its factor.
    pub(super) fn new(shape: &Shape, factors: Option<&[f32]>) -> Self {
        let pairs = shape.head_width / 2;
        let frequency = |pair: usize| {
            let exponent = pair as f32 / pairs as f32;
            let factor = factors.and_then(|factors| factors.get(pair)).copied().unwrap_or(1.0);
            1.0 / (shape.rope_base.powf(exponent) * factor * shape.rope_scale)
        };
        Self { frequencies: (0..pairs).map(frequency).collect() }
    }

    /// Computes the rotations of `count` positions, starting at `start`. They are computed again
    /// for each chunk, which is cheap compared with computing a layer. A table for the complete
    /// context would be large.
    pub(super) fn turns(&self, start: usize, count: usize) -> Result<Turns, LocalError> {
        let angles = (start..start + count).flat_map(|position| {
            self.frequencies.iter().map(move |frequency| position as f32 * frequency)
        });
        let angles = Tensor::from_iter(angles, &Device::Cpu)?;
        let angles = angles.reshape((count, self.frequencies.len()))?;
        Ok(Turns { cosines: angles.cos()?, sines: angles.sin()? })
    }
}

/// The rotations of consecutive positions.
pub(super) struct Turns {
    cosines: Tensor,
    sines: Tensor,
}

impl Turns {
    /// Rotates vectors of the shape (head, position, component). Two adjacent components form a
    /// pair, because the weights of llama models are stored in this order in GGUF files.
    pub(super) fn apply(&self, vectors: &Tensor) -> Result<Tensor, LocalError> {
        let vectors = vectors.unsqueeze(0)?.contiguous()?;
        Ok(rope_i(&vectors, &self.cosines, &self.sines)?.squeeze(0)?)
    }
}
