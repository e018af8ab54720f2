//! A loaded model of the llama architecture, and sessions. All sessions share the weights of the
//! model, and each session processes its own tokens.

use super::{cache::Cache, layer::Chunk, shape::Shape, weights::Weights};
use crate::{engine::gguf::Gguf, error::LocalError};
use candle_core::Tensor;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A loaded model. Clones share the weights.
#[derive(Clone)]
pub(crate) struct Llama {
    weights: Arc<Weights>,
}

impl Llama {
    /// Reads the weights of a file. `shape` is the result of [`Shape::read`], which has checked the
    /// file.
    pub(crate) fn load(gguf: &Gguf, shape: Shape) -> Result<Self, LocalError> {
        Ok(Self { weights: Arc::new(Weights::load(gguf, shape)?) })
    }

    /// Returns the hyper-parameters.
    pub(crate) fn shape(&self) -> &Shape {
        &self.weights.shape
    }

    /// Creates a session that has not processed any tokens.
    pub(crate) fn session(&self) -> Session {
        let caches = self.weights.layers.iter().map(|_| Cache::default()).collect();
        Session { weights: self.weights.clone(), caches, seen: 0 }
    }
}

/// The state of the model in one conversation.
pub(crate) struct Session {
    weights: Arc<Weights>,
    caches: Vec<Cache>,
    seen: usize,
}

impl Session {
    /// Processes `tokens`, which follow the tokens of earlier calls. There must be at least one
    /// token.
    ///
    /// `cancel` is checked before each layer. After an error, the session is unchanged, so the call
    /// can be repeated with the same tokens.
    pub(crate) fn feed(
        &mut self,
        tokens: &[u32],
        cancel: &AtomicBool,
    ) -> Result<Hidden, LocalError> {
        let turns = self.weights.rope.turns(self.seen, tokens.len())?;
        let chunk = Chunk::new(self.seen, tokens.len(), turns)?;
        let mut hidden = self.weights.embed(tokens)?;
        for (layer, cache) in self.weights.layers.iter().zip(&mut self.caches) {
            if cancel.load(Ordering::Relaxed) {
                return Err(LocalError::Cancelled);
            }
            hidden = layer.forward(&hidden, &chunk, cache)?;
        }
        // Update the position only when the chunk is complete. If a chunk is cancelled, its data
        // after this position in the caches is overwritten by the next chunk.
        self.seen += tokens.len();
        Ok(Hidden(hidden))
    }

    /// Returns a score for each token of the vocabulary: how likely it is that this token is the
    /// next one.
    pub(crate) fn logits(&self, hidden: &Hidden) -> Result<Vec<f32>, LocalError> {
        self.weights.logits(&hidden.0)
    }
}

/// The hidden states that the last layer returned for a chunk of tokens.
pub(crate) struct Hidden(Tensor);
