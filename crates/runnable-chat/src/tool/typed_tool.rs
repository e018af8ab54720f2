//! Tools that are also steps of a chain, and return the Rust type of their function.

use std::{fmt, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use runnable_core::{Chunked, Result, RunContext, Runnable, StepInfo};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Tool, ToolDefinition,
    function::{arguments, result},
};
use crate::{run_kind::TOOL, schema::arguments_of};

/// Creates a tool that is also a step of a chain. The output of the step has the result type of the
/// function.
///
/// The compiler checks that the next step accepts this type. A tool that a model calls must return
/// JSON. For a model, convert this tool with [`TypedTool::tool`], or create a tool with
/// [`tool`](super::tool()).
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
/// let add = typed_tool("add", "Adds two numbers.", |Add { a, b }, _| async move { Ok(a + b) });
/// let toolbox = toolbox([add.tool()]);
///
/// let chain = add.pipe(lambda(|sum: i64| sum * 10));
/// assert_eq!(chain.invoke(json!({"a": 1, "b": 2})).await?, 30);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The step returns [`ErrorKind::InvalidInput`](runnable_core::ErrorKind::InvalidInput) if the
/// arguments do not match the function's type. The message names the argument. It also returns the
/// errors of the function.
#[doc(alias("StructuredTool", "BaseTool"))]
pub fn typed_tool<F, A, Fut, O>(
    name: impl Into<String>,
    description: impl Into<String>,
    f: F,
) -> TypedTool<O>
where
    F: Fn(A, RunContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<O>> + Send + 'static,
    A: JsonSchema + DeserializeOwned,
    O: Chunked,
{
    let definition = ToolDefinition::new(name, description, arguments_of::<A>());
    let name = definition.name.clone();
    let f = move |args: Value, cx: RunContext| {
        let call = arguments(&name, &args).map(|args| f(args, cx));
        async move { call?.await }.boxed()
    };
    TypedTool { definition: definition.into(), f: Arc::new(f) }
}

/// A tool with a typed result. As a step, it converts JSON arguments to an `O`. Created by
/// [`typed_tool`].
///
/// A clone is a handle to the same tool.
#[doc(alias("StructuredTool", "BaseTool"))]
#[must_use = "a tool does nothing until it is called"]
pub struct TypedTool<O> {
    definition: Arc<ToolDefinition>,
    f: Arc<Function<O>>,
}

type Function<O> = dyn Fn(Value, RunContext) -> BoxFuture<'static, Result<O>> + Send + Sync;

impl<O: Chunked> TypedTool<O> {
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

    /// Returns the definition that is sent to the model.
    #[doc(alias = "tool_call_schema")]
    pub fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    /// Returns a tool with the same function that returns its result as JSON, for use in a
    /// [`toolbox`](super::toolbox()).
    pub fn tool(&self) -> Tool {
        let (name, f) = (self.name().to_owned(), Arc::clone(&self.f));
        Tool::new(self.definition().clone(), move |args, cx| {
            let (name, call) = (name.clone(), f(args, cx));
            async move { result(&name, call.await?) }
        })
    }
}

impl<O: Chunked> Runnable for TypedTool<O> {
    type Input = Value;
    type Output = O;

    async fn run(&self, args: Value, cx: RunContext) -> Result<O> {
        (self.f)(args, cx).await
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name().to_owned()).with_kind(TOOL).without_chunk_events()
    }
}

impl<O: Chunked> From<TypedTool<O>> for Tool {
    fn from(tool: TypedTool<O>) -> Self {
        tool.tool()
    }
}

impl<O: Chunked> From<&TypedTool<O>> for ToolDefinition {
    fn from(tool: &TypedTool<O>) -> Self {
        tool.definition().clone()
    }
}

impl<O> Clone for TypedTool<O> {
    fn clone(&self) -> Self {
        Self { definition: Arc::clone(&self.definition), f: Arc::clone(&self.f) }
    }
}

impl<O> fmt::Debug for TypedTool<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedTool").field(&self.definition).finish()
    }
}
