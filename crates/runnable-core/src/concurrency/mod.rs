//! How many runs of a call are at work at once. [`budget`] has the rules, and why they lock nothing up.

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
