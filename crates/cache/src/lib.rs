//! Caches for the answers of chat models, text models and embedding models.
//!
//! ```
//! use runnable_cache::{AnswerCache, CacheExt};
//! use runnable_chat::prelude::*;
//! # use runnable_testing::ScriptedChatModel;
//!
//! # #[cfg(feature = "moka")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! # let script = ScriptedChatModel::new(["Paris"]);
//! # let model = script.to_model();
//! let cache = AnswerCache::in_memory();
//! let model = model.with_cache(&cache);
//!
//! let first = model.invoke("The capital of France?").await?;
//! let second = model.invoke("The capital of France?").await?; // sends no request
//! assert_eq!(first.text(), second.text());
//! # assert_eq!(script.requests().len(), 1);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "moka"))]
//! # fn main() {}
//! ```
//!
//! # What a cache compares
//!
//! Two calls get the same answer if the model sees the same: the same messages, options, tools and
//! schema, from the same model of the same service. IDs of messages, usage and other details that
//! no model sees do not count, and neither does the API key. Invoked, streamed and batched calls
//! share their answers.
//!
//! # Calls at the same time
//!
//! Calls of chat models and text models with the same request that run at the same time share one
//! request. Each of them receives the chunks as they arrive. If the call that has sent the request is dropped, the others continue
//! with the same request. The request is cancelled when the last of them is dropped.
//!
//! # What a cache keeps
//!
//! A cache keeps complete answers only. It does not keep errors, answers of calls that were
//! dropped, answers that were truncated, blocked or paused, and answers with tool calls that cannot
//! be parsed.
//!
//! # Usage and events
//!
//! The [usage](runnable_chat::Usage) of an answer from a cache is marked: see
//! [`Usage::is_cached`](runnable_chat::Usage::is_cached). It costs nothing, and does not count for
//! a spending limit. Each run of a cached model has an event of kind
//! [`Report`](runnable_core::RunEventData::Report) with the name `cache` and a [`CacheReport`].
//!
//! # Features
//!
//! | feature | contents |
//! |---|---|
//! | `moka` (default) | `InMemoryStore`, which keeps answers in memory |
//! | `redb` | `RedbStore`, which keeps answers in a file |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer_cache;
mod cached_answer;
mod ext;
mod flight;
mod key;
mod model;
mod report;
mod store;

/// Runs the code in the README as doctests.
#[cfg(all(doctest, feature = "moka"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "moka")]
pub use self::store::InMemoryStore;
#[cfg(feature = "redb")]
pub use self::store::RedbStore;
pub use self::{
    answer_cache::AnswerCache,
    cached_answer::{CachedAnswer, CachedValue},
    ext::CacheExt,
    key::CacheKey,
    report::{CacheOutcome, CacheReport},
    store::CacheStore,
};
