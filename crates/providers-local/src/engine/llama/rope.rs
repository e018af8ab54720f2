//! Rotary position embedding: rotates queries and keys by angles that depend on the position.

use super::shape::Shape;
use crate::error::LocalError;
use candle_core::{Device, Tensor};
use candle_nn::rotary_emb::rope_i;

/// The angular frequency of each pair of a head's components.
pub(super) struct Rope {
    frequencies: Vec<f32>,
}

impl Rope {
    /// Computes the frequencies of a model, each divided by its factor if the file has factors.
    pub(super) fn new(shape: &Shape, factors: Option<&[f32]>) -> Self {
        let pairs = shape.head_width / 2;
        let frequency = |pair: usize| {
            let exponent = pair as f32 / pairs as f32;
            let factor = factors.and_then(|factors| factors.get(pair)).copied().unwrap_or(1.0);
            1.0 / (shape.rope_base.powf(exponent) * factor * shape.rope_scale)
        };
        Self { frequencies: (0..pairs).map(frequency).collect() }
    }

    /// Computes the rotations of `count` positions from `start` on. They are computed for each
    /// chunk, which is cheap compared with a layer, while a table of the whole context would be
    /// large.
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
    /// Rotates vectors of the shape (head, position, component). Adjacent components form a pair,
    /// which is the order of llama weights in GGUF files.
    pub(super) fn apply(&self, vectors: &Tensor) -> Result<Tensor, LocalError> {
        let vectors = vectors.unsqueeze(0)?.contiguous()?;
        Ok(rope_i(&vectors, &self.cosines, &self.sines)?.squeeze(0)?)
    }
}
