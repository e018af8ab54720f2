//! Chat models that answer with values of a Rust type.

use runnable_core::{RunnableExt, combinators::Sequence};
use schemars::JsonSchema;

use super::{ChatModel, ResponseFormat};
use crate::parser::{FromAnswer, JsonParser, StructuredParser, json};

/// A type that [`ChatModel::with_structured_output`] can return.
///
/// This trait is implemented for every type that is [`JsonSchema`] and [`FromAnswer`]. Its purpose
/// is a clear compile error if the type cannot be inferred.
#[diagnostic::on_unimplemented(
    message = "a chat model cannot answer with a value of type `{Self}`",
    label = "the type cannot be inferred, has no JSON schema, or cannot be deserialized",
    note = "if the type is `!`, name the type: `with_structured_output::<Person>()`",
    note = "to use the type, add `#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Chunked)]`, or use `impl_at_once!` instead of `Chunked`"
)]
pub trait StructuredOutput: JsonSchema + FromAnswer {}

#[diagnostic::do_not_recommend]
impl<T: JsonSchema + FromAnswer> StructuredOutput for T {}

impl ChatModel {
    /// Creates a step that converts a prompt to an answer of type `T`.
    ///
    /// `T` is inferred from the next step or from the caller. The request asks for JSON with [the
    /// schema of the type](ResponseFormat::JsonSchema), and [`json`] deserializes the answer. In
    /// the schema, all fields are required and additional fields are not allowed, because providers
    /// demand this. The schema contains the doc comments of the type and its fields, so the model
    /// reads them.
    ///
    /// The model writes the fields in the order of the struct. To let the model reason before it
    /// decides, put a field for the reasoning before the field for the result.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use schemars::JsonSchema;
    /// use serde::{Deserialize, Serialize};
    ///
    /// /// A city of our time.
    /// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    /// struct City {
    ///     name: String,
    ///     /// How many people live there.
    ///     people: u64,
    /// }
    /// runnable_core::impl_at_once!(City);
    ///
    /// async fn largest(model: ChatModel, country: &str) -> Result<City> {
    ///     let ask = prompt("What is the largest city of {country}?");
    ///     ask.pipe(model.with_structured_output()).invoke(dict! { country: country }).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of the model, and the errors of [`json`]:
    ///
    /// - [`ErrorKind::Parse`](runnable_core::ErrorKind::Parse) if the answer cannot be deserialized
    ///   as a `T`;
    /// - [`ErrorKind::ContentFilter`](runnable_core::ErrorKind::ContentFilter) if the model refused
    ///   to answer.
    pub fn with_structured_output<T>(self) -> Sequence<Self, JsonParser<T>>
    where
        T: StructuredOutput,
    {
        self.with_schema_of::<T>().pipe(json())
    }

    /// Creates a step that converts a prompt to an answer of type `T`, and also returns the
    /// original answer.
    ///
    /// Use this method instead of [`with_structured_output`](Self::with_structured_output) to read
    /// the token usage of each answer, or to continue with an answer that cannot be deserialized. A
    /// stream yields the chunks of the answer as they arrive, and then the value.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use schemars::JsonSchema;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    /// struct City {
    ///     name: String,
    /// }
    /// runnable_core::impl_at_once!(City);
    ///
    /// async fn largest(model: ChatModel) -> Result<()> {
    ///     let ask = model.with_structured_output_and_raw::<City>();
    ///     let answer = ask.invoke("What is the largest city of Chad?").await?;
    ///
    ///     match answer.parsed {
    ///         Ok(city) => println!("{}", city.name),
    ///         Err(error) => println!("{error}: the model wrote {}", answer.raw.text()),
    ///     }
    ///     println!("tokens: {}", answer.raw.usage.unwrap_or_default().total_tokens);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of the model. The step does not fail if the model refuses to answer, or
    /// if the answer cannot be deserialized. The error is then in
    /// [`StructuredAnswer::parsed`](crate::parser::StructuredAnswer::parsed).
    #[doc(alias = "include_raw")]
    pub fn with_structured_output_and_raw<T>(self) -> Sequence<Self, StructuredParser<T>>
    where
        T: StructuredOutput,
    {
        self.with_schema_of::<T>().pipe(json().with_raw())
    }

    /// Sets the response format to JSON with the schema of `T`.
    fn with_schema_of<T: JsonSchema>(self) -> Self {
        self.response_format(ResponseFormat::of::<T>())
    }
}
