//! [`Statistics`] of traces.

use std::collections::BTreeMap;

use runnable::{
    events::{Trace, TraceRun},
    pricing::Prices,
};
use serde::Serialize;

use super::group::{Group, GroupBuilder};

/// Statistics of the runs in several traces.
#[derive(Debug, Serialize)]
pub(crate) struct Statistics {
    /// The root runs, by their name.
    pub(crate) calls: Vec<Group>,
    /// All runs, by their kind and name.
    pub(crate) steps: Vec<Group>,
    /// The calls of models, by provider and model.
    pub(crate) models: Vec<Group>,
}

impl Statistics {
    pub(crate) fn of(traces: &[Trace], prices: &Prices) -> Self {
        let mut calls = BTreeMap::<String, GroupBuilder>::new();
        let mut steps = BTreeMap::<String, GroupBuilder>::new();
        let mut models = BTreeMap::<String, GroupBuilder>::new();
        for trace in traces {
            for run in trace.roots() {
                calls.entry(run.name.to_string()).or_default().add(run, trace, prices);
                for call in trace.model_calls(run) {
                    models.entry(model_name(call)).or_default().add(call, trace, prices);
                }
            }
            for run in trace.runs().iter().filter(|run| run.depth() > 0) {
                let name = format!("{} ({})", run.name, run.kind);
                steps.entry(name).or_default().add(run, trace, prices);
            }
        }
        let groups = |groups: BTreeMap<String, GroupBuilder>| {
            groups.into_iter().map(|(name, group)| group.build(name)).collect()
        };
        Self { calls: groups(calls), steps: groups(steps), models: groups(models) }
    }
}

/// Returns the provider and the name of the model that was called.
fn model_name(call: &TraceRun) -> String {
    let model = call.model.as_deref().unwrap_or(&call.name);
    match &call.provider {
        Some(provider) => format!("{provider}:{model}"),
        None => model.to_owned(),
    }
}
