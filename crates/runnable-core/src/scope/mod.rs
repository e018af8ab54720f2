//! The run scope: the code that opens a run, polls its step, and ends the run. Apart from
//! transparent wrappers, no other code calls a step.

pub(crate) mod bounded_node;
mod call;
mod guard;
mod invoke_unwatched;
mod invoke_watched;
pub(crate) mod layer;
mod open;
mod stream;

pub use self::call::Scope;
