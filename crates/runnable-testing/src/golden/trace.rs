//! The trace of a call: the events of the call, grouped by run.

use std::collections::{BTreeMap, BTreeSet};

use runnable_core::Result;
use runnable_events::StreamEvent;
use serde_json::{Value, json};

use super::{
    neutral,
    run::{Moment, Run},
};

/// The runs of a call, in the order of their first events.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) runs: Vec<Run>,
}

impl Trace {
    /// Creates the trace of a golden file. `names` maps run names of the file to the names in this
    /// implementation.
    pub(super) fn golden(events: &Value, names: &BTreeMap<String, String>) -> Self {
        let mut trace = Self::default();
        for event in events.as_array().into_iter().flatten() {
            let name = event["name"].as_str().unwrap_or_default();
            let name = names.get(name).map_or(name, String::as_str);
            let data = neutral::data_of_golden(&event["data"]);
            trace.add(event, name, &event["run"], &event["parents"], data);
        }
        trace
    }

    /// Creates the trace of a call of this implementation.
    pub(super) fn ours(items: &[Result<StreamEvent>]) -> Self {
        let mut trace = Self::default();
        for event in items.iter().flatten() {
            let event = event.to_langchain_v2();
            let name = event["name"].as_str().unwrap_or_default();
            let data = event["data"].clone();
            trace.add(&event, name, &event["run_id"], &event["parent_ids"], data);
        }
        trace
    }

    fn add(&mut self, event: &Value, name: &str, id: &Value, parents: &Value, data: Value) {
        let at = self.runs.iter().map(|run| run.moments.len()).sum();
        let index = self.index_of(id).unwrap_or_else(|| {
            let parents: Vec<_> = parents.as_array().into_iter().flatten().collect();
            // The name of a parent run is unknown if the trace has no events of it, for example
            // because of a filter.
            let name_of = |id: &Value| self.index_of(id).map(|index| self.runs[index].name.clone());
            self.runs.push(Run {
                id: id.clone(),
                name: name.to_owned(),
                tags: neutral::tags(&event["tags"]),
                parent: parents.last().and_then(|id| self.index_of(id)),
                path: parents.into_iter().map(name_of).collect(),
                moments: Vec::new(),
            });
            self.runs.len() - 1
        });
        let mut event_name = event["event"].as_str().unwrap_or_default().to_owned();
        let mut data = data;
        if event_name == "on_custom_event" {
            // Add the name of the custom event, because it distinguishes the custom events of a
            // run. Wrap the data, because it need not be an object.
            event_name = format!("{event_name} {name}");
            data = json!({ "data": data });
        }
        self.runs[index].moments.push(Moment {
            at,
            event: event_name,
            tags: neutral::tags(&event["tags"]),
            metadata: neutral::metadata(&event["metadata"]),
            data,
        });
    }

    fn index_of(&self, id: &Value) -> Option<usize> {
        self.runs.iter().position(|run| run.id == *id)
    }

    pub(super) fn children(&self, parent: usize) -> impl Iterator<Item = usize> {
        (0..self.runs.len()).filter(move |&index| self.runs[index].parent == Some(parent))
    }

    /// Sorts the chunks that are made from parallel runs. Traces in which only the order of these
    /// chunks differs then become equal.
    ///
    /// Only chunks that are made from several branches are sorted. Other chunks, such as the input
    /// values that `assign` passes on, keep their positions.
    pub(super) fn in_any_order(mut self) -> Self {
        for index in 0..self.runs.len() {
            let keys = self.keys_in_any_order(index);
            self.runs[index].sort_chunks_of(&keys);
        }
        self
    }

    /// Returns the keys of the parallel branches of a run. Child runs that are not branches may
    /// pass their chunks on, so the keys of their parallel branches are included.
    fn keys_in_any_order(&self, run: usize) -> BTreeSet<String> {
        let keys = |child: usize| self.runs[child].key().map(str::to_owned);
        let branches: BTreeSet<_> = self.children(run).filter_map(keys).collect();
        let passed_on = self.children(run).filter(|&child| self.runs[child].key().is_none());
        let passed_on = passed_on.flat_map(|child| self.keys_in_any_order(child));
        let own = if branches.len() > 1 { branches } else { BTreeSet::new() };
        own.into_iter().chain(passed_on).collect()
    }
}
