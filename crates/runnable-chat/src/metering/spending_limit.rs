//! [`SpendingLimit`]: the number of tokens and the amount of money that calls may spend.

use std::fmt;

use super::{
    account::{Account, Limits},
    spending_limit_reached::SpendingLimitReached,
    usage_totals::UsageTotals,
};
use crate::pricing::{Cost, Prices};

/// The number of tokens and the amount of money that the models of a step may spend. Used with
/// [`with_spending_limit`](super::SpendingLimitExt::with_spending_limit).
///
/// A limit counts as a [`UsageMeter`](super::UsageMeter) does: each call of a model when it ends,
/// and failed and cancelled calls with the usage that they have reported. The sum can therefore
/// exceed the limit by the calls that run when it is reached.
///
/// # Sharing a limit
///
/// All calls of a limited step share one sum: the inputs of a batch, concurrent calls, and later
/// calls. A clone of a limit is a handle to the same sum, so several steps can share a limit. After
/// the sum has reached the limit, every further call fails. With [`per_call`](Self::per_call), each
/// call has its own sum.
///
/// A setter, such as [`max_cost`](Self::max_cost), creates a limit whose sum is zero.
///
/// # Unknown costs
///
/// If the cost is limited, a call fails as soon as a model has answered whose cost is unknown,
/// because the limit cannot be enforced otherwise.
/// [`allow_unknown_costs`](Self::allow_unknown_costs) ignores such costs instead. A call that
/// failed or was dropped before it reported its usage does not count as unknown, so that time
/// limits and retries work.
///
/// # Examples
///
/// ```
/// use runnable_chat::{metering::SpendingLimit, pricing::Cost};
///
/// let limit = SpendingLimit::new().max_tokens(100_000).max_cost(Cost::from_cents(50));
/// assert!(limit.spent().is_empty() && limit.reached().is_none());
/// ```
#[derive(Clone)]
#[must_use]
pub struct SpendingLimit {
    pub(super) account: Account,
    pub(super) prices: Prices,
    is_per_call: bool,
}

impl SpendingLimit {
    /// Creates a limit that allows everything, with the [shipped](Prices::shipped) prices.
    pub fn new() -> Self {
        Self { account: Account::default(), prices: Prices::shipped(), is_per_call: false }
    }

    /// Sets the maximum number of input and output tokens. Tokens of answers that came from an
    /// answer cache do not count.
    pub fn max_tokens(self, tokens: u64) -> Self {
        self.limited(|limits| limits.tokens = Some(tokens))
    }

    /// Sets the maximum cost.
    pub fn max_cost(self, cost: Cost) -> Self {
        self.limited(|limits| limits.cost = Some(cost))
    }

    /// Ignores calls whose cost is unknown. By default, such a call fails the step.
    ///
    /// For a model that costs nothing, add a price instead, with
    /// [`TokenPrices::free`](crate::pricing::TokenPrices::free).
    pub fn allow_unknown_costs(self) -> Self {
        self.limited(|limits| limits.allows_unknown = true)
    }

    /// Sets the prices.
    pub fn with_prices(self, prices: Prices) -> Self {
        Self { prices, ..self.limited(|_| ()) }
    }

    /// Gives each call of the step its own sum. In a batch, each input is a call.
    ///
    /// [`spent`](Self::spent) then returns nothing, because no sum belongs to the limit itself.
    pub fn per_call(self) -> Self {
        Self { is_per_call: true, ..self.limited(|_| ()) }
    }

    /// Returns whether each call of the step has its own sum.
    pub fn is_per_call(&self) -> bool {
        self.is_per_call
    }

    /// Begins the sum with what was spent before, for example in an earlier process.
    ///
    /// The limit has one sum then, even if it was [`per_call`](Self::per_call) before. Call this
    /// method last, because the other setters begin the sum with zero.
    ///
    /// ```
    /// use runnable_chat::metering::{SpendingLimit, UsageTotals};
    ///
    /// let stored = r#"[{"provider": "openai", "model": "gpt-4o",
    ///     "completed": {"calls": 1, "usage": {"input_tokens": 900, "output_tokens": 200}}}]"#;
    /// let spent: UsageTotals = serde_json::from_str(stored)?;
    ///
    /// let limit = SpendingLimit::new().max_tokens(1_000).with_spent(spent);
    /// assert_eq!(limit.spent().total().usage.input_tokens, 900);
    /// assert!(limit.reached().is_some());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn with_spent(self, spent: UsageTotals) -> Self {
        let account = Account::open(self.account.limits(), spent);
        Self { account, is_per_call: false, ..self }
    }

    /// Returns the tokens and the cost of the calls under this limit so far.
    pub fn spent(&self) -> UsageTotals {
        self.account.spent()
    }

    /// Returns the limit that was reached, or `None` if the calls may continue.
    pub fn reached(&self) -> Option<SpendingLimitReached> {
        self.account.stopped_by()
    }

    /// Returns the limit for a single call.
    pub(super) fn for_call(&self) -> Self {
        let limit = self.clone();
        if self.is_per_call { limit.limited(|_| ()) } else { limit }
    }

    /// Changes the limits, and opens a new account for them.
    fn limited(self, change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = self.account.limits();
        change(&mut limits);
        Self { account: Account::open(limits, UsageTotals::default()), ..self }
    }
}

/// Creates a limit that allows everything.
impl Default for SpendingLimit {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SpendingLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpendingLimit")
            .field("limits", &self.account.limits())
            .field("is_per_call", &self.is_per_call)
            .field("spent", &self.spent())
            .finish_non_exhaustive()
    }
}
