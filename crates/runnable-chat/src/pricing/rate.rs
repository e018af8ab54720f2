//! [`Rate`]: the price of a million tokens of one kind.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, SeqAccess},
    ser::SerializeSeq,
};

use super::cost::Cost;

/// The price of a million tokens of one kind, which can be higher for long prompts.
///
/// If a prompt has more tokens than a threshold, the price of the threshold applies to all tokens
/// of the call, and not only to the tokens above the threshold. This is how the services charge.
///
/// A [`Cost`] converts to a rate without thresholds. A price has at most 18 decimals. Further
/// decimals are cut off.
///
/// In JSON, a rate is a price, or a list of the price and the thresholds: `["1.25", [200000,
/// "2.5"]]`.
///
/// # Examples
///
/// ```
/// use runnable_chat::pricing::{Cost, Rate};
///
/// let rate = Rate::new(Cost::from_cents(125)).above(200_000, Cost::from_cents(250));
/// assert_eq!(rate.price(200_000), Cost::from_cents(125));
/// assert_eq!(rate.price(200_001), Cost::from_cents(250));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    base: Cost,
    /// The prices of longer prompts, with the number of input tokens above which they apply, in
    /// ascending order.
    tiers: Vec<(u64, Cost)>,
}

impl Rate {
    /// Creates a rate of this price per million tokens.
    pub const fn new(price: Cost) -> Self {
        Self { base: price, tiers: Vec::new() }
    }

    /// Sets the price per million tokens of calls with more than this number of input tokens.
    #[must_use]
    pub fn above(mut self, input_tokens: u64, price: Cost) -> Self {
        self.tiers.push((input_tokens, price));
        self.tiers.sort_by_key(|(start, _)| *start);
        self
    }

    /// Returns the price per million tokens of a call with this number of input tokens.
    pub fn price(&self, input_tokens: u64) -> Cost {
        let tier = self.tiers.iter().rev().find(|(start, _)| input_tokens > *start);
        tier.map_or(self.base, |(_, price)| *price)
    }

    pub(super) fn halved(mut self) -> Self {
        self.base = self.base.halved();
        self.tiers.iter_mut().for_each(|(_, price)| *price = price.halved());
        self
    }

    fn is_exact(&self) -> bool {
        self.base.is_exact_per_token()
            && self.tiers.iter().all(|(_, price)| price.is_exact_per_token())
    }
}

impl From<Cost> for Rate {
    fn from(price: Cost) -> Self {
        Self::new(price)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.tiers.is_empty() {
            return self.base.serialize(serializer);
        }
        let mut list = serializer.serialize_seq(Some(1 + self.tiers.len()))?;
        list.serialize_element(&self.base)?;
        for tier in &self.tiers {
            list.serialize_element(tier)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rate = deserializer.deserialize_any(RateVisitor)?;
        if rate.is_exact() {
            Ok(rate)
        } else {
            Err(de::Error::custom("invalid price: expected at most 18 decimals"))
        }
    }
}

struct RateVisitor;

impl<'de> de::Visitor<'de> for RateVisitor {
    type Value = Rate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price such as \"0.25\", or a list of a price and thresholds")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Rate, E> {
        Cost::deserialize(de::value::StrDeserializer::new(text)).map(Rate::new)
    }

    fn visit_u64<E: de::Error>(self, dollars: u64) -> Result<Rate, E> {
        Ok(Rate::new(Cost::from_dollars(dollars)))
    }

    fn visit_f64<E: de::Error>(self, dollars: f64) -> Result<Rate, E> {
        self.visit_str(&dollars.to_string())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rate, A::Error> {
        let base = list.next_element()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
        let mut rate = Rate::new(base);
        while let Some((start, price)) = list.next_element()? {
            rate = rate.above(start, price);
        }
        Ok(rate)
    }
}
