//! The step that runs one tool call of an answer.

use futures_util::{FutureExt, stream};
use runnable_core::{
    ChunkStream, Chunked, Error, ErrorKind, InputStream, Links, Result, RunContext, Runnable, Runs,
    StepInfo, Structure,
};
use serde_json::Value;

use super::Tool;
use crate::{interceptor::intercepted, run_kind::TOOL};

/// A step that runs one tool call. The metadata of its run contains the ID of the call as
/// `tool_call_id`.
///
/// If the tool is unknown or the call is invalid, the step still has a run, and the run fails.
/// Without this run, the events would not show what the model requested.
#[derive(Clone, Debug)]
pub(super) struct ToolRun {
    pub(super) id: Option<String>,
    /// The name of the tool in the call. `None` if the call has no name.
    pub(super) name: Option<String>,
    pub(super) tool: Result<Tool, Refusal>,
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
impl Runnable for ToolRun {
    type Input = Value;
    type Output = Value;

    async fn run(&self, args: Value, cx: RunContext) -> Result<Value> {
        // Use the interceptor before the checks of the toolbox, because a recording also contains
        // the calls that the toolbox refused.
        if let Some(result) = intercepted(&cx, &args) {
            return result.await;
        }
        match &self.tool {
            Ok(tool) => tool.call(args, cx).await,
            Err(refusal) => Err(refusal.error()),
        }
    }

    fn run_stream(&self, args: Value, cx: RunContext) -> ChunkStream<Value> {
        let step = self.clone();
        let result = async move { step.run(args, cx).await.map(Chunked::into_chunk) };
        ChunkStream::new(stream::once(result.boxed()))
    }

    fn run_transform(&self, args: InputStream<Value>, cx: RunContext) -> ChunkStream<Value> {
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
