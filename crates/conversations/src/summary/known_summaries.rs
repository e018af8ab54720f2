//! [`KnownSummaries`]: the summaries that a step has made.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The number of summaries that are kept. A conversation that is in use needs one or two.
const MOST: usize = 256;

/// The summaries that a step has made, by the messages that they replace. The oldest are forgotten.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownSummaries {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    // The keys of the hash are random, so a user cannot write messages with a chosen hash.
    hashes: RandomState,
    summaries: Mutex<VecDeque<(u64, Arc<str>)>>,
}

impl KnownSummaries {
    /// Returns, for each part, a value that stands for this part and all parts before it.
    pub(super) fn keys<'a>(&self, parts: impl Iterator<Item = &'a str>) -> Vec<u64> {
        let mut hash = self.shared.hashes.build_hasher();
        let key = |part: &str| {
            hash.write_usize(part.len());
            hash.write(part.as_bytes());
            hash.finish()
        };
        parts.map(key).collect()
    }

    /// Returns the summaries with these keys, each with the position of its key.
    pub(super) fn find(&self, keys: &[u64]) -> Vec<(usize, Arc<str>)> {
        let positions: HashMap<u64, usize> =
            keys.iter().enumerate().map(|(position, key)| (*key, position)).collect();
        let summaries = self.summaries();
        let found = summaries.iter().filter_map(|(key, summary)| {
            positions.get(key).map(|position| (*position, Arc::clone(summary)))
        });
        found.collect()
    }

    pub(super) fn insert(&self, key: u64, summary: Arc<str>) {
        let mut summaries = self.summaries();
        summaries.retain(|(other, _)| *other != key);
        if summaries.len() >= MOST {
            summaries.pop_front();
        }
        summaries.push_back((key, summary));
    }

    fn summaries(&self) -> MutexGuard<'_, VecDeque<(u64, Arc<str>)>> {
        self.shared.summaries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
