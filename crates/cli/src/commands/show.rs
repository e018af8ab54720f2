//! `runnable show`: prints the tree of runs.

use std::ptr;

use runnable::{
    events::{RunState, Trace, TraceRun},
    pricing::Prices,
};
use serde_json::{Value, json};

use crate::{
    arguments::{Color, Show},
    exit::{Outcome, Result},
    input, output,
};

pub(super) fn run(arguments: &Show, color: Color) -> Result {
    let trace = input::trace(&arguments.recorded)?;
    if arguments.json {
        let prices = Prices::shipped();
        output::print(|out| {
            for run in trace.runs() {
                writeln!(out, "{}", as_json(run, &trace, &prices))?;
            }
            Ok(())
        })?;
        return Ok(Outcome::Success);
    }
    let prices = Prices::shipped();
    let tree = trace.tree().prices(&prices).findings(true);
    let mut tree = tree.colors(color.on_stdout()).values(arguments.values);
    if let Some(width) = arguments.width {
        tree = tree.width(width.get());
    }
    output::print(|out| write!(out, "{tree}"))?;
    Ok(Outcome::Success)
}

/// Returns a run as one JSON object. Times are milliseconds since the start of the trace.
///
/// Only the call of a model has a cost, in dollars, or the reason why its cost is unknown. The sum
/// of the costs of all runs is therefore the cost of the recording.
fn as_json(run: &TraceRun, trace: &Trace, prices: &Prices) -> Value {
    let call = trace.model_calls(run).next().filter(|call| ptr::eq(*call, run));
    let cost = call.map(|call| call.cost(prices));
    let cause = match &run.state {
        RunState::Cancelled { cause } => cause.as_ref(),
        _ => None,
    };
    json!({
        "id": run.id,
        "parent_id": trace.parent(run).map(|parent| &parent.id),
        "name": run.name,
        "kind": run.kind,
        "position": run.position,
        "tags": run.tags,
        "state": run.state.as_str(),
        "start_ms": run.start.as_secs_f64() * 1e3,
        "end_ms": run.end.map(|end| end.as_secs_f64() * 1e3),
        "first_chunk_ms": run.first_chunk.map(|first| first.as_secs_f64() * 1e3),
        "chunks": run.chunk_count,
        "input": run.input,
        "output": run.output,
        "error": run.state.error(),
        "cause": cause,
        "model": run.model,
        "provider": run.provider,
        "usage": run.usage,
        "cost": cost.and_then(|cost| cost.ok()),
        "unknown_cost": cost.and_then(|cost| cost.err()),
    })
}
