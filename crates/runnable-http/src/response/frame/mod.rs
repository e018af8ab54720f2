//! Frames: the events or lines of a streamed response.

mod decoder;
#[expect(
    clippy::module_inception,
    reason = "the main type of the folder has the same name as the folder"
)]
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
