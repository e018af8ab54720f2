//! Frames: the pieces that a streamed answer is made of.

mod decoder;
#[expect(clippy::module_inception, reason = "the noun of the file is that of the folder")]
mod frame;
mod frames;
mod lines;
mod ndjson;
mod sse;

pub(crate) use decoder::FRAME_LIMIT;
pub use decoder::{Decoder, FrameError};
pub use frame::Frame;
pub use frames::Frames;
pub use ndjson::NdjsonDecoder;
pub use sse::SseDecoder;
