//! `runnable follow`: shows a program that is still running, as a tree or as a page.

mod answer;
mod command;
mod followed_page;
mod open_calls;
mod screen;
mod server;
mod tail;

pub(super) use self::command::run;
