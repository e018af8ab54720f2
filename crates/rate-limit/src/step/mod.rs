//! Steps of any kind with a rate limiter.

mod answer_watch;
mod rate_limited;

pub use self::rate_limited::RateLimited;
