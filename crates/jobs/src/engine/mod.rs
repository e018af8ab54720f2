//! The engine of a job: it reads items, runs them, and records their results.

mod attempt;
mod calls;
mod cursor;
mod ending_items;
#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod engine;
mod intake;
mod item_end;
mod item_step;
mod lookup;
mod rate;
mod ready;
mod records;
mod reporter;
mod run;
mod starting;
mod starting_items;
mod stop;
mod suspects;
mod writes;

pub(crate) use self::run::{Source, run};
