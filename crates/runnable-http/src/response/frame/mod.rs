//! Frames: the pieces that a streamed answer is made of.

mod decoder;
#[expect(clippy::module_inception, reason = "the noun of the file is that of the folder")]
mod frame;
mod frames;
mod lines;
mod ndjson;
mod sse;

pub(crate) use self::decoder::FRAME_LIMIT;
pub use self::decoder::{Decoder, FrameError};
pub use self::frame::Frame;
pub use self::frames::Frames;
pub use self::ndjson::NdjsonDecoder;
pub use self::sse::SseDecoder;
