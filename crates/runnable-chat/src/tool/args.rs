//! Tool definitions from the Rust type of a tool's arguments.

use schemars::JsonSchema;

use super::ToolDefinition;
use crate::schema::{arguments_of, description_of, name_of};

/// A type that describes the arguments of a tool. Every type with a JSON schema implements this
/// trait.
///
/// Use this trait for a tool that has no function in this program, for example because the tool
/// runs elsewhere, or because the program only needs the arguments.
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
#[doc(alias = "args_schema")]
pub trait ToolArgs: JsonSchema {
    /// Returns the definition of the tool. The name of the tool is the name of the type, and the
    /// description of the tool is the doc comment of the type.
    #[doc(alias = "convert_to_openai_tool")]
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
