//! The parser of an answer that is one of several values.

use std::{fmt, marker::PhantomData, sync::Arc};

use runnable_core::{
    Result, RunContext, Runnable, RunnableExt, StepInfo,
    calls::{Batch, Invoke},
};

use super::{
    Source,
    choice::{choose, instructions},
};
use crate::{AiMessage, run_kind::PARSER};

/// Creates a parser of an answer that is one of several values.
///
/// The parser returns the value as you wrote it. It ignores white space, quotes, emphasis and a
/// full stop around the answer, and the difference between upper and lower case unless it
/// distinguishes two values. If the values are the variants of an enum, use
/// [`enum_value`](super::enum_value).
///
/// ```
/// use runnable_chat::{parser::one_of, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let mood = one_of(["happy", "sad"]);
/// assert_eq!(mood.invoke("**Happy**.").await?, "happy");
///
/// let error = mood.invoke("sat").await.unwrap_err();
/// assert!(error.message().ends_with("expected one of `happy`, `sad`; did you mean `sad`?"));
/// # Ok(())
/// # }
/// ```
///
/// The parser waits for the complete answer, because a value can be the start of another value.
///
/// # Errors
///
/// The step returns [`ErrorKind::Parse`](runnable_core::ErrorKind::Parse) if the answer is not one
/// of the values.
#[doc(alias = "EnumOutputParser")]
pub fn one_of<I>(values: impl IntoIterator<Item = impl Into<String>>) -> OneOfParser<I> {
    OneOfParser { values: values.into_iter().map(Into::into).collect(), input: PhantomData }
}

/// A parser of an answer that is one of several values. Created by [`one_of`].
#[doc(alias = "EnumOutputParser")]
#[must_use = "a chain does nothing until it is run"]
pub struct OneOfParser<I> {
    values: Arc<[String]>,
    input: PhantomData<fn(I)>,
}

impl<I> OneOfParser<I> {
    fn names(&self) -> Vec<&str> {
        self.values.iter().map(String::as_str).collect()
    }

    /// Returns a sentence for the prompt that asks the model for one of the values.
    #[doc(alias = "get_format_instructions")]
    pub fn format_instructions(&self) -> String {
        instructions(&self.names())
    }
}

/// Methods to call a parser outside a chain. There, its input type cannot be inferred, so these
/// methods accept an answer, or text that is converted to an answer.
impl OneOfParser<AiMessage> {
    /// Parses an answer. See [`RunnableExt::invoke`].
    pub fn invoke(&self, answer: impl Into<AiMessage>) -> Invoke<Self> {
        RunnableExt::invoke(self, answer)
    }

    /// Parses several answers. See [`RunnableExt::batch`].
    pub fn batch<A>(&self, answers: A) -> Batch<Self>
    where
        A: IntoIterator<Item: Into<AiMessage>>,
    {
        RunnableExt::batch(self, answers)
    }
}

impl<I: Source> Runnable for OneOfParser<I> {
    type Input = I;
    type Output = String;

    async fn run(&self, source: I, _: RunContext) -> Result<String> {
        let index = choose(&source.into_text(), &self.names())?;
        Ok(self.values.get(index).cloned().unwrap_or_default())
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("EnumOutputParser").with_kind(PARSER)
    }
}

impl<I> Clone for OneOfParser<I> {
    fn clone(&self) -> Self {
        Self { values: Arc::clone(&self.values), input: PhantomData }
    }
}

impl<I> fmt::Debug for OneOfParser<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OneOfParser").field(&self.values).finish()
    }
}
