//! An answer as a value of a Rust type.

use std::{any, fmt, marker::PhantomData};

use runnable_core::{Chunked, Result, RunContext, Runnable, StepInfo};
use serde::de::DeserializeOwned;

use super::{json_value::read, structured::StructuredParser, typed_answer::typed};
use crate::{AiMessage, run_kind::PARSER};

/// The JSON of an answer as a value of the type that is wanted: by the next step, or by who calls.
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
/// It needs the whole answer. What it tolerates, and JSON that shows as it grows:
/// [`json_value`](super::json_value).
///
/// # Errors
///
/// [`ErrorKind::Parse`](runnable_core::ErrorKind::Parse) with the place and an excerpt, when the answer is no JSON, or none of this
/// type. [`ErrorKind::ContentFilter`](runnable_core::ErrorKind::ContentFilter) with the model's own words, when it refused to answer.
#[doc(alias("JsonOutputParser", "PydanticOutputParser"))]
pub fn json<T: FromAnswer>() -> JsonParser<T> {
    JsonParser { output: PhantomData }
}

/// A type that [`json`] reads: it derives serde's `Serialize` and `Deserialize`, and is
/// [`Chunked`].
///
/// Every such type has this trait. It is there so that the compiler says what to write if the type
/// is unknown.
#[diagnostic::on_unimplemented(
    message = "`json()` cannot read the answer as `{Self}`",
    label = "the type to read is unknown, or cannot be read",
    note = "if it is `!`, say which type you want: `json::<Person>()`; `json_value()` reads any JSON",
    note = "the type needs `#[derive(Clone, Debug, Serialize, Deserialize, Chunked)]`, or `impl_at_once!` in place of `Chunked`"
)]
pub trait FromAnswer: DeserializeOwned + Chunked {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Chunked> FromAnswer for T {}

/// A step from an answer to a value of a Rust type. Made by [`json`].
#[must_use = "a chain does nothing until it is run"]
pub struct JsonParser<T> {
    output: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Chunked> JsonParser<T> {
    /// Keeps the answer beside the value, and the reason why there is no value.
    ///
    /// An answer that does not fit the type is then not an error of the step:
    /// [`StructuredAnswer::parsed`](super::StructuredAnswer::parsed) has it.
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
