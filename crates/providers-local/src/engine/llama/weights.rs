//! The weights of a model, which are read once and shared by all sessions.

use super::{layer::Layer, matrix::Matrix, norm::Norm, rope::Rope, shape::Shape};
use crate::{engine::gguf::Gguf, error::LocalError};
use candle_core::{Device, Tensor, quantized::QTensor};
use std::sync::Arc;

/// All weights of a model.
pub(super) struct Weights {
    /// The hyper-parameters.
    pub(super) shape: Shape,
    /// The layers, in order.
    pub(super) layers: Vec<Layer>,
    /// The frequencies of the rotary position embedding.
    pub(super) rope: Rope,
    embedding: Arc<QTensor>,
    norm: Norm,
    head: Matrix,
}

impl Weights {
    /// Reads the weights of a model of the given shape.
    pub(super) fn load(gguf: &Gguf, shape: Shape) -> Result<Self, LocalError> {
        let factors = if shape.rope_factors {
            Some(gguf.load("rope_freqs.weight")?.dequantize(&Device::Cpu)?.to_vec1()?)
        } else {
            None
        };
        let embedding = Arc::new(gguf.load("token_embd.weight")?);
        let head = if shape.own_head {
            Matrix::load(gguf, "output.weight")?
        } else {
            Matrix::new(embedding.clone())
        };
        Ok(Self {
            layers: (0..shape.layers)
                .map(|index| Layer::load(gguf, &shape, index))
                .collect::<Result<_, _>>()?,
            rope: Rope::new(&shape, factors.as_deref()),
            embedding,
            norm: Norm::load(gguf, "output_norm.weight", shape.norm_epsilon)?,
            head,
            shape,
        })
    }

    /// Returns the embeddings of `tokens`, with one row per token. Only these rows of the embedding
    /// table are decoded.
    pub(super) fn embed(&self, tokens: &[u32]) -> Result<Tensor, LocalError> {
        Ok(self.embedding.embedding(&Tensor::new(tokens, &Device::Cpu)?)?)
    }

    /// Returns a score for each token of the vocabulary: how likely it is that this token follows
    /// the last row of `hidden`.
    pub(super) fn logits(&self, hidden: &Tensor) -> Result<Vec<f32>, LocalError> {
        let last = hidden.narrow(0, hidden.dim(0)? - 1, 1)?.contiguous()?;
        Ok(self.head.apply(&self.norm.apply(&last)?)?.squeeze(0)?.to_vec1()?)
    }
}
