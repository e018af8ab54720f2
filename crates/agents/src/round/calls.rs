//! Runs the tool calls of an answer side by side.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{StreamExt, stream, stream::BoxStream};
use runnable_chat::{AiMessage, ToolMessage, Toolbox, tool::ToolCallStep};
use runnable_core::{ChildPosition, Result, RunContext};
use serde_json::Value;

use super::RoundChunk;
use crate::{approval::Decision, settings::Settings};

/// The results of tool calls, in the order in which the tools complete.
pub(super) type Results = BoxStream<'static, Result<RoundChunk>>;

/// Runs the tool calls of an answer, except for the calls that were rejected.
///
/// # Errors
///
/// Returns [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) if two tools have the same name.
pub(super) fn results(
    settings: &Arc<Settings>,
    tools: &Toolbox,
    number: u32,
    answer: &AiMessage,
    decisions: &BTreeMap<String, Decision>,
    cx: &RunContext,
) -> Result<Results> {
    let steps = tools.call_steps(answer)?.into_iter().enumerate();
    let calls: Vec<_> = steps
        .map(|(index, (step, args))| {
            let decision = step.call_id().and_then(|id| decisions.get(id)).cloned();
            let (settings, cx) = (Arc::clone(settings), cx.clone());
            async move {
                let message = result(&settings, step, args, decision, cx).await?;
                Ok(RoundChunk::result(number, index, message))
            }
        })
        .collect();
    Ok(stream::iter(calls).buffer_unordered(settings.max_parallel_tools).boxed())
}

/// Runs a call, unless it was rejected, and returns the message for the model.
async fn result(
    settings: &Settings,
    step: ToolCallStep,
    args: Value,
    decision: Option<Decision>,
    cx: RunContext,
) -> Result<ToolMessage> {
    if let Some(Decision::Rejected(reason)) = decision {
        let message = format!("the call was rejected, and the tool did not run: {reason}");
        let rejected = ToolMessage::error(step.call_id().unwrap_or_default(), message);
        return Ok(match step.tool_name() {
            Some(name) => rejected.with_name(name),
            None => rejected,
        });
    }
    let call = settings.policy_of(step.tool_name()).apply(step.clone());
    let output = cx.child(ChildPosition::Untagged).invoke(&call, args).await;
    step.to_message(output)
}
