//! Records requests and their responses in files, and replays them in tests.

mod case;
mod difference;
mod open_case;
mod recorded_request;
mod recorder;
mod replay;
mod shelf;
mod tape;
mod writer;

pub(crate) use recorder::Recorder;
pub(crate) use replay::Replay;
