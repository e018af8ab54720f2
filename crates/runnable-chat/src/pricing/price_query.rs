//! [`PriceQuery`]: a call of a model whose cost is requested.

use std::{collections::BTreeMap, time::SystemTime};

use crate::Usage;

/// The property of a request, and the metadata of its answer, that is `batch` for the answers of a
/// Batch API.
pub(crate) const PROCESSING: &str = "processing";

/// A call of a model whose cost is requested. Used with
/// [`Prices::cost_of`](super::Prices::cost_of).
///
/// # Examples
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use runnable_chat::{Usage, pricing::{PriceQuery, Prices}};
///
/// let usage = Usage::new(1_000_000, 0);
/// let query = PriceQuery::new("openai", "gpt-4o-mini", &usage)
///     .at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_740_000_000));
///
/// assert_eq!(Prices::shipped().cost_of(&query)?.to_string(), "$0.1500");
/// # Ok::<(), runnable_chat::pricing::UnknownCost>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct PriceQuery<'a> {
    pub(super) provider: Option<&'a str>,
    pub(super) model: &'a str,
    pub(super) usage: &'a Usage,
    pub(super) time: Option<SystemTime>,
    pub(super) context: BTreeMap<&'a str, &'a str>,
}

impl<'a> PriceQuery<'a> {
    /// Creates a query for a call of `model` at the current time.
    ///
    /// If the provider is `None`, the table recognises it from the name of the model, if possible.
    pub fn new(provider: impl Into<Option<&'a str>>, model: &'a str, usage: &'a Usage) -> Self {
        Self { provider: provider.into(), model, usage, time: None, context: BTreeMap::new() }
    }

    /// Sets the time of the call. The default is the current time.
    ///
    /// Prices change, and some services have other prices at night.
    pub fn at(mut self, time: SystemTime) -> Self {
        self.time = Some(time);
        self
    }

    /// Sets a property of the request that has its own prices: `("service_tier", "flex")`,
    /// `("processing", "batch")` or `("speed", "fast")`.
    ///
    /// If the table has no batch price for a model of OpenAI, Azure, Anthropic or Mistral, the price
    /// of a batch is half of the standard price, as these services document.
    pub fn with_context(mut self, key: &'a str, value: &'a str) -> Self {
        self.context.insert(key, value);
        self
    }
}
