//! `runnable job`: a prompt for each row of a file, with results that survive a crash.

mod chain;
mod command;
mod export;
mod first_item;
mod inputs;
mod outputs;
mod places;
mod question;
mod run;
mod shell_word;
mod snapshot;
mod status;
mod stop_signal;
mod stored_task;

pub(super) use self::command::run;
