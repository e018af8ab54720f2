//! [`Allowance`]: how much a service still accepts, as it has reported.

use std::time::{Duration, SystemTime};

use runnable_chat::message::{RateLimit, RateLimitReset};
use tokio::time::Instant;

use crate::quantity::{Quantity, Tokens};

/// How much a service still accepts of a quantity, as it has reported with an answer.
///
/// Most services refill the amount steadily. The allowance therefore assumes that the amount grows
/// from what is left to the limit until the reset.
#[derive(Debug)]
pub(super) struct Allowance {
    pub(super) name: String,
    quantity: Quantity,
    /// The amount at the time `at`. It is negative if requests were larger than they were estimated.
    available: f64,
    at: Instant,
    per_second: f64,
    limit: f64,
}

/// The shortest wait. A shorter one could be rounded to zero.
const SHORTEST: Duration = Duration::from_millis(1);

impl Allowance {
    /// Returns the allowance that a service has reported, or `None` if the report contains no limit.
    /// The time until the reset is at most `longest`.
    pub(super) fn of_report(report: &RateLimit, longest: Duration, now: Instant) -> Option<Self> {
        let quantity = Quantity::of_name(&report.name)?;
        let remaining = report.remaining? as f64;
        let limit = report.limit.map_or(remaining.max(1.0), |limit| (limit as f64).max(1.0));
        let reset = match report.reset? {
            RateLimitReset::After(wait) => wait,
            RateLimitReset::At(time) => time.duration_since(SystemTime::now()).ok()?,
        };
        let seconds = reset.clamp(SHORTEST, longest.max(SHORTEST)).as_secs_f64();
        let per_second = (limit - remaining).max(1.0) / seconds;
        let (name, available) = (report.name.to_string(), remaining);
        Some(Self { name, quantity, available, at: now, per_second, limit })
    }

    /// Takes over a later report. The amount that is left does not grow by it, because the service
    /// does not know the requests that are on their way.
    pub(super) fn update(&mut self, later: Self, now: Instant) {
        let available = self.available(now).min(later.available);
        *self = Self { available, ..later };
    }

    fn available(&self, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        (self.available + passed * self.per_second).min(self.limit)
    }

    /// Returns when the service accepts a request with these tokens, or `None` if it does now.
    pub(super) fn fits_at(&self, tokens: Tokens, now: Instant) -> Option<Instant> {
        // A request that is larger than the limit is sent when the full amount is available.
        let needed = (tokens.amount(self.quantity) as f64).min(self.limit);
        let missing = needed - self.available(now);
        // The smallest differences are errors of rounding.
        (missing > 1e-6).then(|| {
            let wait = Duration::try_from_secs_f64(missing / self.per_second);
            now + wait.unwrap_or(SHORTEST).max(SHORTEST)
        })
    }

    pub(super) fn take(&mut self, tokens: Tokens, now: Instant) {
        self.available = self.available(now) - tokens.amount(self.quantity) as f64;
        self.at = now;
    }

    pub(super) fn correct(&mut self, estimate: Tokens, actual: Tokens) {
        let quantity = self.quantity;
        let returned = estimate.amount(quantity) as f64 - actual.amount(quantity) as f64;
        self.available = (self.available + returned).min(self.limit);
    }
}
