//! [`AnswerCache`]: a store of answers, and the rules by which answers are kept.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::{FutureExt, stream};
use runnable_core::{ChunkStream, Result, RunContext};

use crate::{
    CacheKey, CacheOutcome, CacheReport, CacheStore, CachedAnswer, CachedValue,
    flight::{Cacheable, Flights, Kept, Participant, Storing},
    report::REPORT,
};

/// A cache for the answers of models. Used with
/// [`with_cache`](crate::CacheExt::with_cache).
///
/// A clone is a handle to the same cache. A setter changes the rules of its handle only: the
/// answers are shared with the other handles.
///
/// If the store fails, the call continues without it. The event of the cache contains the error.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use runnable_cache::AnswerCache;
///
/// # #[cfg(feature = "moka")]
/// let cache = AnswerCache::in_memory().time_to_live(Duration::from_secs(24 * 60 * 60));
/// ```
#[doc(alias("BaseCache", "set_llm_cache", "InMemoryCache"))]
#[derive(Clone)]
#[must_use = "a cache does nothing until a model uses it"]
pub struct AnswerCache {
    store: Arc<dyn CacheStore>,
    flights: Arc<Flights>,
    rules: Arc<Rules>,
}

#[derive(Clone)]
struct Rules {
    namespace: String,
    time_to_live: Option<Duration>,
    keep_if: Arc<dyn Fn(&CachedValue) -> bool + Send + Sync>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl AnswerCache {
    /// Creates a cache that keeps its answers in `store`, without a time limit.
    pub fn new(store: impl CacheStore) -> Self {
        let rules = Rules {
            namespace: String::new(),
            time_to_live: None,
            keep_if: Arc::new(|_| true),
            clock: Arc::new(SystemTime::now),
        };
        Self { store: Arc::new(store), flights: Arc::default(), rules: Arc::new(rules) }
    }

    /// Creates a cache that keeps its answers in memory, up to 64 MiB.
    ///
    /// For another limit, pass an [`InMemoryStore`](crate::InMemoryStore) to [`new`](Self::new).
    #[cfg(feature = "moka")]
    pub fn in_memory() -> Self {
        Self::new(crate::InMemoryStore::new(64 << 20))
    }

    /// Sets how long an answer is used after it was stored. The default is no limit.
    ///
    /// The age of an answer is checked when it is looked up. An answer that is too old is replaced
    /// by the next answer.
    pub fn time_to_live(self, time: Duration) -> Self {
        self.ruled(|rules| rules.time_to_live = Some(time))
    }

    /// Separates the answers of this handle from the answers of other namespaces. The default is
    /// the empty namespace.
    ///
    /// Use it for users that must not see each other's answers, or with a new name to ignore all
    /// answers so far.
    ///
    /// ```
    /// # #[cfg(feature = "moka")] {
    /// use runnable_cache::AnswerCache;
    ///
    /// let cache = AnswerCache::in_memory();
    /// let of_ada = cache.clone().with_namespace("ada");
    /// let of_bob = cache.with_namespace("bob");
    /// # drop((of_ada, of_bob));
    /// # }
    /// ```
    pub fn with_namespace(self, namespace: impl Into<String>) -> Self {
        let namespace = namespace.into();
        self.ruled(|rules| rules.namespace = namespace)
    }

    /// Keeps only answers for which `keep` returns `true`. Incomplete answers are never kept.
    ///
    /// Use it if a step after the model can reject an answer, so that a retry of the chain gets
    /// another answer.
    ///
    /// ```
    /// # #[cfg(feature = "moka")] {
    /// use runnable_cache::{AnswerCache, CachedValue};
    ///
    /// let cache = AnswerCache::in_memory().keep_if(|value| match value {
    ///     CachedValue::Chat(answer) => answer.text().starts_with('{'),
    ///     _ => true,
    /// });
    /// # drop(cache);
    /// # }
    /// ```
    pub fn keep_if(self, keep: impl Fn(&CachedValue) -> bool + Send + Sync + 'static) -> Self {
        self.ruled(|rules| rules.keep_if = Arc::new(keep))
    }

    /// Sets the clock that gives the age of answers. The default is the clock of the system. Tests
    /// use it to let time pass.
    pub fn with_clock(self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.ruled(|rules| rules.clock = Arc::new(now))
    }

    /// Removes all answers of all namespaces.
    ///
    /// # Errors
    ///
    /// Returns the error of the store.
    pub async fn clear(&self) -> Result<()> {
        self.store.clear().await
    }

    fn ruled(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(&mut self.rules));
        self
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.rules.namespace
    }

    /// Looks up an answer that is not too old.
    pub(crate) async fn find(&self, key: &CacheKey) -> Result<Option<Arc<CachedAnswer>>> {
        let answer = self.store.lookup(key).await?;
        Ok(answer
            .filter(|answer| self.rules.time_to_live.is_none_or(|limit| self.age(answer) < limit)))
    }

    /// Stores an answer, unless the rules exclude it.
    pub(crate) async fn keep(&self, key: CacheKey, value: CachedValue) -> Result<()> {
        if !(self.rules.keep_if)(&value) {
            return Ok(());
        }
        let answer = CachedAnswer::new(value, (self.rules.clock)());
        self.store.update(key, Arc::new(answer)).await
    }

    /// Returns the age of an answer. If the clock has gone back, the age is zero.
    fn age(&self, answer: &CachedAnswer) -> Duration {
        (self.rules.clock)().duration_since(answer.stored_at).unwrap_or_default()
    }

    /// Returns the answer to a request from the store, and reports it to the run.
    async fn hit<T: Cacheable>(&self, key: &CacheKey, cx: &RunContext) -> Option<T> {
        match self.find(key).await {
            Ok(answer) => {
                let answer = answer?;
                let value = T::of_value(&answer.value)?;
                cx.emit_report(REPORT, &CacheReport::hit(self.age(&answer)));
                T::report_cached(cx);
                Some(value)
            }
            Err(error) => {
                let report = CacheReport::failed(CacheOutcome::LookupFailed, &error);
                cx.emit_report(REPORT, &report);
                None
            }
        }
    }

    /// Returns the chunks of the answer to a request: from the store, from another call with the
    /// same request, or from the stream that `start` creates with the context of the request.
    pub(crate) fn stream<T: Cacheable>(
        &self,
        key: CacheKey,
        cx: RunContext,
        start: impl FnOnce(RunContext) -> ChunkStream<T> + Send + 'static,
    ) -> ChunkStream<T> {
        let cache = self.clone();
        let chunks = async move {
            match cache.hit::<T>(&key, &cx).await {
                Some(answer) => ChunkStream::once(answer),
                None => chunks_of(cache.join(key, &cx, start), cx),
            }
        };
        ChunkStream::new(chunks.flatten_stream())
    }

    /// Returns the answer to a request in the same way as [`stream`](Self::stream).
    pub(crate) async fn invoke<T: Cacheable>(
        self,
        key: CacheKey,
        cx: RunContext,
        start: impl FnOnce(RunContext) -> ChunkStream<T> + Send + 'static,
    ) -> Result<T> {
        if let Some(answer) = self.hit::<T>(&key, &cx).await {
            return Ok(answer);
        }
        let mut participant = self.join(key, &cx, start);
        participant.wait_for_end(&cx).await;
        chunks_of(participant, cx).concat().await
    }

    /// Joins the call that waits for the answer to the same request, or starts it.
    fn join<T: Cacheable>(
        &self,
        key: CacheKey,
        cx: &RunContext,
        start: impl FnOnce(RunContext) -> ChunkStream<T> + Send + 'static,
    ) -> Participant<T> {
        let reporter = cx.reporter();
        let (cache, kept_as) = (self.clone(), key.clone());
        let request = move |cx| {
            let chunks = async move {
                // Another call may have stored the answer after this call has looked for it.
                if let Ok(Some(answer)) = cache.find(&kept_as).await
                    && let Some(answer) = T::of_value(&answer.value)
                {
                    return ChunkStream::once(answer);
                }
                let keep = Box::new(move |value| -> Kept {
                    Box::pin(async move {
                        if let Err(error) = cache.keep(kept_as, value).await
                            && let Some(reporter) = reporter
                        {
                            let report = CacheReport::failed(CacheOutcome::UpdateFailed, &error);
                            reporter.report(REPORT, &report);
                        }
                    })
                });
                ChunkStream::new(Storing::new(start(cx), keep))
            };
            ChunkStream::new(chunks.flatten_stream())
        };
        let participant = T::flights(&self.flights).join(key, cx, T::marked, request);
        let is_first = participant.is_first();
        let outcome = if is_first { CacheOutcome::Miss } else { CacheOutcome::Shared };
        cx.emit_report(REPORT, &CacheReport::new(outcome));
        if !is_first {
            T::report_cached(cx);
        }
        participant
    }
}

/// Returns the chunks that a call with this context receives.
fn chunks_of<T: Cacheable>(participant: Participant<T>, cx: RunContext) -> ChunkStream<T> {
    let state = (participant, cx);
    ChunkStream::new(stream::unfold(state, |(mut participant, cx)| async move {
        let item = participant.next(&cx).await?;
        Some((item, (participant, cx)))
    }))
}

impl fmt::Debug for AnswerCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerCache")
            .field("store", &self.store)
            .field("namespace", &self.rules.namespace)
            .field("time_to_live", &self.rules.time_to_live)
            .finish_non_exhaustive()
    }
}
