//! The step that selects the examples that are the most similar to an input.

use std::{fmt, sync::Arc};

use runnable_core::{
    ChildPosition, Dict, Error, ErrorKind, Result, RunContext, Runnable, RunnableExt, StepInfo,
};
use serde_json::Value;

use super::{Embedding, EmbeddingModel};
use crate::nearest::nearest;

/// A step that selects the examples whose meaning is the most similar to its input.
///
/// It is the selector of [`few_shot_selected`](crate::prompt::few_shot_selected). The most similar
/// example comes first. The similarity is the cosine of the angle between the vectors of an
/// embedding model.
///
/// ```
/// use runnable_chat::{EmbeddingModel, embedding::SimilarExamples, prelude::*};
/// use runnable_chat::prompt::few_shot_selected;
///
/// async fn with_examples(model: EmbeddingModel) -> Result<ChatPromptTemplate> {
///     let examples = vec![
///         dict! { word: "happy", opposite: "sad" },
///         dict! { word: "tall", opposite: "short" },
///     ];
///     let selector = SimilarExamples::new(model, examples, ["word"]).await?.count(1);
///     let template = [human_template("{word}"), ai_template("{opposite}")];
///     Ok(prompt((few_shot_selected(template, selector), human_template("{word}"))))
/// }
/// # let _ = with_examples;
/// ```
///
/// # Errors
///
/// The step returns the errors of the model, and [`ErrorKind::InvalidInput`] if the input lacks a
/// value.
#[doc(alias = "SemanticSimilarityExampleSelector")]
#[derive(Clone)]
#[must_use = "a step does nothing until it is run"]
pub struct SimilarExamples {
    model: EmbeddingModel,
    examples: Arc<[(Dict, Embedding)]>,
    variables: Arc<[String]>,
    count: usize,
}

impl SimilarExamples {
    /// Creates the step, and calls the model once for the vectors of all examples.
    ///
    /// Only the values of `variables` are compared. They must have the same names in the examples
    /// and in the inputs.
    ///
    /// # Errors
    ///
    /// Returns the errors of the model, and [`ErrorKind::InvalidInput`] if an example lacks a value.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the call of the model is cancelled.
    pub async fn new(
        model: EmbeddingModel,
        examples: impl IntoIterator<Item = Dict>,
        variables: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self> {
        let variables: Arc<[String]> = variables.into_iter().map(Into::into).collect();
        let examples: Vec<_> = examples.into_iter().collect();
        let texts = (1..).zip(&examples).map(|(number, example)| {
            text_of(example, &variables).map_err(|reason| {
                Error::new(ErrorKind::InvalidInput, format!("invalid example {number}: {reason}"))
            })
        });
        let texts = texts.collect::<Result<Vec<_>>>()?;
        let vectors = model.invoke(texts).await?;
        let examples = examples.into_iter().zip(vectors).collect();
        Ok(Self { model, examples, variables, count: 4 })
    }

    /// Sets how many examples are selected. The default is 4.
    #[doc(alias = "k")]
    pub fn count(mut self, count: usize) -> Self {
        self.count = count;
        self
    }
}

impl Runnable for SimilarExamples {
    type Input = Dict;
    type Output = Vec<Dict>;

    async fn run(&self, values: Dict, cx: RunContext) -> Result<Vec<Dict>> {
        let text = text_of(&values, &self.variables).map_err(|reason| {
            let message = format!("cannot select similar examples: {reason}");
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        let model = cx.child(ChildPosition::Untagged);
        let vectors = model.invoke(&self.model, vec![text]).await?;
        // The model has checked that there is one vector.
        let vector = vectors.into_iter().next().unwrap_or_default();
        let similarities = self.examples.iter().map(|(_, other)| cosine(&vector, other));
        let mut ranked: Vec<_> = similarities.zip(self.examples.iter()).collect();
        // The sort is stable, so equally similar examples keep their order.
        ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        Ok(ranked.into_iter().take(self.count).map(|(_, (example, _))| example.clone()).collect())
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("SimilarExamples").without_chunk_events()
    }
}

impl fmt::Debug for SimilarExamples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimilarExamples")
            .field("examples", &self.examples.len())
            .field("variables", &self.variables)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

/// Returns the text that is compared: the values of the variables, joined with spaces.
fn text_of(values: &Dict, variables: &[String]) -> Result<String, String> {
    let texts = variables.iter().map(|name| match values.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value) => Ok(value.to_string()),
        None => {
            let hint = nearest(name, values.names())
                .map(|similar| format!("; did you mean `{name}` where you wrote `{similar}`?"))
                .unwrap_or_default();
            Err(format!("missing value `{name}`{hint}"))
        }
    });
    Ok(texts.collect::<Result<Vec<_>, _>>()?.join(" "))
}

/// Returns the cosine of the angle between two vectors, or 0 if one of them has no direction.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let product = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let lengths = (product(a, a) * product(b, b)).sqrt();
    let cosine = product(a, b) / lengths;
    if cosine.is_finite() { cosine } else { 0.0 }
}
