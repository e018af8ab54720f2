//! [`CacheStore`]: the trait of a store of answers.

use std::{fmt, sync::Arc};

use futures_core::future::BoxFuture;
use runnable_core::Result;

use crate::{CacheKey, CachedAnswer};

/// A place where an [`AnswerCache`](crate::AnswerCache) keeps its answers. Implement it for your
/// own storage, such as a server that several programs use.
///
/// # Errors
///
/// An error of a store does not fail the call of a model. The model is called as if the answer was
/// not in the store, and the event of the cache contains the error.
///
/// # Examples
///
/// ```
/// use std::{collections::HashMap, sync::{Arc, Mutex}};
/// use futures::{FutureExt, future::{BoxFuture, ready}};
/// use runnable_cache::{CacheKey, CacheStore, CachedAnswer};
/// use runnable_core::Result;
///
/// #[derive(Debug, Default)]
/// struct Unbounded(Mutex<HashMap<CacheKey, Arc<CachedAnswer>>>);
///
/// impl CacheStore for Unbounded {
///     fn lookup(&self, key: &CacheKey) -> BoxFuture<'static, Result<Option<Arc<CachedAnswer>>>> {
///         ready(Ok(self.0.lock().unwrap().get(key).cloned())).boxed()
///     }
///
///     fn update(&self, key: CacheKey, answer: Arc<CachedAnswer>) -> BoxFuture<'static, Result<()>> {
///         self.0.lock().unwrap().insert(key, answer);
///         ready(Ok(())).boxed()
///     }
///
///     fn clear(&self) -> BoxFuture<'static, Result<()>> {
///         self.0.lock().unwrap().clear();
///         ready(Ok(())).boxed()
///     }
/// }
/// ```
#[doc(alias = "BaseCache")]
pub trait CacheStore: fmt::Debug + Send + Sync + 'static {
    /// Returns the answer with this key, or `None` if there is none.
    ///
    /// The store may return an answer of any age. The cache checks the age.
    #[doc(alias = "alookup")]
    fn lookup(&self, key: &CacheKey) -> BoxFuture<'static, Result<Option<Arc<CachedAnswer>>>>;

    /// Stores an answer. It replaces an earlier answer with the same key.
    #[doc(alias = "aupdate")]
    fn update(&self, key: CacheKey, answer: Arc<CachedAnswer>) -> BoxFuture<'static, Result<()>>;

    /// Removes all answers.
    #[doc(alias = "aclear")]
    fn clear(&self) -> BoxFuture<'static, Result<()>>;
}
