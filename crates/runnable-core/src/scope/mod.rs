//! The run scope: a run is opened, driven and ended here, and a step is called in no other way.

pub(crate) mod bounded_node;
mod call;
mod guard;
mod invoke_unwatched;
mod invoke_watched;
pub(crate) mod layer;
mod open;
mod stream;

pub use self::call::Scope;
