//! Steps whose types are erased.

mod deep_drop;
mod dyn_runnable;
mod erased_chain;
mod link_step;

pub use self::dyn_runnable::DynRunnable;
