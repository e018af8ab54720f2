//! [`Queues`]: the turns of a conversation come one after the other, in the order of their calls.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use runnable_core::{Error, ErrorKind, Result, RunContext};
use tokio::{
    sync::{Mutex as FairMutex, OwnedMutexGuard},
    time::Instant,
};

use super::{unsaved::Unsaved, waiting::Waiting};

/// The queues of all conversations that have an open turn, a waiting turn or an unsaved turn.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queues: HashMap<Arc<str>, Queue>,
    waiting: Waiting,
}

/// The queue of a conversation. Tokio's mutex is fair, and a turn that is dropped while it waits
/// leaves the queue.
type Queue = Arc<FairMutex<Vec<Unsaved>>>;

/// The conversations that enclosing calls hold. It is a resource of the calls inside a turn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    held: Vec<(Arc<Queues>, Arc<str>)>,
}

/// The right to use a conversation, which one turn has at a time.
#[derive(Debug)]
pub(crate) struct Place {
    // The guard comes first, so that the conversation is free before its queue is removed.
    guard: OwnedMutexGuard<Vec<Unsaved>>,
    entry: Entry,
}

/// A queue that is in use. When the last user leaves an empty queue, the queue is removed.
#[derive(Debug)]
struct Entry {
    queues: Arc<Queues>,
    key: Arc<str>,
    queue: Option<Queue>,
}

impl Queues {
    /// Waits until no other turn uses the conversation. Returns how long the call has waited.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the wait would never end, because an enclosing call
    /// holds the conversation.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        key: &str,
        cx: &RunContext,
    ) -> Result<(Place, Duration)> {
        let (entry, queue) = self.entry(key);
        if let Ok(guard) = Arc::clone(&queue).try_lock_owned() {
            return Ok((Place { guard, entry }, Duration::ZERO));
        }
        let _wait = self.wait(&entry.key, cx)?;
        let start = Instant::now();
        let guard = cx.pause(queue.lock_owned()).await;
        Ok((Place { guard, entry }, start.elapsed()))
    }

    fn entry(self: &Arc<Self>, key: &str) -> (Entry, Queue) {
        let mut state = self.state();
        let key = match state.queues.get_key_value(key) {
            Some((key, _)) => Arc::clone(key),
            None => Arc::from(key),
        };
        let queue = Arc::clone(state.queues.entry(Arc::clone(&key)).or_default());
        let user = Some(Arc::clone(&queue));
        (Entry { queues: Arc::clone(self), key, queue: user }, queue)
    }

    fn wait(self: &Arc<Self>, wanted: &Arc<str>, cx: &RunContext) -> Result<Wait> {
        let held = cx.find_resource::<Held>().map(|held| held.of(self)).unwrap_or_default();
        let mut state = self.state();
        if state.waiting.would_deadlock(&held, wanted) {
            let message = format!(
                "the conversation `{wanted}` is used by a turn that waits for this call; use \
                 another conversation inside a turn"
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        state.waiting.begin(&held, wanted);
        drop(state);
        Ok(Wait { queues: Arc::clone(self), held, wanted: Arc::clone(wanted) })
    }

    /// Returns the keys of the conversations that have unsaved turns, and of those that are in use.
    pub(crate) fn keys(&self) -> Vec<Arc<str>> {
        self.state().queues.keys().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Returns the conversations of `queues` that are held.
    fn of(&self, queues: &Arc<Queues>) -> Vec<Arc<str>> {
        let own = self.held.iter().filter(|(other, _)| Arc::ptr_eq(other, queues));
        own.map(|(_, key)| Arc::clone(key)).collect()
    }
}

impl Place {
    /// Returns the conversations that the calls inside this turn must not wait for.
    pub(crate) fn held_in(&self, cx: &RunContext) -> Held {
        let mut held = cx.find_resource::<Held>().cloned().unwrap_or_default();
        held.held.push((Arc::clone(&self.entry.queues), Arc::clone(&self.entry.key)));
        held
    }

    /// Returns the key of the conversation.
    pub(crate) fn key(&self) -> &str {
        &self.entry.key
    }

    /// Returns the turns that have ended and are not in the store yet.
    pub(crate) fn unsaved(&mut self) -> &mut Vec<Unsaved> {
        &mut self.guard
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = self.queues.state();
        drop(self.queue.take());
        // Queues are cloned only under the lock of the state, so a queue with one owner is unused.
        let is_unused = |queue: &mut Queue| {
            Arc::get_mut(queue).is_some_and(|unsaved| unsaved.get_mut().is_empty())
        };
        if state.queues.get_mut(&self.key).is_some_and(is_unused) {
            state.queues.remove(&self.key);
        }
    }
}

/// The wait of a call for a conversation, until this value is dropped.
struct Wait {
    queues: Arc<Queues>,
    held: Vec<Arc<str>>,
    wanted: Arc<str>,
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.queues.state().waiting.end(&self.held, &self.wanted);
    }
}
