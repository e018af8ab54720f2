//! The step that runs the tool calls of an answer.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream::FuturesOrdered};
use runnable_core::{
    ChildPosition, ChunkStream, Error, ErrorKind, Graph, Result, RunContext, Runnable, RunnableExt,
    StepInfo, Structure,
};
use serde_json::Value;

use super::{
    Tool,
    call_step::{Refusal, ToolCallStep},
};
use crate::{
    AiMessage, ToolCall, ToolMessage,
    message::{ContentBlock, InvalidToolCall},
};

/// Creates a step that runs the tool calls of an answer, and returns a [`ToolMessage`] for each
/// call.
///
/// ```
/// use runnable_chat::prelude::*;
/// # use schemars::JsonSchema;
/// # use serde::Deserialize;
/// # #[derive(Deserialize, JsonSchema)]
/// # struct Add { a: i64, b: i64 }
/// # fn add() -> Tool {
/// #     tool("add", "Adds two numbers.", |Add { a, b }, _| async move { Ok(a + b) })
/// # }
///
/// /// Calls the model until it requests no more tool calls.
/// async fn answer(model: ChatModel, question: &str) -> Result<String> {
///     let tools = toolbox([add()]);
///     let model = model.tools(&tools);
///     let mut conversation = PromptValue::from(question);
///     loop {
///         let answer = model.invoke(&conversation).await?;
///         let results = tools.invoke(&answer).await?;
///         if results.is_empty() {
///             return Ok(answer.into_text());
///         }
///         conversation.push(answer);
///         conversation.extend(results);
///     }
/// }
/// ```
#[doc(alias("ToolNode", "tools"))]
pub fn toolbox(tools: impl IntoIterator<Item = Tool>) -> Toolbox {
    Toolbox { tools: tools.into_iter().collect() }
}

/// A set of tools. As a step, it runs the tool calls of an answer and returns their results.
/// Created by [`toolbox`].
///
/// The calls run in parallel. Each call has a run, and the metadata of the run contains the ID of
/// the call as `tool_call_id`. A stream yields the results in the order of the calls. It yields a
/// result as soon as this result and all earlier results are complete. The model reads a string
/// result unchanged, and any other result as JSON.
///
/// For an error that the model can correct, the step returns a [`ToolMessage::error`] for the
/// model. Such errors are an unknown tool, invalid or truncated arguments, and most errors of the
/// tools. A panic of a tool is such an error, too: its message is the text of the result, and the
/// other calls continue.
///
/// # Errors
///
/// If an error occurs that the model cannot correct, the step fails. It returns
///
/// - [`Authentication`](ErrorKind::Authentication),
///   [`PermissionDenied`](ErrorKind::PermissionDenied), [`Cancelled`](ErrorKind::Cancelled),
///   [`ReplayMismatch`](ErrorKind::ReplayMismatch), [`SpendingLimit`](ErrorKind::SpendingLimit) or
///   [`RecursionLimit`](ErrorKind::RecursionLimit) if a tool fails with this kind;
/// - [`InvalidInput`](ErrorKind::InvalidInput) if two tools have the same name.
#[doc(alias("ToolNode", "BaseToolkit"))]
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Toolbox {
    tools: Arc<[Tool]>,
}

impl Toolbox {
    /// Returns an iterator over the tools, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Tool> {
        self.tools.iter()
    }

    /// Returns the tool with this name.
    #[doc(alias = "tools_by_name")]
    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.iter().find(|tool| tool.name() == name)
    }

    /// Returns a step for each tool call of an answer, with the arguments of the call, in the order
    /// of the calls.
    ///
    /// Use it in your own tool loop, for example to add a time limit to a call, or to run the calls
    /// in another order.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let clock = tool("clock", "Tells the time.", |(): (), _| async { Ok("noon") });
    /// let answer = AiMessage::new("").with_block(ToolCall::new("call_1", "clock", json!({})));
    ///
    /// for (step, args) in toolbox([clock]).call_steps(answer)? {
    ///     let result = step.invoke(args).await;
    ///     assert_eq!(step.to_message(result)?.text(), "noon");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`InvalidInput`](ErrorKind::InvalidInput) if two tools have the same name.
    pub fn call_steps(&self, answer: impl Into<AiMessage>) -> Result<Vec<(ToolCallStep, Value)>> {
        self.check()?;
        let steps = answer.into().content.into_iter().filter_map(|block| match block {
            ContentBlock::ToolCall(call) => Some(self.run_of(call)),
            ContentBlock::InvalidToolCall(call) => Some(invalid_call(call)),
            _ => None,
        });
        Ok(steps.collect())
    }

    /// Checks that each tool has its own name, as [`call_steps`](Self::call_steps) does.
    ///
    /// Use it in your own tool loop to report the error before the first request.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// let clock = tool("clock", "Tells the time.", |(): (), _| async { Ok("noon") });
    /// assert!(toolbox([clock.clone()]).check().is_ok());
    /// let error = toolbox([clock.clone(), clock]).check().unwrap_err();
    /// assert_eq!(error.message(), "duplicate tool name `clock`; rename one of the tools");
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`InvalidInput`](ErrorKind::InvalidInput) if two tools have the same name.
    pub fn check(&self) -> Result<()> {
        let earlier = |at: usize| self.tools[..at].iter().map(Tool::name);
        let is_duplicate = |at: usize, tool: &Tool| earlier(at).any(|name| name == tool.name());
        match self.iter().enumerate().find(|(at, tool)| is_duplicate(*at, tool)) {
            None => Ok(()),
            Some((_, tool)) => {
                let message =
                    format!("duplicate tool name `{}`; rename one of the tools", tool.name());
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
        }
    }

    /// Returns the step that runs a call, and the arguments of the call.
    fn run_of(&self, call: ToolCall) -> (ToolCallStep, Value) {
        let tool = self.get(&call.name).cloned().ok_or_else(|| Refusal {
            kind: ErrorKind::NotFound,
            message: self.unknown_tool(&call.name),
        });
        (ToolCallStep { id: call.id, name: Some(call.name), tool }, call.args)
    }

    /// Returns the error message for an unknown tool. The model reads this message.
    fn unknown_tool(&self, name: &str) -> String {
        let known: Vec<_> = self.iter().map(|tool| format!("`{}`", tool.name())).collect();
        if known.is_empty() {
            format!("unknown tool `{name}`: no tools are available")
        } else {
            format!("unknown tool `{name}`: expected one of {}", known.join(", "))
        }
    }
}

/// Returns a step that fails with the error of an invalid call, and the unchanged text of the
/// call's arguments.
fn invalid_call(call: InvalidToolCall) -> (ToolCallStep, Value) {
    let message = call.error.unwrap_or_else(|| "invalid tool call".into());
    let refusal = Refusal { kind: ErrorKind::Parse, message };
    let args = call.args.map_or(Value::Null, Value::String);
    (ToolCallStep { id: call.id, name: call.name, tool: Err(refusal) }, args)
}

/// Runs a call, and returns the message for the model. A panic of a tool fails only its call.
async fn result_of(step: ToolCallStep, args: Value, cx: RunContext) -> Result<ToolMessage> {
    let result = cx.child(ChildPosition::Untagged).invoke(&step, args).await;
    step.to_message(result)
}

impl Runnable for Toolbox {
    type Input = AiMessage;
    type Output = Vec<ToolMessage>;

    async fn run(&self, answer: AiMessage, cx: RunContext) -> Result<Vec<ToolMessage>> {
        self.run_stream(answer, cx).concat().await
    }

    fn run_stream(&self, answer: AiMessage, cx: RunContext) -> ChunkStream<Vec<ToolMessage>> {
        let steps = match self.call_steps(answer) {
            Ok(steps) => steps,
            Err(error) => return ChunkStream::error(error),
        };
        // Start all tool calls. The concurrency limit of the enclosing call (`max_concurrency`)
        // limits how many tools run at the same time.
        let results: FuturesOrdered<_> =
            steps.into_iter().map(|(step, args)| result_of(step, args, cx.clone())).collect();
        ChunkStream::new(results.map_ok(|message| vec![message]).boxed())
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("tools")
    }

    fn structure(&self) -> Structure {
        let choice = |tool: &Tool| (tool.name().to_owned(), tool.graph());
        Structure::Choice(self.iter().map(choice).collect::<Vec<(String, Graph)>>())
    }
}

impl<'a> IntoIterator for &'a Toolbox {
    type Item = &'a Tool;
    type IntoIter = std::slice::Iter<'a, Tool>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
