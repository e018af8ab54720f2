//! A layer of the model: attention over the tokens so far, followed by the feed-forward network.

use super::{
    cache::Cache,
    matrix::Matrix,
    norm::Norm,
    rope::Turns,
    shape::{Shape, layer_tensor},
};
use crate::{engine::gguf::Gguf, error::LocalError};
use candle_core::{Device, Tensor};
use candle_nn::ops::{silu, softmax_last_dim};

/// The weights of a layer.
pub(super) struct Layer {
    attention_norm: Norm,
    queries: Matrix,
    keys: Matrix,
    values: Matrix,
    output: Matrix,
    feed_forward_norm: Norm,
    gate: Matrix,
    up: Matrix,
    down: Matrix,
    heads: usize,
    kv_heads: usize,
    head_width: usize,
}

impl Layer {
    /// Reads the weights of layer `index`.
    pub(super) fn load(gguf: &Gguf, shape: &Shape, index: usize) -> Result<Self, LocalError> {
        let norm = |name| Norm::load(gguf, &layer_tensor(index, name), shape.norm_epsilon);
        let matrix = |name| Matrix::load(gguf, &layer_tensor(index, name));
        Ok(Self {
            attention_norm: norm("attn_norm")?,
            queries: matrix("attn_q")?,
            keys: matrix("attn_k")?,
            values: matrix("attn_v")?,
            output: matrix("attn_output")?,
            feed_forward_norm: norm("ffn_norm")?,
            gate: matrix("ffn_gate")?,
            up: matrix("ffn_up")?,
            down: matrix("ffn_down")?,
            heads: shape.heads,
            kv_heads: shape.kv_heads,
            head_width: shape.head_width,
        })
    }

    /// Computes this layer for a chunk of tokens. `hidden` contains the hidden states of the
    /// tokens, and has the shape (position, component). Returns the new hidden states.
    pub(super) fn forward(
        &self,
        hidden: &Tensor,
        chunk: &Chunk,
        cache: &mut Cache,
    ) -> Result<Tensor, LocalError> {
        let attended = self.attend(&self.attention_norm.apply(hidden)?, chunk, cache)?;
        let hidden = (hidden + attended)?;
        let normed = self.feed_forward_norm.apply(&hidden)?;
        let gated = (silu(&self.gate.apply(&normed)?)? * self.up.apply(&normed)?)?;
        Ok((hidden + self.down.apply(&gated)?)?)
    }

    fn attend(
        &self,
        normed: &Tensor,
        chunk: &Chunk,
        cache: &mut Cache,
    ) -> Result<Tensor, LocalError> {
        let count = normed.dim(0)?;
        let per_head =
            |rows: Tensor, heads| rows.reshape((count, heads, self.head_width))?.transpose(0, 1);
        let queries = per_head(self.queries.apply(normed)?, self.heads)?;
        let keys = per_head(self.keys.apply(normed)?, self.kv_heads)?;
        let values = per_head(self.values.apply(normed)?, self.kv_heads)?;

        let queries = (chunk.turns.apply(&queries)? * (self.head_width as f64).powf(-0.5))?;
        let keys = chunk.turns.apply(&keys)?;
        let (keys, values) = cache.put(chunk.start, &keys, &values)?;

        // The query heads that share a key-value head are adjacent. Stack these query heads, so
        // that a single matrix product with the key-value head suffices. The keys and values then
        // need not be repeated for each query head.
        let stacked = self.heads / self.kv_heads * count;
        let queries = queries.reshape((self.kv_heads, stacked, self.head_width))?;
        let scores = chunk.hide_future(&queries.matmul(&keys.t()?)?)?;
        let mixed = softmax_last_dim(&scores)?.matmul(&values)?;
        let mixed = mixed.reshape((self.heads, count, self.head_width))?.transpose(0, 1)?;
        self.output.apply(&mixed.reshape((count, self.heads * self.head_width))?)
    }
}

/// A chunk of consecutive tokens that are computed together: the properties of the chunk that all
/// layers need.
pub(super) struct Chunk {
    /// The position of the first token of the chunk.
    start: usize,
    /// The rotation of each token in the chunk, by its position.
    turns: Turns,
    /// The mask that is added to the attention scores, so that a token does not attend to later
    /// tokens in the chunk. `None` for a chunk with a single token, which needs no mask.
    mask: Option<Tensor>,
}

impl Chunk {
    /// Creates a chunk of `count` tokens, the first of which is at position `start`.
    pub(super) fn new(start: usize, count: usize, turns: Turns) -> Result<Self, LocalError> {
        let mask = (count > 1).then(|| {
            let scores = (0..count).flat_map(|row| {
                let own = start + row;
                (0..start + count)
                    .map(move |seen| if seen <= own { 0.0 } else { f32::NEG_INFINITY })
            });
            Tensor::from_iter(scores, &Device::Cpu)?.reshape((count, start + count))
        });
        Ok(Self { start, turns, mask: mask.transpose()? })
    }

    fn hide_future(&self, scores: &Tensor) -> Result<Tensor, LocalError> {
        let Some(mask) = &self.mask else { return Ok(scores.clone()) };
        let (count, seen) = mask.dims2()?;
        let masked = scores.reshape(((), count, seen))?.broadcast_add(mask)?;
        Ok(masked.reshape(scores.shape())?)
    }
}
