//! [`TokenPrices`]: the prices of a model's tokens.

use serde::{Deserialize, Serialize};

use super::{cost::Cost, rate::Rate, unknown_cost::UnknownCost};
use crate::Usage;

/// The prices of a model's tokens, per million tokens.
///
/// A kind of tokens without its own price has the price of the tokens that contain it. For example,
/// cached tokens cost as much as other input tokens, unless [`cache_read`](Self::cache_read) is
/// set.
///
/// # Examples
///
/// ```
/// use runnable_chat::{Usage, pricing::{Cost, TokenPrices}};
///
/// let prices = TokenPrices::new(Cost::from_dollars(2), Cost::from_dollars(8))
///     .cache_read(Cost::from_cents(50));
/// let usage = Usage::new(1_000_000, 10_000).with_cache_read(400_000);
///
/// // 600,000 tokens for $2, 400,000 for $0.50, and 10,000 for $8 per million.
/// assert_eq!(prices.cost(&usage)?, "1.48".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[must_use]
pub struct TokenPrices {
    input: Option<Rate>,
    output: Option<Rate>,
    cache_read: Option<Rate>,
    cache_write: Option<Rate>,
    cache_write_1h: Option<Rate>,
    input_audio: Option<Rate>,
    output_audio: Option<Rate>,
    cache_read_audio: Option<Rate>,
    reasoning: Option<Rate>,
    /// The price of a request, in addition to its tokens.
    request: Option<Cost>,
}

impl TokenPrices {
    /// Creates prices for input and output tokens.
    pub fn new(input: impl Into<Rate>, output: impl Into<Rate>) -> Self {
        Self { input: Some(input.into()), output: Some(output.into()), ..Self::default() }
    }

    /// Creates the prices of a model that costs nothing, such as a local model.
    pub fn free() -> Self {
        Self::new(Cost::ZERO, Cost::ZERO)
    }

    /// Sets the price of input tokens that are read from the cache.
    pub fn cache_read(mut self, rate: impl Into<Rate>) -> Self {
        self.cache_read = Some(rate.into());
        self
    }

    /// Sets the price of input tokens that are written to the cache.
    pub fn cache_write(mut self, rate: impl Into<Rate>) -> Self {
        self.cache_write = Some(rate.into());
        self
    }

    /// Sets the price of input tokens that are written to the cache for an hour.
    pub fn cache_write_1h(mut self, rate: impl Into<Rate>) -> Self {
        self.cache_write_1h = Some(rate.into());
        self
    }

    /// Sets the price of audio tokens in the input.
    pub fn input_audio(mut self, rate: impl Into<Rate>) -> Self {
        self.input_audio = Some(rate.into());
        self
    }

    /// Sets the price of audio tokens in the output.
    pub fn output_audio(mut self, rate: impl Into<Rate>) -> Self {
        self.output_audio = Some(rate.into());
        self
    }

    /// Sets the price of reasoning tokens.
    pub fn reasoning(mut self, rate: impl Into<Rate>) -> Self {
        self.reasoning = Some(rate.into());
        self
    }

    /// Sets the price of each request, which is added to the price of the tokens.
    pub fn request(mut self, price: Cost) -> Self {
        self.request = Some(price);
        self
    }

    /// Returns whether tokens have prices.
    pub(super) fn has_prices(&self) -> bool {
        self.input.is_some() || self.output.is_some()
    }

    /// Returns half of these prices.
    pub(super) fn halved(self) -> Self {
        let half = |rate: Option<Rate>| rate.map(Rate::halved);
        Self {
            input: half(self.input),
            output: half(self.output),
            cache_read: half(self.cache_read),
            cache_write: half(self.cache_write),
            cache_write_1h: half(self.cache_write_1h),
            input_audio: half(self.input_audio),
            output_audio: half(self.output_audio),
            cache_read_audio: half(self.cache_read_audio),
            reasoning: half(self.reasoning),
            request: self.request.map(Cost::halved),
        }
    }

    /// Returns these prices. Prices that are not set are taken from `others`.
    pub(super) fn or(self, others: Self) -> Self {
        Self {
            input: self.input.or(others.input),
            output: self.output.or(others.output),
            cache_read: self.cache_read.or(others.cache_read),
            cache_write: self.cache_write.or(others.cache_write),
            cache_write_1h: self.cache_write_1h.or(others.cache_write_1h),
            input_audio: self.input_audio.or(others.input_audio),
            output_audio: self.output_audio.or(others.output_audio),
            cache_read_audio: self.cache_read_audio.or(others.cache_read_audio),
            reasoning: self.reasoning.or(others.reasoning),
            request: self.request.or(others.request),
        }
    }

    /// Returns the cost of a request with this usage.
    ///
    /// # Errors
    ///
    /// - Returns [`UnknownCost::UnknownModel`] if neither input nor output tokens have a price.
    /// - Returns [`UnknownCost::InconsistentUsage`] if the parts of a count exceed the count.
    /// - Returns [`UnknownCost::UnknownCachedAudio`] if cached audio tokens have their own price,
    ///   and the usage has cached tokens and audio tokens.
    pub fn cost(&self, usage: &Usage) -> Result<Cost, UnknownCost> {
        if !self.has_prices() {
            return Err(UnknownCost::UnknownModel);
        }
        let (input, output) = (usage.input_token_details, usage.output_token_details);
        if self.cache_read_audio.is_some() && input.audio > 0 && input.cache_read > 0 {
            return Err(UnknownCost::UnknownCachedAudio);
        }
        let mut bill =
            Bill { input_tokens: usage.input_tokens, sum: self.request.unwrap_or_default() };

        // Charge the tokens that have their own price first, and then the rest of the count.
        let for_hour = bill.charge(&self.cache_write_1h, input.cache_creation_1h, 0)?;
        let written = bill.charge(&self.cache_write, input.cache_creation, for_hour)?;
        let read = bill.charge(&self.cache_read, input.cache_read, 0)?;
        let heard = bill.charge(&self.input_audio, input.audio, 0)?;
        let charged = [for_hour, written, read, heard].into_iter().fold(0, u64::saturating_add);
        bill.charge(&self.input, usage.input_tokens, charged)?;

        let spoken = bill.charge(&self.output_audio, output.audio, 0)?;
        let thought = bill.charge(&self.reasoning, output.reasoning, 0)?;
        bill.charge(&self.output, usage.output_tokens, spoken.saturating_add(thought))?;
        Ok(bill.sum)
    }
}

/// The cost of a request so far.
struct Bill {
    /// The number of input tokens of the request, which determines whether the prices of long
    /// prompts apply.
    input_tokens: u64,
    sum: Cost,
}

impl Bill {
    /// Adds the cost of `tokens`, except for those that are `charged` already. Returns how many
    /// tokens were added, which is 0 if they have no price of their own.
    fn charge(
        &mut self,
        rate: &Option<Rate>,
        tokens: u64,
        charged: u64,
    ) -> Result<u64, UnknownCost> {
        let Some(rate) = rate else {
            return Ok(0);
        };
        let rest = tokens.checked_sub(charged).ok_or(UnknownCost::InconsistentUsage)?;
        self.sum += rate.price(self.input_tokens).of_tokens(rest);
        Ok(rest)
    }
}
