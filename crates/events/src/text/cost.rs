//! Formats the costs of runs. An unknown cost is never shown as 0.

use runnable_chat::pricing::Prices;

use crate::{Trace, TraceRun};

/// Returns the cost of a run: of the call, if it is the run of a model, or of all calls inside it,
/// if it is a root run. Returns `None` for other runs, and if no model was called.
pub(crate) fn cost_of(trace: &Trace, run: &TraceRun, prices: &Prices) -> Option<String> {
    let is_call = is_call(trace, run);
    if is_call {
        let cost = run.cost(prices);
        return Some(cost.map_or_else(|_| "cost unknown".to_owned(), |cost| cost.to_string()));
    }
    if run.depth() > 0 {
        return None;
    }
    Some(format!("total {}", cost_of_tree(trace, run, prices)?))
}

/// Returns the cost of the models in a run. Returns `None` if no model was called.
pub(crate) fn cost_of_tree(trace: &Trace, run: &TraceRun, prices: &Prices) -> Option<String> {
    trace.model_calls(run).next()?;
    let cost = trace.cost(run, prices);
    Some(match cost.unknown {
        0 => cost.total.to_string(),
        _ if cost.total.is_zero() => "cost unknown".to_owned(),
        _ => format!("at least {}", cost.total),
    })
}

/// Returns whether a run is a call of a model.
fn is_call(trace: &Trace, run: &TraceRun) -> bool {
    trace.model_calls(run).next().is_some_and(|call| call.number() == run.number())
}
