//! [`InMemoryStore`]: answers in the memory of the program.

use std::{fmt, sync::Arc};

use futures_core::future::BoxFuture;
use futures_util::{FutureExt, future::ready};
use moka::{policy::EvictionPolicy, sync::Cache};
use runnable_core::Result;

use crate::{CacheKey, CacheStore, CachedAnswer};

/// A store that keeps answers in memory, up to a number of bytes.
///
/// If it is full, it removes the answers that were not used for the longest time. The answers are
/// lost when the last cache that uses the store is dropped.
///
/// # Examples
///
/// ```
/// use runnable_cache::{AnswerCache, InMemoryStore};
///
/// let cache = AnswerCache::new(InMemoryStore::new(512 << 20)); // 512 MiB
/// # drop(cache);
/// ```
#[doc(alias = "InMemoryCache")]
pub struct InMemoryStore {
    answers: Cache<CacheKey, Arc<CachedAnswer>>,
    max_bytes: u64,
}

impl InMemoryStore {
    /// Creates a store for requests and answers of at most `max_bytes` together.
    pub fn new(max_bytes: u64) -> Self {
        let answers = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|key: &CacheKey, answer: &Arc<CachedAnswer>| {
                let size = key.as_bytes().len().saturating_add(answer.size());
                u32::try_from(size).unwrap_or(u32::MAX)
            })
            // The default policy keeps frequent answers rather than recent ones, so it would not
            // keep a new answer in a full store.
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { answers, max_bytes }
    }

    /// Returns the number of bytes of all requests and answers in this store.
    ///
    /// ```
    /// assert_eq!(runnable_cache::InMemoryStore::new(1024).bytes(), 0);
    /// ```
    pub fn bytes(&self) -> u64 {
        self.answers.run_pending_tasks();
        self.answers.weighted_size()
    }
}

impl CacheStore for InMemoryStore {
    fn lookup(&self, key: &CacheKey) -> BoxFuture<'static, Result<Option<Arc<CachedAnswer>>>> {
        ready(Ok(self.answers.get(key))).boxed()
    }

    fn update(&self, key: CacheKey, answer: Arc<CachedAnswer>) -> BoxFuture<'static, Result<()>> {
        self.answers.insert(key, answer);
        ready(Ok(())).boxed()
    }

    fn clear(&self) -> BoxFuture<'static, Result<()>> {
        self.answers.invalidate_all();
        ready(Ok(())).boxed()
    }
}

impl fmt::Debug for InMemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.answers.run_pending_tasks();
        f.debug_struct("InMemoryStore")
            .field("max_bytes", &self.max_bytes)
            .field("answers", &self.answers.entry_count())
            .finish()
    }
}
