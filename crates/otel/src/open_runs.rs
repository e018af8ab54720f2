//! [`OpenRuns`]: the spans of the runs that are open.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::SystemTime,
};

use opentelemetry::Context;
use runnable_chat::Usage;
use runnable_core::{Run, RunId};

use crate::content::RunContent;

/// The number of parts of the map. Each part has its own lock, so that threads rarely wait for each
/// other.
const PARTS: usize = 16;

/// The number of entries of a part at which entries are removed for the first time.
const FIRST_REMOVAL: usize = 32;

/// A run whose span was started.
#[derive(Clone, Debug)]
pub(crate) struct OpenRun {
    /// The context that contains the span.
    pub(crate) context: Context,
    pub(crate) started: SystemTime,
    /// The start of the root run.
    pub(crate) root_started: SystemTime,
    pub(crate) is_root: bool,
}

/// The spans of the runs that are open, and of the runs that have ended but can still be parents.
///
/// A step can move its context into a task, which can start further runs after the run of the step
/// has ended. Such a context holds a reference to the description of the run. An ended run
/// therefore stays in the map while other references to its description exist.
#[derive(Debug)]
pub(crate) struct OpenRuns {
    parts: [Mutex<Part>; PARTS],
    hasher: RandomState,
}

#[derive(Debug)]
struct Part {
    runs: HashMap<RunId, Entry>,
    /// The number of entries at which ended runs are removed.
    next_removal: usize,
}

#[derive(Debug)]
struct Entry {
    run: OpenRun,
    /// The attributes that are added to the span when the run ends.
    held: RunContent,
    /// The usage that the run has reported. `None` if it reported none.
    usage: Option<Usage>,
    /// The description of a run that has ended. `None` while the run is open.
    ended: Option<Weak<Run>>,
}

impl Default for OpenRuns {
    fn default() -> Self {
        let part = || Mutex::new(Part { runs: HashMap::new(), next_removal: FIRST_REMOVAL });
        Self { parts: std::array::from_fn(|_| part()), hasher: RandomState::new() }
    }
}

impl OpenRuns {
    /// Adds a run that has started. `held` is returned when the run ends.
    pub(crate) fn insert(&self, id: RunId, run: OpenRun, held: RunContent) {
        let mut part = self.part(id);
        part.runs.insert(id, Entry { run, held, usage: None, ended: None });
        if part.runs.len() >= part.next_removal {
            let is_needed = |entry: &Entry| {
                entry.ended.as_ref().is_none_or(|description| description.strong_count() > 0)
            };
            part.runs.retain(|_, entry| is_needed(entry));
            part.next_removal = FIRST_REMOVAL.max(2 * part.runs.len());
        }
    }

    /// Returns the context of a run that is open or has ended.
    pub(crate) fn context(&self, id: RunId) -> Option<Context> {
        self.part(id).runs.get(&id).map(|entry| entry.run.context.clone())
    }

    /// Returns a run that is open.
    pub(crate) fn get(&self, id: RunId) -> Option<OpenRun> {
        let part = self.part(id);
        part.runs.get(&id).filter(|entry| entry.ended.is_none()).map(|entry| entry.run.clone())
    }

    /// Returns the nearest run that encloses `run`, and its ID.
    pub(crate) fn parent(&self, run: &Run) -> Option<(RunId, OpenRun)> {
        run.parent_ids.iter().rev().find_map(|id| {
            let part = self.part(*id);
            part.runs.get(id).map(|entry| (*id, entry.run.clone()))
        })
    }

    /// Adds a usage that an open run has reported.
    pub(crate) fn report_usage(&self, id: RunId, usage: Usage) {
        if let Some(entry) = self.part(id).runs.get_mut(&id) {
            entry.usage = Some(entry.usage.unwrap_or_default() + usage);
        }
    }

    /// Marks a run as ended. Returns the run, the attributes that were held, and the usage that the
    /// run has reported, if it was open.
    pub(crate) fn end(&self, run: &Arc<Run>) -> Option<(OpenRun, RunContent, Option<Usage>)> {
        let mut part = self.part(run.id);
        let entry = part.runs.get_mut(&run.id).filter(|entry| entry.ended.is_none())?;
        entry.ended = Some(Arc::downgrade(run));
        Some((entry.run.clone(), mem::take(&mut entry.held), entry.usage))
    }

    fn part(&self, id: RunId) -> MutexGuard<'_, Part> {
        let hash = self.hasher.hash_one(id);
        let index = usize::try_from(hash % PARTS as u64).unwrap_or_default();
        self.parts[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use futures::executor::block_on;
    use runnable_core::{Listener, RunEvent, prelude::*};

    use super::*;

    /// Holds the descriptions of runs, as a context in a task does.
    #[derive(Default)]
    struct Descriptions(Mutex<Vec<Arc<Run>>>);

    impl Listener for Descriptions {
        fn on_event(&self, event: &RunEvent<'_>) {
            self.0.lock().unwrap().push(Arc::clone(event.run));
        }
    }

    fn description() -> Arc<Run> {
        let descriptions = Arc::new(Descriptions::default());
        let config = RunConfig::new().listener(Arc::clone(&descriptions));
        block_on(lambda(|n: u64| n).invoke(1u64).config(config)).unwrap();
        descriptions.0.lock().unwrap().remove(0)
    }

    fn open() -> OpenRun {
        let now = SystemTime::now();
        OpenRun { context: Context::new(), started: now, root_started: now, is_root: true }
    }

    fn len(runs: &OpenRuns) -> usize {
        runs.parts.iter().map(|part| part.lock().unwrap().runs.len()).sum()
    }

    #[test]
    fn ended_runs_are_removed_unless_something_can_use_them() {
        let runs = OpenRuns::default();
        let kept = description();
        for run in std::iter::once(Arc::clone(&kept)).chain((0..3000).map(|_| description())) {
            runs.insert(run.id, open(), RunContent::default());
            assert!(runs.get(run.id).is_some());
            assert!(runs.end(&run).is_some());
            assert!(runs.end(&run).is_none(), "the run has ended");
        }
        assert!(runs.get(kept.id).is_none(), "the run has ended");
        assert!(runs.context(kept.id).is_some(), "a child can still start");
        assert!(len(&runs) <= PARTS * FIRST_REMOVAL, "{} runs", len(&runs));
    }

    #[test]
    fn open_runs_are_never_removed() {
        let runs = OpenRuns::default();
        let ids: Vec<_> = (0..1000).map(|_| description().id).collect();
        ids.iter().for_each(|id| runs.insert(*id, open(), RunContent::default()));
        assert!(ids.iter().all(|id| runs.get(*id).is_some()));
    }
}
