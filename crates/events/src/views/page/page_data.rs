//! [`PageData`]: the data of the page.

use runnable_chat::pricing::Prices;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    number::since_1970,
    page_finding::{PageFinding, findings_of},
    page_run::PageRun,
    payload_pool::PayloadPool,
};
use crate::{RunState, Trace, TraceRun};

/// The data of the page. `README.md` describes the fields.
#[derive(Serialize)]
pub(super) struct PageData<'a> {
    v: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<f64>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    facts: &'a Map<String, Value>,
    events: u64,
    runs: Vec<PageRun<'a>>,
    findings: Vec<PageFinding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Before<'a>>,
    payloads: &'a [Value],
}

/// The recording with which the page compares.
#[derive(Serialize)]
pub(super) struct Before<'a> {
    title: &'a str,
    runs: Vec<PageRun<'a>>,
}

/// What the data is made from.
pub(super) struct Sources<'a> {
    pub(super) trace: &'a Trace,
    pub(super) title: Option<&'a str>,
    pub(super) facts: &'a Map<String, Value>,
    pub(super) before: Option<(&'a str, &'a Trace)>,
    pub(super) prices: &'a Prices,
}

impl<'a> PageData<'a> {
    pub(super) fn new(sources: &Sources<'a>, pool: &'a mut PayloadPool) -> Self {
        let runs = runs_of(sources.trace, sources.prices, pool);
        let before = sources
            .before
            .map(|(title, trace)| Before { title, runs: runs_of(trace, sources.prices, pool) });
        Self {
            v: 1,
            title: sources.title,
            at: sources.trace.started().map(since_1970),
            facts: sources.facts,
            events: sources.trace.event_count(),
            runs,
            findings: findings_of(sources.trace),
            before,
            payloads: pool.values(),
        }
    }
}

fn runs_of<'a>(trace: &'a Trace, prices: &Prices, pool: &mut PayloadPool) -> Vec<PageRun<'a>> {
    // A run of a model that contains another run of a model costs nothing itself.
    let mut costs: Vec<Option<String>> = vec![None; trace.runs().len()];
    for call in trace.roots().flat_map(|root| trace.model_calls(root)) {
        if let Some(cost) = costs.get_mut(call.number()) {
            *cost = cost_of(call, prices);
        }
    }
    let runs = trace.runs().iter().zip(costs);
    runs.map(|(run, cost)| PageRun::new(run, trace, cost, pool)).collect()
}

/// Returns the cost of a call of a model in dollars. `None` if the call costs nothing: if it failed
/// before the model used tokens.
fn cost_of(call: &TraceRun, prices: &Prices) -> Option<String> {
    match call.cost(prices) {
        Ok(cost) => Some(cost.to_decimal()),
        Err(_) if call.usage.is_none() && call.state != RunState::Completed => None,
        Err(_) => Some("unknown".to_owned()),
    }
}
