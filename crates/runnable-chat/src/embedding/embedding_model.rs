//! An embedding model as a step.

use std::sync::Arc;

use runnable_core::{Error, ErrorKind, Result, RunContext, Runnable, StepInfo};

use super::{Embedding, EmbeddingProvider};
use crate::{model::step_info::about, run_kind::EMBEDDING};

/// An embedding model of any provider: a step from texts to their vectors, in the same order.
///
/// A clone is a handle on the same model.
///
/// ```
/// use runnable_chat::{EmbeddingModel, prelude::*};
///
/// # async fn example(model: EmbeddingModel) -> Result<()> {
/// let vectors = model.invoke(vec!["a cat".into(), "a kitten".into()]).await?;
///
/// assert_eq!(vectors.len(), 2);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of its provider. One that gives another number of vectors than there are texts broke its
/// promise, and that is [`Other`](ErrorKind::Other).
#[doc(alias = "Embeddings")]
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct EmbeddingModel {
    provider: Arc<dyn EmbeddingProvider>,
}

impl EmbeddingModel {
    /// The model of this provider.
    pub fn new(provider: impl EmbeddingProvider) -> Self {
        Self { provider: Arc::new(provider) }
    }

    /// The name of the model, if its provider knows it.
    pub fn model(&self) -> Option<&str> {
        self.provider.model()
    }
}

impl Runnable for EmbeddingModel {
    type Input = Vec<String>;
    type Output = Vec<Embedding>;

    async fn run(&self, texts: Vec<String>, cx: RunContext) -> Result<Vec<Embedding>> {
        let asked = texts.len();
        if asked == 0 {
            return Ok(Vec::new());
        }
        let vectors = self.provider.embed(texts, cx).await?;
        match vectors.len() == asked {
            true => Ok(vectors),
            false => {
                let (name, got) = (self.provider.run_name(), vectors.len());
                let message = format!("{name} gave {got} vectors for {asked} texts");
                Err(Error::new(ErrorKind::Other, message))
            }
        }
    }

    fn info(&self) -> StepInfo {
        let provider = &self.provider;
        about(EMBEDDING, provider.run_name(), provider.provider(), provider.model())
    }
}
