//! [`RateLimiter`]: the limits that models and other steps share.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use runnable_chat::{PromptValue, message::RateLimit};
use runnable_core::{Error, ErrorKind, Result};
use tokio::time::Instant;

use crate::{
    Quantity,
    estimate::input_tokens,
    state::{Limit, State, wake},
};

/// A number of requests and of tokens per time. Used with
/// [`with_rate_limiter`](crate::ModelRateLimitExt::with_rate_limiter) for models, and with
/// [`with_rate_limit`](crate::RateLimitExt::with_rate_limit) for other steps.
///
/// A clone is a handle to the same limiter: all steps with the limiter share its limits. A setter,
/// such as [`requests_per_minute`](Self::requests_per_minute), creates a limiter that has not let
/// anything through yet.
///
/// # Errors
///
/// A step with a limiter returns [`ErrorKind::InvalidInput`] from every call if an amount is 0, or
/// if a period is zero or longer than a year.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use runnable_rate_limit::{Quantity, RateLimiter};
///
/// let limiter = RateLimiter::new()
///     .requests_per_minute(500)
///     .tokens_per_minute(200_000)
///     // At most 20 of these requests at once.
///     .limit(Quantity::Requests, 20, Duration::from_secs(1));
/// assert_eq!(limiter.waiting(), 0);
/// ```
#[doc(alias("BaseRateLimiter", "InMemoryRateLimiter"))]
#[derive(Clone)]
#[must_use = "a limiter does nothing until a step uses it"]
pub struct RateLimiter {
    rules: Arc<Rules>,
    state: Arc<Mutex<State>>,
}

#[derive(Clone)]
struct Rules {
    limits: Vec<Limit>,
    max_retry_after: Duration,
    input_tokens: Arc<dyn Fn(&PromptValue) -> u64 + Send + Sync>,
}

impl RateLimiter {
    /// Creates a limiter without limits of its own. It follows the limits that services report.
    pub fn new() -> Self {
        let rules = Rules {
            limits: Vec::new(),
            max_retry_after: Duration::from_secs(60),
            input_tokens: Arc::new(input_tokens),
        };
        Self::of_rules(rules)
    }

    /// Limits the number of requests per minute.
    #[doc(alias = "requests_per_second")]
    pub fn requests_per_minute(self, requests: u64) -> Self {
        self.limit(Quantity::Requests, requests, Duration::from_secs(60))
    }

    /// Limits the number of tokens per minute, in prompts and answers together.
    pub fn tokens_per_minute(self, tokens: u64) -> Self {
        self.limit(Quantity::Tokens, tokens, Duration::from_secs(60))
    }

    /// Adds a limit: an amount of a quantity per time. All limits apply.
    pub fn limit(self, quantity: Quantity, amount: u64, per: Duration) -> Self {
        self.ruled(|rules| rules.limits.push(Limit { quantity, amount, per }))
    }

    /// Sets the longest pause that a service can cause by an error or a report. The default is
    /// 60 s.
    pub fn with_max_retry_after(self, wait: Duration) -> Self {
        self.ruled(|rules| rules.max_retry_after = wait)
    }

    /// Sets the function that estimates the tokens of a prompt.
    ///
    /// The default is a token per four bytes of text, four tokens per message, and 1,000 tokens per
    /// image or file. Tools and schemas are added to the result of the function. The tokens of an
    /// answer are estimated from the answers so far.
    ///
    /// ```
    /// use runnable_rate_limit::RateLimiter;
    ///
    /// let limiter = RateLimiter::new()
    ///     .tokens_per_minute(30_000)
    ///     .count_input_with(|prompt| prompt.text().split_whitespace().count() as u64 * 2);
    /// # drop(limiter);
    /// ```
    pub fn count_input_with(
        self,
        count: impl Fn(&PromptValue) -> u64 + Send + Sync + 'static,
    ) -> Self {
        self.ruled(|rules| rules.input_tokens = Arc::new(count))
    }

    /// Returns the number of calls that wait at this moment.
    pub fn waiting(&self) -> usize {
        self.state().waiting()
    }

    fn of_rules(rules: Rules) -> Self {
        let state = Arc::new(Mutex::new(State::new(&rules.limits)));
        Self { rules: Arc::new(rules), state }
    }

    fn ruled(self, change: impl FnOnce(&mut Rules)) -> Self {
        let mut rules = Rules::clone(&self.rules);
        change(&mut rules);
        Self::of_rules(rules)
    }

    /// Returns an error if a limit lets nothing through.
    pub(crate) fn check(&self) -> Result<()> {
        /// Longer periods could exceed the range of the clock.
        const YEAR: Duration = Duration::from_secs(366 * 24 * 60 * 60);
        for Limit { quantity, amount, per } in &self.rules.limits {
            let message = match () {
                () if *amount == 0 => {
                    format!("invalid rate limit: 0 {}; set 1 or more", quantity.as_str())
                }
                () if per.is_zero() || *per > YEAR => format!(
                    "invalid rate limit: a period of {per:?}; set more than zero and at most a year"
                ),
                () => continue,
            };
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(())
    }

    pub(crate) fn max_retry_after(&self) -> Duration {
        self.rules.max_retry_after.min(Duration::from_secs(24 * 60 * 60))
    }

    pub(crate) fn input_tokens(&self, prompt: &PromptValue) -> u64 {
        (self.rules.input_tokens)(prompt)
    }

    /// Takes over what a service has reported with an answer.
    pub(crate) fn reported(&self, limits: &[RateLimit]) {
        if !limits.is_empty() {
            let task = self.state().report(limits, self.max_retry_after(), Instant::now());
            wake(task);
        }
    }

    /// Lets nothing through for the time that a service asks for, if it has rejected a request
    /// because of a rate limit.
    pub(crate) fn failed(&self, error: &Error) {
        if error.kind() == ErrorKind::RateLimit
            && let Some(wait) = error.retry_after()
        {
            let until = Instant::now() + wait.min(self.max_retry_after());
            self.state().pause_until(until);
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Creates a limiter without limits of its own.
impl Default for RateLimiter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter")
            .field("limits", &self.rules.limits)
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}
