//! [`EmbeddingSimilarity`]: compares meanings with an embedding model.

use runnable_chat::EmbeddingModel;
use runnable_core::{ChildPosition, Error, ErrorKind, Result, RunContext, Runnable, StepInfo};

use crate::{score::Score, scored::Scored};

/// Creates a scorer that returns how similar the meanings of the output and of the expected value
/// are.
///
/// The score is the cosine of the angle between the vectors of the two texts. A negative cosine
/// counts as 0. What a good score is depends on the model: compare the scores of candidates, and
/// not the scores of different embedding models.
///
/// # Errors
///
/// The scorer returns the errors of the model, and [`ErrorKind::InvalidInput`] if the example has no
/// expected value. The output then has no score.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_evaluations::{Scored, embedding_similarity};
/// use runnable_testing::ScriptedEmbeddings;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let scorer = embedding_similarity(ScriptedEmbeddings::new(64).to_model());
/// let same = scorer.invoke(Scored::new("?", "A cat purrs.", "A cat purrs.")).await?;
/// let other = scorer.invoke(Scored::new("?", "A cat purrs.", "Rust compiles.")).await?;
/// assert!(same.value > other.value);
/// # Ok(())
/// # }
/// ```
#[doc(alias("EmbeddingDistanceEvalChain", "embedding_distance"))]
pub fn embedding_similarity(model: EmbeddingModel) -> EmbeddingSimilarity {
    EmbeddingSimilarity { model }
}

/// A scorer that compares meanings with an embedding model. Created by [`embedding_similarity`].
#[derive(Clone, Debug)]
#[must_use = "a step does nothing until it is run"]
pub struct EmbeddingSimilarity {
    model: EmbeddingModel,
}

impl Runnable for EmbeddingSimilarity {
    type Input = Scored;
    type Output = Score;

    async fn run(&self, scored: Scored, cx: RunContext) -> Result<Score> {
        let expected = scored.required_expected_text()?.into_owned();
        let texts = vec![scored.output_text().into_owned(), expected];
        let vectors = cx.child(ChildPosition::Untagged).invoke(&self.model, texts).await?;
        let [output, expected] = &vectors[..] else {
            let message =
                format!("the embedding model returned {} vectors for 2 texts", vectors.len());
            return Err(Error::new(ErrorKind::Other, message));
        };
        // The cosine of two equal vectors can exceed 1 by a rounding error.
        Ok(Score::new(cosine(output, expected).clamp(0.0, 1.0)))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("EmbeddingSimilarity")
    }
}

/// Returns the cosine of the angle between two vectors, or 0 if one of them has no direction.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let product = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let cosine = product(a, b) / (product(a, a) * product(b, b)).sqrt();
    if cosine.is_finite() { cosine } else { 0.0 }
}
