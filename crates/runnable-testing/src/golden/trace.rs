//! The events of a call, run by run.

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
    /// The trace of a golden file, with some names replaced.
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

    /// A trace of ours.
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
            // A run that no event tells of, since a filter left it out, has no name.
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
        let mut what = event["event"].as_str().unwrap_or_default().to_owned();
        let mut data = data;
        if what == "on_custom_event" {
            // It is called by a name of its own, and its data may be anything.
            what = format!("{what} {name}");
            data = json!({ "data": data });
        }
        self.runs[index].moments.push(Moment {
            at,
            event: what,
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

    /// The same trace, whatever the order in which runs side by side gave their chunks.
    ///
    /// Only chunks that several branches cause may change places. What a run passes on by itself,
    /// such as the values that `assign` has already, keeps its place among them.
    pub(super) fn in_any_order(mut self) -> Self {
        for index in 0..self.runs.len() {
            let keys = self.keys_in_any_order(index);
            self.runs[index].sort_chunks_of(&keys);
        }
        self
    }

    /// The keys of the branches that run side by side in a run, or in one that it hands on.
    fn keys_in_any_order(&self, run: usize) -> BTreeSet<String> {
        let keys = |child: usize| self.runs[child].key().map(str::to_owned);
        let branches: BTreeSet<_> = self.children(run).filter_map(keys).collect();
        let handed_on = self.children(run).filter(|&child| self.runs[child].key().is_none());
        let handed_on = handed_on.flat_map(|child| self.keys_in_any_order(child));
        let own = if branches.len() > 1 { branches } else { BTreeSet::new() };
        own.into_iter().chain(handed_on).collect()
    }
}
