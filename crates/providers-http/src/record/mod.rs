//! Requests and their answers on disk: a failed call becomes a test.

mod asked;
mod case;
mod difference;
mod recorder;
mod replay;
mod tape;

pub(crate) use recorder::Recorder;
pub(crate) use replay::Replay;
