//! The calls of an answer, made.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream::FuturesOrdered};
use runnable_core::{
    ChildPosition, ChunkStream, Error, ErrorKind, Graph, Result, RunContext, Runnable, RunnableExt,
    StepInfo, Structure,
};
use serde_json::Value;

use super::{
    Tool,
    tool_run::{Refusal, ToolRun},
};
use crate::{
    AiMessage, ToolCall, ToolMessage,
    message::{ContentBlock, InvalidToolCall},
};

/// Makes a step that makes the tool calls of an answer: one message for each, in their order.
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
/// /// Asks until the model wants no more tools to be called.
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

/// Several tools: a step from an answer to the results of its tool calls. Made by [`toolbox`].
///
/// The calls run side by side, each as a run of its tool, whose metadata has the id of the call as
/// `tool_call_id`. A call that cannot be made leaves such a run too, which fails. Their results come in the order of the
/// calls, each as soon as those before it are there; a text stands as it is, everything else as
/// JSON.
///
/// What the model can mend is told to the model, by a [`ToolMessage::error`]: a tool that there is
/// not, arguments that do not fit or were cut short, and the failure of a tool, in its own words.
///
/// # Errors
///
/// What the model cannot mend ends the call: an error of a tool of kind
/// [`Authentication`](ErrorKind::Authentication), [`Permission`](ErrorKind::PermissionDenied),
/// [`Cancelled`](ErrorKind::Cancelled) or [`RecursionLimit`](ErrorKind::RecursionLimit).
/// [`InvalidInput`](ErrorKind::InvalidInput) if two tools have the same name.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Toolbox {
    tools: Arc<[Tool]>,
}

impl Toolbox {
    /// The tools, in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Tool> {
        self.tools.iter()
    }

    /// The tool of this name.
    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.iter().find(|tool| tool.name() == name)
    }

    fn check(&self) -> Result<()> {
        let earlier = |at: usize| self.tools[..at].iter().map(Tool::name);
        match self.iter().enumerate().find(|(at, tool)| earlier(*at).any(|it| it == tool.name())) {
            None => Ok(()),
            Some((_, tool)) => {
                let what = format!("two tools are called `{}`: rename one", tool.name());
                Err(Error::new(ErrorKind::InvalidInput, what))
            }
        }
    }

    /// The run that a call asks for.
    fn run_of(&self, call: ToolCall) -> (ToolRun, Value) {
        let tool = self.get(&call.name).cloned().ok_or_else(|| Refusal {
            kind: ErrorKind::NotFound,
            message: self.unknown(&call.name),
        });
        (ToolRun { id: call.id, name: Some(call.name), tool }, call.args)
    }

    fn unknown(&self, name: &str) -> String {
        let known: Vec<_> = self.iter().map(|tool| format!("`{}`", tool.name())).collect();
        match known.is_empty() {
            true => format!("there is no tool `{name}`, nor any other"),
            false => format!("there is no tool `{name}`; there are {}", known.join(", ")),
        }
    }
}

fn is_for_the_program(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Authentication
            | ErrorKind::PermissionDenied
            | ErrorKind::Cancelled
            | ErrorKind::RecursionLimit
    )
}

/// The run of a call that the model made, but that cannot be read. It has the arguments as they came.
fn unreadable(call: InvalidToolCall) -> (ToolRun, Value) {
    let message = call.error.unwrap_or_else(|| "the call cannot be read".into());
    let refusal = Refusal { kind: ErrorKind::Parse, message };
    let args = call.args.map_or(Value::Null, Value::String);
    (ToolRun { id: call.id, name: call.name, tool: Err(refusal) }, args)
}

/// What a model is told of a call.
async fn result_of(run: ToolRun, args: Value, cx: RunContext) -> Result<ToolMessage> {
    let result = cx.child(ChildPosition::Untagged).invoke(&run, args).await;
    let id = run.id.unwrap_or_default();
    let message = match result {
        Ok(Value::String(text)) => ToolMessage::new(id, text),
        Ok(value) => ToolMessage::new(id, value.to_string()),
        Err(error) if is_for_the_program(&error) => return Err(error),
        Err(error) => ToolMessage::error(id, error.message()),
    };
    Ok(match run.name {
        Some(name) => message.with_name(name),
        None => message,
    })
}

impl Runnable for Toolbox {
    type Input = AiMessage;
    type Output = Vec<ToolMessage>;

    async fn run(&self, answer: AiMessage, cx: RunContext) -> Result<Vec<ToolMessage>> {
        self.run_stream(answer, cx).concat().await
    }

    fn run_stream(&self, answer: AiMessage, cx: RunContext) -> ChunkStream<Vec<ToolMessage>> {
        if let Err(error) = self.check() {
            return ChunkStream::error(error);
        }
        let runs = answer.content.into_iter().filter_map(|block| match block {
            ContentBlock::ToolCall(call) => Some(self.run_of(call)),
            ContentBlock::InvalidToolCall(call) => Some(unreadable(call)),
            _ => None,
        });
        // As many at once as the call's budget allows, which bounds the runs of the tools.
        let results: FuturesOrdered<_> =
            runs.map(|(run, args)| result_of(run, args, cx.clone())).collect();
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
