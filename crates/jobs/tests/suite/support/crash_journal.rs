//! [`CrashJournal`]: a journal that makes changes durable only when it is told.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{FutureExt, channel::oneshot, future::BoxFuture};
use runnable_core::{Error, Result};
use runnable_jobs::journal::{Journal, JournalChange, JournalKey, JournalPart};

use super::random::Random;

type Values = BTreeMap<JournalKey, Vec<u8>>;

/// A journal that makes changes durable only when it is told. A crash keeps a random prefix of the
/// changes, as the laws of journals allow.
#[derive(Clone, Default)]
pub(crate) struct CrashJournal {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    durable: Values,
    /// The calls whose changes are not durable.
    pending: VecDeque<(Vec<JournalChange>, oneshot::Sender<()>)>,
    has_crashed: bool,
}

fn apply(values: &mut Values, change: JournalChange) {
    match change {
        JournalChange::Put { key, value, .. } => _ = values.insert(key, value),
        JournalChange::Delete { key, .. } => _ = values.remove(&key),
        _ => unreachable!("there are two kinds of changes"),
    }
}

impl CrashJournal {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the changes of the oldest call durable, and returns whether there was one.
    pub(crate) fn flush(&self) -> bool {
        let mut state = self.state();
        let Some((changes, done)) = state.pending.pop_front() else {
            return false;
        };
        changes.into_iter().for_each(|change| apply(&mut state.durable, change));
        drop(state);
        _ = done.send(());
        true
    }

    pub(crate) fn flush_all(&self) {
        while self.flush() {}
    }

    /// Loses changes, and returns the journal that is found after a restart. Later changes of this
    /// journal have no effect.
    pub(crate) fn crash(&self, random: &mut Random) -> Self {
        let mut state = self.state();
        state.has_crashed = true;
        let mut durable = state.durable.clone();
        let changes: Vec<_> = state.pending.drain(..).flat_map(|(changes, _)| changes).collect();
        let kept = random.below(changes.len() as u64 + 1) as usize;
        changes.into_iter().take(kept).for_each(|change| apply(&mut durable, change));
        Self { state: Arc::new(Mutex::new(State { durable, ..State::default() })) }
    }
}

impl Journal for CrashJournal {
    fn read(&self, keys: Vec<JournalKey>) -> BoxFuture<'static, Result<Vec<Option<Vec<u8>>>>> {
        let state = self.state();
        let values = keys.iter().map(|key| state.durable.get(key).cloned()).collect();
        futures::future::ready(Ok(values)).boxed()
    }

    fn write(&self, changes: Vec<JournalChange>) -> BoxFuture<'static, Result<()>> {
        let (done, written) = oneshot::channel();
        let mut state = self.state();
        if !state.has_crashed {
            state.pending.push_back((changes, done));
        }
        written.map(|written| written.map_err(Error::other)).boxed()
    }

    fn scan(
        &self,
        part: JournalPart,
        after: Option<String>,
        limit: usize,
    ) -> BoxFuture<'static, Result<Vec<(String, Vec<u8>)>>> {
        let from = match after {
            Some(after) => Bound::Excluded(JournalKey::new(part, after)),
            None => Bound::Included(JournalKey::new(part, "")),
        };
        // A page may be shorter than the limit.
        let limit = limit.min(3);
        let state = self.state();
        let entries = state.durable.range((from, Bound::Unbounded));
        let entries = entries.take_while(|(key, _)| key.part == part).take(limit);
        let entries = entries.map(|(key, value)| (key.name.clone(), value.clone())).collect();
        futures::future::ready(Ok(entries)).boxed()
    }
}
