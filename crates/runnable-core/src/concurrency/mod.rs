//! Concurrency limits. The module [`budget`] defines the terms and the rules, and shows why calls
//! cannot deadlock.

pub(crate) mod budget;
mod driven;
mod driver_id;
pub(crate) mod item_limit;
pub(crate) mod lease;
mod ledger;
mod limit;
pub(crate) mod node;
mod pauses;
mod queue;
pub(crate) mod round;
pub(crate) mod step_turns;
pub(crate) mod window;
