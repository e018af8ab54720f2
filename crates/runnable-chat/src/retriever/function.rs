//! Retrievers from functions.

use std::{borrow::Cow, fmt, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use runnable_core::{Result, RunContext, Runnable, StepInfo};

use super::Document;
use crate::{interceptor::intercepted, run_kind::RETRIEVER};

/// Creates a retriever from an async function. A retriever is a step that finds documents that are
/// relevant to a question.
///
/// `name` is the name of the retriever's runs. The function receives the question and the
/// [`RunContext`] of the run.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shelf = retriever("Shelf", |question: String, _| async move {
///     Ok(vec![Document::new(format!("All about {question}")).with_metadata("shelf", 1)])
/// });
///
/// let facts = lambda(|documents: Vec<Document>| documents[0].page_content.clone());
/// assert_eq!(shelf.pipe(facts).invoke("cats").await?, "All about cats");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The step returns the errors of the function.
#[doc(alias = "BaseRetriever")]
pub fn retriever<F, Fut>(name: impl Into<Cow<'static, str>>, f: F) -> Retriever
where
    F: Fn(String, RunContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Vec<Document>>> + Send + 'static,
{
    Retriever { name: name.into(), f: Arc::new(move |question, cx| f(question, cx).boxed()) }
}

/// A step that finds documents that are relevant to a question. Created by [`retriever`].
///
/// A clone is a handle to the same retriever. The type does not depend on the type of the function,
/// so retrievers with different functions have the same type.
#[doc(alias = "BaseRetriever")]
#[derive(Clone)]
#[must_use = "a chain does nothing until it is run"]
pub struct Retriever {
    name: Cow<'static, str>,
    f: Arc<Search>,
}

type Search = dyn Fn(String, RunContext) -> BoxFuture<'static, Result<Vec<Document>>> + Send + Sync;

impl Runnable for Retriever {
    type Input = String;
    type Output = Vec<Document>;

    async fn run(&self, question: String, cx: RunContext) -> Result<Vec<Document>> {
        match intercepted(&cx, &question) {
            Some(documents) => documents.await,
            None => (self.f)(question, cx).await,
        }
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name.clone()).with_kind(RETRIEVER).without_chunk_events()
    }
}

impl fmt::Debug for Retriever {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Retriever").field(&self.name).finish()
    }
}
