//! Tools that are also steps of a chain, and return the Rust type of their function.

use std::{fmt, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use runnable_core::{Chunked, Error, ErrorKind, Result, RunContext, Runnable, StepInfo};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Tool, ToolDefinition, ToolInput, ToolReturn, function::arguments};
use crate::{from_json::from_json, interceptor::intercepted, run_kind::TOOL, schema::arguments_of};

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
    A: ToolInput,
    O: Chunked,
{
    let definition = ToolDefinition::new(name, description, arguments_of::<A>());
    let name = definition.name.clone();
    let f = move |args: Value, cx: RunContext| {
        let call = arguments(&name, &args).map(|args| f(args, cx));
        async move { call?.await }.boxed()
    };
    TypedTool { definition: definition.into(), f: Arc::new(f), read: refuse }
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
    /// Reads the JSON result that an interceptor has for a call. The first argument is the name of
    /// the tool.
    read: fn(&str, &Value) -> Result<O>,
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

    /// Lets a replay answer this step from a recording.
    ///
    /// Without this setting, a replay that has a result for this step fails with
    /// [`ErrorKind::InvalidInput`], because a type that does not implement `Deserialize` cannot be
    /// read from a recording. A tool in a [`toolbox`](super::toolbox()) can always be replayed.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use runnable_chat::{
    ///     interceptor::{Answer, Interceptor, OutsideCall},
    ///     prelude::*,
    /// };
    /// use schemars::JsonSchema;
    /// use serde::Deserialize;
    /// use serde_json::json;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Table {
    ///     name: String,
    /// }
    ///
    /// struct Always7;
    ///
    /// impl Interceptor for Always7 {
    ///     fn intercept(&self, _: &OutsideCall<'_>) -> Option<Answer> {
    ///         Some(Answer::output(7))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let count = |table: Table, _| async move { Ok(table.name.len()) };
    /// let count = typed_tool("count", "Counts the rows of a table.", count).replayable();
    /// let config = RunConfig::new().resource::<Arc<dyn Interceptor>>(Arc::new(Always7));
    /// assert_eq!(count.invoke(json!({"name": "users"})).config(config).await?, 7);
    /// # Ok(())
    /// # }
    /// ```
    pub fn replayable(mut self) -> Self
    where
        O: DeserializeOwned,
    {
        self.read = read;
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
            async move { call.await.into_output(&name) }
        })
    }
}

impl<O: Chunked> Runnable for TypedTool<O> {
    type Input = Value;
    type Output = O;

    async fn run(&self, args: Value, cx: RunContext) -> Result<O> {
        match intercepted::<_, Value>(&cx, &args) {
            Some(result) => (self.read)(self.name(), &result.await?),
            None => (self.f)(args, cx).await,
        }
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name().to_owned()).with_kind(TOOL).without_chunk_events()
    }
}

fn read<O: DeserializeOwned>(name: &str, result: &Value) -> Result<O> {
    from_json(result).map_err(|reason| {
        let message = format!("failed to read the replayed result of the tool `{name}`: {reason}");
        Error::new(ErrorKind::InvalidInput, message)
    })
}

/// Fails, so that a replay never calls a tool that it should have answered.
fn refuse<O>(name: &str, _: &Value) -> Result<O> {
    let message = format!(
        "failed to replay the typed tool `{name}`: its result type is not known to implement \
         `Deserialize`; add `.replayable()` to the tool"
    );
    Err(Error::new(ErrorKind::InvalidInput, message))
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
        Self { definition: Arc::clone(&self.definition), f: Arc::clone(&self.f), read: self.read }
    }
}

impl<O> fmt::Debug for TypedTool<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedTool").field(&self.definition).finish()
    }
}
