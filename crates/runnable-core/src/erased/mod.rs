//! Steps whose types are erased, and chains of such steps.

mod deep_drop;
mod dyn_runnable;
mod erased_chain;
mod link_step;

pub use self::dyn_runnable::DynRunnable;
