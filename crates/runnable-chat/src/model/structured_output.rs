//! Answers of a Rust type.

use runnable_core::{RunnableExt, combinators::Sequence};
use schemars::JsonSchema;

use super::{ChatModel, ResponseFormat};
use crate::{
    parser::{FromAnswer, JsonParser, StructuredParser, json},
    schema::{closed, description_of, name_of, schema_of},
};

impl ChatModel {
    /// A step from a prompt to a value of the type that is wanted: by the next step, or by who
    /// calls.
    ///
    /// The model is asked for [JSON of the type's schema](ResponseFormat::JsonSchema), in which
    /// every object has all of its fields, and no others, as providers want it; the documentation
    /// of the type and its fields tells the model what they mean. The answer is read by [`json`].
    ///
    /// The fields keep the order of the struct, and a model answers in this order: a field for its
    /// reasoning belongs before the field for its result.
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
    /// Those of the model and of [`json`]: [`ErrorKind::Parse`](runnable_core::ErrorKind::Parse)
    /// when the answer does not fit the type,
    /// [`ErrorKind::ContentFilter`](runnable_core::ErrorKind::ContentFilter) when the model refused
    /// to answer.
    pub fn with_structured_output<T>(self) -> Sequence<Self, JsonParser<T>>
    where
        T: JsonSchema + FromAnswer,
    {
        self.asked_for::<T>().pipe(json())
    }

    /// Creates a step from a prompt to a value of the type that is wanted, beside the answer of the
    /// model and the reason why there is no value.
    ///
    /// Use it instead of [`with_structured_output`](Self::with_structured_output) to know what each answer
    /// cost, or to go on from an answer that does not fit. Streamed, the pieces of the answer come as
    /// the model gives them, and the value after the last.
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
    /// The errors of the model. An answer that does not fit the type, and a refusal, are in
    /// [`StructuredAnswer::parsed`](crate::parser::StructuredAnswer::parsed).
    #[doc(alias = "include_raw")]
    pub fn with_structured_output_and_raw<T>(self) -> Sequence<Self, StructuredParser<T>>
    where
        T: JsonSchema + FromAnswer,
    {
        self.asked_for::<T>().pipe(json().with_raw())
    }

    /// This model, asked for JSON of the type's schema.
    fn asked_for<T: JsonSchema>(self) -> Self {
        let schema = closed(schema_of::<T>());
        let description = description_of(&schema);
        let mut format = super::ResponseSchema::new(name_of::<T>(), schema);
        format.description = description;
        self.response_format(ResponseFormat::JsonSchema(format))
    }
}
