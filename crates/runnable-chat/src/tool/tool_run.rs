//! A call of an answer, as a run of its tool.

use runnable_core::{
    ChunkStream, Error, ErrorKind, Links, Result, RunContext, Runnable, StepInfo, Structure,
};
use serde_json::Value;

use super::Tool;
use crate::run_kind::TOOL;

/// The run of one call: of the tool, or of no tool if the call cannot be made. Its metadata has the id
/// of the call, as `tool_call_id`.
///
/// A call that cannot be made leaves a run too, which fails: otherwise the events would not show what
/// the model asked for.
#[derive(Clone, Debug)]
pub(super) struct ToolRun {
    pub(super) id: Option<String>,
    /// The name of the tool in the call, if that has one.
    pub(super) name: Option<String>,
    pub(super) tool: Result<Tool, Refusal>,
}

/// Why a call is not made.
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
        match &self.tool {
            Ok(tool) => tool.run(args, cx).await,
            Err(refusal) => Err(refusal.error()),
        }
    }

    fn run_stream(&self, args: Value, cx: RunContext) -> ChunkStream<Value> {
        match &self.tool {
            Ok(tool) => tool.run_stream(args, cx),
            Err(refusal) => ChunkStream::error(refusal.error()),
        }
    }

    fn run_transform(&self, args: ChunkStream<Value>, cx: RunContext) -> ChunkStream<Value> {
        cx.concat_then(self, args)
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

    fn steps(&self) -> usize {
        1
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
