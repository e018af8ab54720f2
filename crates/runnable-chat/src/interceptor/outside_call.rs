//! [`Interceptor`]: answers calls in place of models, tools and retrievers.

use std::fmt;

use runnable_core::{Payload, RunContext};

use super::Answer;

/// Answers calls in place of models, tools and retrievers.
///
/// Add it to a call as a resource of type `Arc<dyn Interceptor>`. If a call has several
/// interceptors, the last one applies.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use runnable_chat::{
///     interceptor::{Answer, Interceptor, OutsideCall},
///     prelude::*,
/// };
/// use serde_json::json;
///
/// /// Answers all searches, and lets the chain make all other calls.
/// struct NoSearch;
///
/// impl Interceptor for NoSearch {
///     fn intercept(&self, call: &OutsideCall<'_>) -> Option<Answer> {
///         let is_search = call.cx.run().is_none_or(|run| run.kind.as_str() == "retriever");
///         is_search.then(|| Answer::output(json!([{"page_content": "nothing"}])))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let search = retriever("Search", |_: String, _| async move {
///     Err::<Vec<Document>, _>(Error::new(ErrorKind::Connection, "no network"))
/// });
/// let config = RunConfig::new().resource::<Arc<dyn Interceptor>>(Arc::new(NoSearch));
/// let documents = search.invoke("cats").config(config).await?;
/// assert_eq!(documents[0].page_content, "nothing");
/// # Ok(())
/// # }
/// ```
pub trait Interceptor: Send + Sync + 'static {
    /// Returns the answer to a call, or `None` if the step has to make the call.
    ///
    /// This method is called when the step starts, so it must not block. Use [`Answer::stream`] for
    /// an answer that takes time.
    fn intercept(&self, call: &OutsideCall<'_>) -> Option<Answer>;
}

/// A call of a model, a tool or a retriever that an [`Interceptor`] can answer.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct OutsideCall<'a> {
    /// The context of the run. It contains the [run](RunContext::run) if the call has a listener.
    pub cx: &'a RunContext,
    /// The input of the step: a [`PromptValue`](crate::PromptValue), a text, texts, or the
    /// arguments of a tool.
    pub input: Payload<'a>,
    /// Whether the step yields the answer in chunks. If it is `false`, only
    /// [`AnswerPart::Output`](super::AnswerPart::Output) is used.
    pub streaming: bool,
}

impl fmt::Debug for OutsideCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutsideCall")
            .field("run", &self.cx.run())
            .field("input", &self.input)
            .field("streaming", &self.streaming)
            .finish_non_exhaustive()
    }
}
