//! Tools that are created from functions.

use std::{fmt, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use runnable_core::{Error, ErrorKind, Result, RunContext, Runnable, StepInfo};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{ToolDefinition, ToolInput, ToolOutput, ToolReturn};
use crate::{from_json::from_json, interceptor::intercepted, run_kind::TOOL, schema::arguments_of};

/// Creates a tool from an async function.
///
/// The first parameter of the function is a struct with the arguments, or `()` for a tool without
/// arguments. The model reads the JSON schema of the struct, which includes the doc comments. The
/// function can return any type that serializes to JSON, or a [`ToolOutput`] with content blocks or
/// an artifact.
///
/// If the tool is also a step of a chain, and the next step needs the Rust type of the result, use
/// a [`typed_tool`](super::typed_tool).
///
/// The second parameter is the [`RunContext`] of the tool's run. If the function calls other steps
/// with this context, the runs of those steps are child runs of the tool's run.
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
/// The step returns [`ErrorKind::InvalidInput`] if the arguments do not match the function's type.
/// The message names the argument. It also returns the errors of the function.
#[doc(alias("StructuredTool", "BaseTool"))]
pub fn tool<F, A, Fut, O>(name: impl Into<String>, description: impl Into<String>, f: F) -> Tool
where
    F: Fn(A, RunContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<O>> + Send + 'static,
    A: ToolInput,
    O: Serialize + 'static,
{
    let definition = ToolDefinition::new(name, description, arguments_of::<A>());
    from_parts(definition, arguments, <Result<O>>::into_output, f)
}

/// Creates a tool from a function, and from the functions that convert its argument and result.
/// Both also take the name of the tool, for their errors.
pub(super) fn from_parts<A: 'static, F, Fut>(
    definition: ToolDefinition,
    read: fn(&str, &Value) -> Result<A>,
    convert: fn(Fut::Output, &str) -> Result<ToolOutput>,
    f: F,
) -> Tool
where
    F: Fn(A, RunContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: 'static> + Send + 'static,
{
    let name = definition.name.clone();
    Tool::new(definition, move |args: Value, cx| {
        let (call, name) = (read(&name, &args).map(|args| f(args, cx)), name.clone());
        async move { convert(call?.await, &name) }
    })
}

/// Deserializes the arguments of a call.
pub(super) fn arguments<A: DeserializeOwned>(name: &str, args: &Value) -> Result<A> {
    read(args).map_err(|reason| {
        let message = format!("invalid arguments for tool `{name}`: {reason}");
        Error::new(ErrorKind::InvalidInput, message)
    })
}

/// Deserializes arguments. An empty object is accepted as `()`, because models write an empty
/// object for a tool without arguments.
fn read<A: DeserializeOwned>(args: &Value) -> Result<A, String> {
    from_json(args).or_else(|reason| match args {
        Value::Object(fields) if fields.is_empty() => {
            from_json(&Value::Null).map_err(|_: String| reason)
        }
        _ => Err(reason),
    })
}

/// A tool that a model can call. As a step, it converts JSON arguments to a JSON result. Created by
/// [`tool`].
///
/// A clone is a handle to the same tool. A [`toolbox`](super::toolbox()) combines several tools
/// into a step that runs all tool calls of an answer.
#[doc(alias("StructuredTool", "BaseTool"))]
#[derive(Clone)]
#[must_use = "a tool does nothing until it is called"]
pub struct Tool {
    definition: Arc<ToolDefinition>,
    f: Arc<Function>,
}

type Function = dyn Fn(Value, RunContext) -> BoxFuture<'static, Result<ToolOutput>> + Send + Sync;

impl Tool {
    /// Creates a tool from a definition and a function of JSON arguments.
    ///
    /// Use this constructor for a tool whose definition is known only at run time, such as a tool
    /// of an MCP server. The function receives the arguments exactly as the model wrote them, and
    /// returns JSON, a text or a [`ToolOutput`].
    ///
    /// ```
    /// use runnable_chat::{prelude::*, tool::ToolDefinition};
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let parameters = json!({"type": "object"});
    /// let definition = ToolDefinition::new("echo", "Returns its arguments.", parameters);
    /// let echo = Tool::new(definition, |args, _| async move { Ok(args) });
    ///
    /// assert_eq!(echo.invoke(json!({"a": 1})).await?, json!({"a": 1}));
    /// # Ok(())
    /// # }
    /// ```
    pub fn new<F, Fut, O>(definition: ToolDefinition, f: F) -> Self
    where
        F: Fn(Value, RunContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O>> + Send + 'static,
        O: Into<ToolOutput>,
    {
        let f = Arc::new(move |args: Value, cx: RunContext| {
            let call = f(args, cx);
            async move { call.await.map(Into::into) }.boxed()
        });
        Self { definition: definition.into(), f }
    }

    /// Sets whether the provider enforces the schema of the arguments, if it can. The default is
    /// `false`.
    ///
    /// With `true`, the schema is rewritten: every argument is required, and additional arguments
    /// are not allowed.
    pub fn strict(mut self, strict: bool) -> Self {
        Arc::make_mut(&mut self.definition).set_strict(strict);
        self
    }

    /// Returns the name of the tool.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// Calls the function without an interceptor.
    pub(super) fn call(
        &self,
        args: Value,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<ToolOutput>> {
        (self.f)(args, cx)
    }

    /// Returns the definition that is sent to the model.
    #[doc(alias = "tool_call_schema")]
    pub fn definition(&self) -> &ToolDefinition {
        &self.definition
    }
}

impl Runnable for Tool {
    type Input = Value;
    type Output = Value;

    async fn run(&self, args: Value, cx: RunContext) -> Result<Value> {
        match intercepted(&cx, &args) {
            Some(result) => result.await,
            None => self.call(args, cx).await.map(ToolOutput::into_value),
        }
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
