//! The llama architecture: weights that are shared, and sessions that each have seen their own
//! tokens.

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
    /// Reads the weights of a file, whose shape has been read and checked.
    pub(crate) fn load(gguf: &Gguf, shape: Shape) -> Result<Self, LocalError> {
        Ok(Self { weights: Arc::new(Weights::load(gguf, shape)?) })
    }

    /// The hyper-parameters.
    pub(crate) fn shape(&self) -> &Shape {
        &self.weights.shape
    }

    /// A session that has seen no token.
    pub(crate) fn session(&self) -> Session {
        let caches = self.weights.layers.iter().map(|_| Cache::default()).collect();
        Session { weights: self.weights.clone(), caches, seen: 0 }
    }
}

/// What the model has seen in one conversation.
pub(crate) struct Session {
    weights: Arc<Weights>,
    caches: Vec<Cache>,
    seen: usize,
}

impl Session {
    /// Lets the model see `tokens`, of which there must be one at least, after those it has seen.
    ///
    /// `cancel` is looked at before each layer. After an error the session is as it was before: the
    /// same tokens can be fed again.
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
        // Only now: what a cancelled chunk has left in the caches lies beyond this and is
        // overwritten by the next.
        self.seen += tokens.len();
        Ok(Hidden(hidden))
    }

    /// The score of each token of the vocabulary to come next.
    pub(crate) fn logits(&self, hidden: &Hidden) -> Result<Vec<f32>, LocalError> {
        self.weights.logits(&hidden.0)
    }
}

/// What the model thinks after a chunk of tokens.
pub(crate) struct Hidden(Tensor);
