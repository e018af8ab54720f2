//! Instructions for a model to write JSON of a type.

use schemars::JsonSchema;

use crate::schema::{closed, schema_of};

/// Returns instructions for a prompt that ask the model to answer with JSON of type `T`.
///
/// The instructions contain the JSON schema of the type, with its doc comments. Use them for models
/// that do not support [structured output](crate::ChatModel::with_structured_output), together with
/// [`json`](super::json). The text contains braces, so pass it to the prompt as a value.
///
/// ```
/// use runnable_chat::{parser::format_instructions, prelude::*};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// struct Person {
///     /// The full name.
///     name: String,
/// }
/// runnable_core::impl_at_once!(Person);
///
/// fn extract(model: ChatModel) -> impl Runnable<Input = Dict, Output = Person> {
///     prompt((system_template("{format}"), human_template("{text}")))
///         .partial(dict! { format: format_instructions::<Person>() })
///         .pipe(model)
///         .pipe(json())
/// }
///
/// assert!(format_instructions::<Person>().contains("The full name."));
/// ```
#[doc(alias = "get_format_instructions")]
pub fn format_instructions<T: JsonSchema>() -> String {
    let schema = closed(schema_of::<T>());
    format!(
        "Answer with JSON only, without other text. The JSON must match this JSON schema:\n\
         ```json\n{schema}\n```",
        schema = schema.as_value()
    )
}
