//! [`CachedAnswer`]: an answer in a store.

use std::{
    io::{self, Write},
    time::SystemTime,
};

use runnable_chat::{AiMessage, embedding::Embedding};
use serde::{Deserialize, Serialize};

/// An answer in a [`CacheStore`](crate::CacheStore), and the time at which it was stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CachedAnswer {
    /// The answer.
    pub value: CachedValue,
    /// The time at which the answer was stored.
    pub stored_at: SystemTime,
}

/// The answer of a model of any kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CachedValue {
    /// The answer of a chat model, without the rate limits that the service reported with it.
    Chat(Box<AiMessage>),
    /// The continuation that a text model has written.
    Text(String),
    /// The vector of one text.
    Embedding(Embedding),
}

impl CachedAnswer {
    /// Creates an answer that was stored at this time.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use runnable_cache::{CachedAnswer, CachedValue};
    ///
    /// let answer = CachedAnswer::new(CachedValue::Text("Paris".into()), SystemTime::now());
    /// assert!(answer.size() > 5);
    /// ```
    pub fn new(value: CachedValue, stored_at: SystemTime) -> Self {
        Self { value, stored_at }
    }

    /// Returns the approximate size of the answer in bytes, for stores with a limit on their size.
    pub fn size(&self) -> usize {
        /// The approximate size of an answer without content.
        const EMPTY: usize = 512;
        let content = match &self.value {
            CachedValue::Chat(answer) => json_size(answer),
            CachedValue::Text(text) => text.len(),
            CachedValue::Embedding(vector) => size_of_val(vector.as_slice()),
        };
        EMPTY.saturating_add(content)
    }
}

/// Returns the number of bytes of a value as JSON.
fn json_size(value: &impl Serialize) -> usize {
    let mut counted = Counted(0);
    match serde_json::to_writer(&mut counted, value) {
        Ok(()) => counted.0,
        // A value that cannot be written does not fit into any store.
        Err(_) => usize::MAX,
    }
}

/// A writer that only counts bytes.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
