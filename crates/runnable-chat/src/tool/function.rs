//! A tool made of a function.

use std::{fmt, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use runnable_core::{Error, ErrorKind, Result, RunContext, Runnable, StepInfo};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::ToolDefinition;
use crate::{from_json::from_json, run_kind::TOOL, schema::arguments_of};

/// Makes a tool of an async function. Its arguments are a struct, whose schema and documentation
/// tell the model what they mean, or `()`; its result is any value that serialises.
///
/// The result is JSON, for a model to read. A tool that is also a step of a chain, whose result keeps
/// its type, is a [`typed_tool`](super::typed_tool).
///
/// The function gets the [`RunContext`] of its run, for calls of other steps to hang below it.
///
/// ```
/// use runnable_chat::prelude::*;
/// use schemars::JsonSchema;
/// use serde::Deserialize;
/// use serde_json::json;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Add {
///     a: i64,
///     b: i64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let add = tool("add", "Adds two numbers.", |Add { a, b }, _| async move { Ok(a + b) });
///
/// assert_eq!(add.invoke(json!({"a": 1, "b": 2})).await?, 3);
/// # Ok(())
/// # }
/// # fn model(model: ChatModel, add: &Tool) -> ChatModel {
/// let model = model.tools([add]);
/// # model
/// # }
/// ```
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] with the name of the argument when the arguments are not those of
/// the function, and the errors of the function.
pub fn tool<F, A, Fut, O>(name: impl Into<String>, description: impl Into<String>, f: F) -> Tool
where
    F: Fn(A, RunContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<O>> + Send + 'static,
    A: JsonSchema + DeserializeOwned,
    O: Serialize,
{
    let definition = ToolDefinition::new(name, description, arguments_of::<A>());
    let name = definition.name.clone();
    Tool::new(definition, move |args: Value, cx| {
        let (called, name) = (arguments(&name, &args).map(|args| f(args, cx)), name.clone());
        async move { result(&name, called?.await?) }
    })
}

/// Reads the arguments of a call.
pub(super) fn arguments<A: DeserializeOwned>(name: &str, args: &Value) -> Result<A> {
    read(args).map_err(|wrong| {
        let what = format!("these are no arguments of the tool `{name}`: {wrong}");
        Error::new(ErrorKind::InvalidInput, what)
    })
}

/// Writes the result of a call.
pub(super) fn result(name: &str, result: impl Serialize) -> Result<Value> {
    serde_json::to_value(result).map_err(|error| {
        let what = format!("the result of the tool `{name}` cannot be JSON: {error}");
        Error::new(ErrorKind::Other, what).with_source(error)
    })
}

/// No arguments are an empty object, and to Rust they are `()`.
fn read<A: DeserializeOwned>(args: &Value) -> Result<A, String> {
    from_json(args).or_else(|wrong| match args {
        Value::Object(fields) if fields.is_empty() => {
            from_json(&Value::Null).map_err(|_: String| wrong)
        }
        _ => Err(wrong),
    })
}

/// A tool that a model may want to be called: a step from arguments to a result, both JSON. Made by
/// [`tool`].
///
/// A clone is a handle on the same tool. [`toolbox`](super::toolbox) makes a step of several, which
/// makes all the calls of an answer.
#[derive(Clone)]
#[must_use = "a tool does nothing until it is called"]
pub struct Tool {
    definition: Arc<ToolDefinition>,
    f: Arc<dyn Fn(Value, RunContext) -> BoxFuture<'static, Result<Value>> + Send + Sync>,
}

impl Tool {
    /// A tool whose arguments are known at run time only, such as one of another program: the
    /// function gets them as they are.
    pub fn new<F, Fut>(definition: ToolDefinition, f: F) -> Self
    where
        F: Fn(Value, RunContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value>> + Send + 'static,
    {
        let f = Arc::new(move |args: Value, cx: RunContext| f(args, cx).boxed());
        Self { definition: definition.into(), f }
    }

    /// Sets whether the provider enforces the schema of the arguments, if it can. The default is
    /// `false`.
    ///
    /// With `true`, every argument is required, and additional ones are refused.
    pub fn strict(mut self, strict: bool) -> Self {
        Arc::make_mut(&mut self.definition).set_strict(strict);
        self
    }

    /// The name of the tool.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// What a model is told of the tool.
    pub fn definition(&self) -> &ToolDefinition {
        &self.definition
    }
}

impl Runnable for Tool {
    type Input = Value;
    type Output = Value;

    async fn run(&self, args: Value, cx: RunContext) -> Result<Value> {
        (self.f)(args, cx).await
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name().to_owned()).with_kind(TOOL).without_chunk_events()
    }
}

impl From<&Tool> for ToolDefinition {
    fn from(tool: &Tool) -> Self {
        tool.definition().clone()
    }
}

impl From<Tool> for ToolDefinition {
    fn from(tool: Tool) -> Self {
        Arc::unwrap_or_clone(tool.definition)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tool").field(&self.definition).finish()
    }
}
