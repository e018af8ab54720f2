//! The debugger: stops the runs of a chain, shows them, and lets them continue.

mod breakpoint;
mod commands;
mod control;
mod debug_listener;
mod handle;
mod holds;
mod printable;
mod prompt;
mod run_tree;
mod shared;
mod stop;

pub use self::{
    breakpoint::{Breakpoint, StopAt},
    control::DebuggerControl,
    handle::Debugger,
    stop::Stop,
};
