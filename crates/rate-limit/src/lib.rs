//! Rate limits for models and other steps: requests and tokens per time, in fair order.
//!
//! ```
//! use runnable_chat::prelude::*;
//! use runnable_rate_limit::{ModelRateLimitExt, RateLimiter};
//! # use runnable_testing::ScriptedChatModel;
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<()> {
//! # let model = ScriptedChatModel::from_fn(|_| "Paris").to_model();
//! let limiter = RateLimiter::new().requests_per_minute(2).tokens_per_minute(10_000);
//! let model = model.with_rate_limiter(&limiter);
//!
//! let start = tokio::time::Instant::now();
//! let answers = model.batch(["France?", "Spain?", "Italy?"]).await;
//! assert!(answers.iter().all(Result::is_ok));
//! assert_eq!(start.elapsed().as_secs(), 60, "the third request waits for the next minute");
//! # Ok(())
//! # }
//! ```
//!
//! # How a limiter counts
//!
//! A [`RateLimiter`] has any number of limits. In every period of the length of a limit, wherever
//! the period starts, at most the allowed amount is let through. A limit of 60 requests per minute
//! lets 60 requests through at once, and the next request after a minute. To also spread the
//! requests, add a limit with a shorter period.
//!
//! Before a request, its tokens are [estimated](RateLimiter::count_input_with). After the answer,
//! the estimate is replaced by the usage of the answer, or by the usage that a text model or an
//! embedding model [reports](runnable_chat::metering::USAGE_REPORT). Requests that are answered by a cache of
//! answers inside the limited model count as requests, but not as tokens.
//!
//! # Limits of the service
//!
//! If an answer [reports](runnable_chat::AiMessage::rate_limits) how much the service still
//! accepts, the limiter lets no more through than that. After an error of kind
//! [`RateLimit`](runnable_core::ErrorKind::RateLimit) it lets nothing through until the time that
//! the service asks for. A limiter without limits of its own therefore follows the service.
//!
//! # Order
//!
//! Calls are let through in the order in which they arrived. A small request does not overtake a
//! large one. A call that is not polled when it is its turn does not block the others: they pass
//! after a second, and the call keeps its place.
//!
//! # Waiting
//!
//! While a call waits, it gives back its permit of
//! [`max_concurrency`](runnable_core::RunConfig::max_concurrency). Afterwards, its run has an event
//! of kind [`Wait`](runnable_core::RunEventData::Wait) with the reason
//! [`RATE_LIMIT`](runnable_core::WaitReason::RATE_LIMIT). Dropping the call ends the wait.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod estimate;
mod ext;
mod limiter;
mod model;
mod quantity;
mod state;
mod step;
mod turn;

/// Runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use self::{
    ext::{ModelRateLimitExt, RateLimitExt},
    limiter::RateLimiter,
    quantity::Quantity,
    step::RateLimited,
};
