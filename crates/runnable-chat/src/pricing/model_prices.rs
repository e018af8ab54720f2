//! [`ModelPrices`]: a row of the prices table.

use std::{collections::BTreeMap, time::SystemTime};

use serde::Deserialize;

use super::{
    name_rule::NameRule, period::Period, price_query::PROCESSING, token_prices::TokenPrices,
};

/// A row of the prices table: a model and its prices.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ModelPrices {
    id: String,
    /// The names of the model. If it is missing, the model has only its id as a name.
    names: Option<NameRule>,
    /// The prices, of which the last entry that applies at a time is used. If none applies, the
    /// first entry is used.
    prices: Vec<DatedPrices>,
    /// Different prices for requests with certain properties, such as a service tier. If several
    /// apply, the first that sets a price is used for this price.
    #[serde(default)]
    variants: Vec<Variant>,
}

#[derive(Clone, Debug, Deserialize)]
struct DatedPrices {
    #[serde(flatten)]
    period: Period,
    #[serde(flatten)]
    prices: TokenPrices,
}

#[derive(Clone, Debug, Deserialize)]
struct Variant {
    /// The properties that the request must have.
    when: BTreeMap<String, String>,
    #[serde(flatten)]
    dated: DatedPrices,
}

impl ModelPrices {
    /// Returns whether the model has this name. The name is in lower case.
    pub(super) fn is_named(&self, name: &str) -> bool {
        match &self.names {
            Some(names) => names.is_match(name),
            None => self.id.eq_ignore_ascii_case(name),
        }
    }

    /// Returns whether the model has its own prices for the requests of a batch at this time.
    pub(super) fn has_batch_price(&self, time: SystemTime) -> bool {
        self.variants.iter().any(|variant| {
            let processing = variant.when.get(PROCESSING).map(String::as_str);
            processing == Some("batch") && variant.dated.period.contains(time)
        })
    }

    /// Returns the prices at this time, for a request with these properties.
    pub(super) fn at(&self, time: SystemTime, context: &BTreeMap<&str, &str>) -> TokenPrices {
        let current = self.prices.iter().rev().find(|dated| dated.period.contains(time));
        let standard = current.or(self.prices.first()).map(|dated| dated.prices.clone());
        let applies = |variant: &&Variant| {
            let is_set = |(key, value): (&String, &String)| context.get(&**key) == Some(&&**value);
            variant.dated.period.contains(time) && variant.when.iter().all(is_set)
        };
        let variants =
            self.variants.iter().filter(applies).map(|variant| variant.dated.prices.clone());
        variants.chain(standard).reduce(TokenPrices::or).unwrap_or_default()
    }
}
