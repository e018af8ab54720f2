//! [`LivePlaces`]: a listener that stores the places of the runs of a replayed call.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use runnable_core::{Interest, Listener, Run, RunEvent, RunEventData, RunId};

use super::site::{Root, Site, place_of};
use crate::diff::Place;

/// The places of the runs that are running. They are stored here, because a run contains the names
/// of its parents, but not their positions.
#[derive(Debug, Default)]
pub(super) struct LivePlaces {
    /// The places by the ID of the run and the number of its parents, because the ID alone is not
    /// unique.
    places: Mutex<HashMap<(RunId, usize), Place>>,
}

impl LivePlaces {
    /// Returns the site of a run.
    pub(super) fn site_of(&self, run: &Run) -> (Root, Site) {
        let places = self.places();
        let parents = run.parent_ids.iter().copied().zip(run.parent_names.iter());
        let parents = parents.enumerate().map(|(depth, (id, name))| {
            let known = places.get(&(id, depth)).cloned();
            // A run in a task can start after the end of its parents, whose places are then no
            // longer stored.
            known.unwrap_or_else(|| Place {
                name: name.to_string(),
                tag: None,
                attempt: None,
                item: None,
            })
        });
        Site::of(parents.chain([place_of(run)]).collect())
    }

    fn places(&self) -> MutexGuard<'_, HashMap<(RunId, usize), Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for LivePlaces {
    fn interest(&self, _: &Run) -> Option<Interest> {
        Some(Interest::lifecycle())
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        let (run, key) = (event.run, (event.run.id, event.run.parent_ids.len()));
        if let RunEventData::Start { .. } = event.data {
            self.places().insert(key, place_of(run));
        } else if event.data.is_terminal() {
            self.places().remove(&key);
        }
    }
}
