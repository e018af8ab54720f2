//! The step that runs one tool call of an answer.

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, stream};
use runnable_core::{
    ChunkStream, Chunked, Error, ErrorKind, InputStream, Links, Result, RunContext, Runnable, Runs,
    StepInfo, Structure,
};
use serde_json::Value;

use super::{Tool, ToolOutput};
use crate::{ToolMessage, interceptor::intercepted, run_kind::TOOL};

/// A step that runs one tool call of an answer. Created by
/// [`Toolbox::call_steps`](super::Toolbox::call_steps).
///
/// Its input is the arguments of the call. The metadata of its run contains the ID of the call as
/// `tool_call_id`. If the tool is unknown or the call is invalid, the step still has a run, and the
/// run fails. Without this run, the events would not show what the model requested.
///
/// # Errors
///
/// Returns the errors of the tool, and
///
/// - [`NotFound`](ErrorKind::NotFound) if the tool is unknown;
/// - [`Parse`](ErrorKind::Parse) if the call is invalid;
/// - [`Panic`](ErrorKind::Panic) if the tool panics.
#[derive(Clone, Debug)]
#[must_use = "a tool call does nothing until it is run"]
pub struct ToolCallStep {
    pub(super) id: Option<String>,
    /// The name of the tool in the call. `None` if the call has no name.
    pub(super) name: Option<String>,
    pub(super) tool: Result<Tool, Refusal>,
}

impl ToolCallStep {
    /// Returns the name of the tool, as the model wrote it. `None` if the call has no name.
    pub fn tool_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the ID of the call, if the call has one.
    pub fn call_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Converts the result of the call to the message for the model. An error that the model can
    /// correct becomes a [`ToolMessage::error`].
    ///
    /// # Errors
    ///
    /// Returns the error if the model cannot correct it. [`Toolbox`](super::Toolbox) lists the
    /// kinds of these errors.
    pub fn to_message(&self, result: Result<ToolOutput>) -> Result<ToolMessage> {
        let id = self.id.clone().unwrap_or_default();
        let message = match result {
            Ok(output) => output.into_message(id),
            Err(error) if is_for_the_program(&error) => return Err(error),
            Err(error) => ToolMessage::error(id, error.message()),
        };
        Ok(match &self.name {
            Some(name) => message.with_name(name),
            None => message,
        })
    }
}

/// Returns `true` for errors that the model cannot correct.
fn is_for_the_program(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Authentication
            | ErrorKind::PermissionDenied
            | ErrorKind::Cancelled
            | ErrorKind::ReplayMismatch
            | ErrorKind::RecursionLimit
            | ErrorKind::SpendingLimit
    )
}

/// The error of a tool call that cannot be run.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) kind: ErrorKind,
    pub(super) message: String,
}

impl Refusal {
    fn error(&self) -> Error {
        Error::new(self.kind, self.message.clone())
    }
}

#[deny(clippy::missing_trait_methods)]
impl Runnable for ToolCallStep {
    type Input = Value;
    type Output = ToolOutput;

    async fn run(&self, args: Value, cx: RunContext) -> Result<ToolOutput> {
        // Use the interceptor before the checks of the toolbox, because a recording also contains
        // the calls that the toolbox refused.
        if let Some(result) = intercepted(&cx, &args) {
            return result.await;
        }
        match &self.tool {
            Ok(tool) => {
                // Catch the panic here, because the model can react to a tool that panicked, and
                // because the other calls of the answer must not be affected.
                let call = AssertUnwindSafe(async { tool.call(args, cx).await }).catch_unwind();
                call.await.unwrap_or_else(|panic| Err(Error::from_panic("the tool", &*panic)))
            }
            Err(refusal) => Err(refusal.error()),
        }
    }

    fn run_stream(&self, args: Value, cx: RunContext) -> ChunkStream<ToolOutput> {
        let step = self.clone();
        let result = async move { step.run(args, cx).await.map(Chunked::into_chunk) };
        ChunkStream::new(stream::once(result.boxed()))
    }

    fn run_transform(&self, args: InputStream<Value>, cx: RunContext) -> ChunkStream<ToolOutput> {
        let step = self.clone();
        args.concat_then(move |whole| step.run_stream(whole, cx))
    }

    fn info(&self) -> StepInfo {
        let info = match &self.tool {
            Ok(tool) => tool.info(),
            Err(_) => {
                let name = self.name.clone().unwrap_or_else(|| "unnamed".to_owned());
                StepInfo::new(name).with_kind(TOOL).without_chunk_events()
            }
        };
        match &self.id {
            Some(id) => info.with_metadata("tool_call_id", id.clone()),
            None => info,
        }
    }

    fn structure(&self) -> Structure {
        match &self.tool {
            Ok(tool) => tool.structure(),
            Err(_) => Structure::Step,
        }
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
