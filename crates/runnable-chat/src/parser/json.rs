//! The parser that deserializes the JSON in an answer.

use std::{any, fmt, marker::PhantomData};

use runnable_core::{Chunked, Result, RunContext, Runnable, StepInfo};
use serde::de::DeserializeOwned;

use super::{json_value::read, structured::StructuredParser, typed_answer::typed};
use crate::{AiMessage, run_kind::PARSER};

/// Creates a parser that deserializes the JSON in an answer.
///
/// The type `T` is inferred from the next step of the chain, or from the use of the result.
///
/// ```
/// use runnable_chat::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// struct Person {
///     name: String,
///     born: u16,
/// }
/// runnable_core::impl_at_once!(Person);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let answer = AiMessage::new(r#"{"name": "Ada", "born": 1815}"#);
/// let person: Person = json().invoke(answer).await?;
/// assert_eq!(person.born, 1815);
///
/// let age = json().pipe(lambda(|person: Person| 1843 - person.born));
/// let error = age.invoke(AiMessage::new(r#"{"name": "Ada", "born": "1815"}"#)).await.unwrap_err();
/// assert!(error.message().contains("`born`: invalid type: string \"1815\", expected u16"));
/// # Ok(())
/// # }
/// ```
///
/// The parser waits for the complete answer. It accepts the same answers as
/// [`json_value`](super::json_value()), which can also stream the JSON while it grows.
///
/// # Errors
///
/// The step returns
///
/// - [`ErrorKind::Parse`](runnable_core::ErrorKind::Parse) if the answer does not contain valid
///   JSON, or if the JSON cannot be deserialized as a `T`. The message contains the position and an
///   excerpt;
/// - [`ErrorKind::ContentFilter`](runnable_core::ErrorKind::ContentFilter) if the model refused to
///   answer. The message contains the refusal.
#[doc(alias("JsonOutputParser", "PydanticOutputParser"))]
pub fn json<T: FromAnswer>() -> JsonParser<T> {
    JsonParser { output: PhantomData }
}

/// A type that [`json`] can deserialize.
///
/// This trait is implemented for every type that is [`DeserializeOwned`] and [`Chunked`]. Its
/// purpose is a clear compile error if the type cannot be inferred.
#[diagnostic::on_unimplemented(
    message = "an answer cannot be deserialized as `{Self}`",
    label = "the type cannot be inferred, or cannot be deserialized",
    note = "if the type is `!`, name the type: `json::<Person>()` or `with_structured_output::<Person>()`; for any JSON, use `json_value()`",
    note = "to make the type deserializable, add `#[derive(Clone, Debug, Serialize, Deserialize, Chunked)]`, or use `impl_at_once!` instead of `Chunked`"
)]
pub trait FromAnswer: DeserializeOwned + Chunked {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Chunked> FromAnswer for T {}

/// A parser that deserializes the JSON in an answer. Created by [`json`].
#[doc(alias("JsonOutputParser", "PydanticOutputParser"))]
#[must_use = "a chain does nothing until it is run"]
pub struct JsonParser<T> {
    output: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Chunked> JsonParser<T> {
    /// Converts this parser into one that returns both the answer and the value that was
    /// deserialized from it.
    ///
    /// If the answer cannot be deserialized, the step does not fail. The error is then in
    /// [`StructuredAnswer::parsed`](super::StructuredAnswer::parsed).
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let answer = json::<u8>().with_raw().invoke(AiMessage::new("lots")).await?;
    ///
    /// assert_eq!(answer.raw.text(), "lots");
    /// assert_eq!(answer.parsed.unwrap_err().kind(), ErrorKind::Parse);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "include_raw")]
    pub fn with_raw(self) -> StructuredParser<T> {
        StructuredParser::new()
    }
}

impl<T: FromAnswer> Runnable for JsonParser<T> {
    type Input = AiMessage;
    type Output = T;

    async fn run(&self, answer: AiMessage, _: RunContext) -> Result<T> {
        read(answer).and_then(typed)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("JsonOutputParser").with_kind(PARSER)
    }
}

impl<T> Clone for JsonParser<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for JsonParser<T> {}

impl<T> fmt::Debug for JsonParser<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonParser").field(&any::type_name::<T>()).finish()
    }
}
