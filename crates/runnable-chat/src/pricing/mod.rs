//! Prices of models, and the exact cost of their calls.

mod answer_cost;
mod cost;
mod cost_text;
mod date;
mod model_prices;
mod name_pattern;
mod name_rule;
mod period;
mod price_query;
mod prices;
mod provider_prices;
mod rate;
mod token_prices;
mod unknown_cost;

pub(crate) use self::{answer_cost::AnswerFacts, price_query::PROCESSING};
pub use self::{
    cost::Cost, price_query::PriceQuery, prices::Prices, rate::Rate, token_prices::TokenPrices,
    unknown_cost::UnknownCost,
};
