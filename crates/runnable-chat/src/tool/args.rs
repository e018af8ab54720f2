//! The arguments of a tool, as a Rust type.

use schemars::JsonSchema;

use super::ToolDefinition;
use crate::schema::{arguments_of, description_of, name_of};

/// The arguments of a tool: every type that has a JSON schema.
///
/// For a tool without a function here: one that is called elsewhere, or whose arguments are all
/// that is wanted of the model.
///
/// ```
/// use runnable_chat::{prelude::*, tool::ToolArgs};
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// /// Asks the user to choose.
/// #[derive(Deserialize, JsonSchema)]
/// struct Choose {
///     question: String,
///     options: Vec<String>,
/// }
///
/// assert_eq!(Choose::definition().name, "Choose");
/// assert_eq!(Choose::definition().description, "Asks the user to choose.");
///
/// async fn choice(model: ChatModel, conversation: PromptValue) -> Result<Option<Choose>> {
///     let answer = model.tools([Choose::definition()]).invoke(conversation).await?;
///     answer.tool_calls().next().map(ToolCall::parse_args).transpose()
/// }
/// ```
pub trait ToolArgs: JsonSchema {
    /// What a model is told of the tool: called as the type, and described as its documentation
    /// does.
    fn definition() -> ToolDefinition
    where
        Self: Sized,
    {
        let schema = arguments_of::<Self>();
        let description = description_of(&schema).unwrap_or_default();
        ToolDefinition::new(name_of::<Self>(), description, schema)
    }
}

impl<T: JsonSchema> ToolArgs for T {}
