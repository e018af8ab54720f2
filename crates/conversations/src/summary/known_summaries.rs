//! [`KnownSummaries`]: the summaries that a step has made.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use runnable_chat::Message;

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
    /// Returns a value that stands for these messages.
    pub(super) fn key(&self, messages: &[Message]) -> u64 {
        let mut hash = HashWriter(self.shared.hashes.build_hasher());
        // Serializing a message cannot fail, and neither can the writer.
        _ = serde_json::to_writer(&mut hash, messages);
        hash.0.finish()
    }

    pub(super) fn get(&self, key: u64) -> Option<Arc<str>> {
        let summaries = self.shared.summaries.lock().unwrap_or_else(PoisonError::into_inner);
        let known = summaries.iter().find(|(other, _)| *other == key);
        known.map(|(_, summary)| Arc::clone(summary))
    }

    pub(super) fn insert(&self, key: u64, summary: Arc<str>) {
        let mut summaries = self.shared.summaries.lock().unwrap_or_else(PoisonError::into_inner);
        summaries.retain(|(other, _)| *other != key);
        if summaries.len() >= MOST {
            summaries.pop_front();
        }
        summaries.push_back((key, summary));
    }
}

struct HashWriter<H>(H);

impl<H: Hasher> Write for HashWriter<H> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
