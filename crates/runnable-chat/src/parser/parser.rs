//! Parsers that are created from a function of the complete text.

use std::{borrow::Cow, fmt, marker::PhantomData};

use runnable_core::{
    BoxError, Chunked, Error, ErrorKind, Result, RunContext, Runnable, RunnableExt, StepInfo,
    calls::{Batch, Invoke, OutputStream},
};

use super::Source;
use crate::{AiMessage, run_kind::PARSER};

/// Creates a parser from a function that receives the complete text of an answer.
///
/// The step before the parser can be a chat model or a step that returns text. The parser waits for
/// the complete answer; to parse the text while it grows, use
/// [`stream_parser`](super::stream_parser()). `name` is the name of the parser's runs, whose kind
/// is [`PARSER`].
///
/// # Errors
///
/// The step returns the errors of the function. An error that is not an [`Error`] is converted to
/// an error of kind [`ErrorKind::Parse`], with the original error as its source.
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let number = parser("Number", |text: String| text.trim().parse::<u32>());
/// assert_eq!(number.invoke(" 42 ").await?, 42);
///
/// let halved = lambda(|text: String| text.replace("half of ", ""))
///     .pipe(parser("Number", |text: String| text.parse::<u32>().map(|n| n / 2)));
/// assert_eq!(halved.invoke("half of 8").await?, 4);
/// # Ok(())
/// # }
/// ```
#[doc(alias("RunnableLambda", "BaseOutputParser"))]
pub fn parser<F, I, O, E>(name: impl Into<Cow<'static, str>>, f: F) -> Parser<F, I, O, E>
where
    F: Fn(String) -> Result<O, E> + Clone + Send + Sync + 'static,
    I: Source,
    O: Chunked,
    E: Into<BoxError> + 'static,
{
    Parser { name: name.into(), f, signature: PhantomData }
}

/// A parser that calls a function with the complete text of an answer. Created by [`parser`].
#[doc(alias = "BaseOutputParser")]
#[must_use = "a chain does nothing until it is run"]
#[allow(clippy::type_complexity, reason = "a marker")]
pub struct Parser<F, I, O, E> {
    name: Cow<'static, str>,
    f: F,
    signature: PhantomData<fn(I) -> Result<O, E>>,
}

/// Methods to call a parser outside a chain. There, its input type cannot be inferred, so these
/// methods accept an answer, or text that is converted to an answer.
impl<F, O, E> Parser<F, AiMessage, O, E>
where
    F: Fn(String) -> Result<O, E> + Clone + Send + Sync + 'static,
    O: Chunked,
    E: Into<BoxError> + 'static,
{
    /// Parses an answer. See [`RunnableExt::invoke`].
    pub fn invoke(&self, answer: impl Into<AiMessage>) -> Invoke<Self> {
        RunnableExt::invoke(self, answer)
    }

    /// Parses an answer, and streams the result. See [`RunnableExt::stream`].
    pub fn stream(&self, answer: impl Into<AiMessage>) -> OutputStream<O> {
        RunnableExt::stream(self, answer)
    }

    /// Parses several answers. See [`RunnableExt::batch`].
    pub fn batch<A>(&self, answers: A) -> Batch<Self>
    where
        A: IntoIterator<Item: Into<AiMessage>>,
    {
        RunnableExt::batch(self, answers)
    }
}

impl<F, I, O, E> Runnable for Parser<F, I, O, E>
where
    F: Fn(String) -> Result<O, E> + Clone + Send + Sync + 'static,
    I: Source,
    O: Chunked,
    E: Into<BoxError> + 'static,
{
    type Input = I;
    type Output = O;

    async fn run(&self, source: I, _: RunContext) -> Result<O> {
        (self.f)(source.into_text()).map_err(|error| Error::wrap(ErrorKind::Parse, error))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name.clone()).with_kind(PARSER)
    }
}

impl<F: Clone, I, O, E> Clone for Parser<F, I, O, E> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), f: self.f.clone(), signature: PhantomData }
    }
}

impl<F, I, O, E> fmt::Debug for Parser<F, I, O, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Parser").field(&self.name).finish()
    }
}
