//! A listener that checks the order of the events of each run.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use runnable::{Listener, RunEvent, RunEventData, RunId};

/// Checks that each run starts once and ends once, that its events are between its start and its
/// end, and that it is inside the run that called it. A clone is a handle to the same events.
#[derive(Clone, Default)]
pub(crate) struct RunChecker {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// Whether the run has ended.
    ended: HashMap<RunId, bool>,
    faults: Vec<String>,
    events: usize,
}

impl Listener for RunChecker {
    fn on_event(&self, event: &RunEvent<'_>) {
        let Seen { ended, faults, events } = &mut *self.seen.lock().unwrap();
        *events += 1;
        let (run, name) = (event.run.id, &event.run.name);
        let is_inside = match event.run.parent_id() {
            Some(parent) => ended.get(&parent) == Some(&false),
            None => true,
        };
        match &event.data {
            RunEventData::Start { .. } => {
                if ended.insert(run, false).is_some() {
                    faults.push(format!("{name} started twice"));
                }
                if !is_inside {
                    faults.push(format!("{name} started outside the run that called it"));
                }
            }
            data if data.is_terminal() => {
                if ended.insert(run, true) != Some(false) {
                    faults.push(format!("{name} ended twice, or without a start"));
                }
                if !is_inside {
                    faults.push(format!("{name} ended after the run that called it"));
                }
            }
            data => {
                if ended.get(&run) != Some(&false) {
                    faults.push(format!("{name} had an event outside its run: {data:?}"));
                }
            }
        }
    }
}

impl RunChecker {
    /// Returns the number of events so far.
    pub(crate) fn events(&self) -> usize {
        self.seen.lock().unwrap().events
    }

    /// Returns what was wrong so far, including the number of runs without an end.
    pub(crate) fn faults(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let open = seen.ended.values().filter(|ended| !**ended).count();
        let open = (open > 0).then(|| format!("{open} runs did not end"));
        seen.faults.iter().cloned().chain(open).collect()
    }
}
