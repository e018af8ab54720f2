//! The response to a request: its bytes, with limits of time and size, and the frames that they
//! contain.

mod frame;
mod guarded_body;
mod gunzip;
mod page;
#[expect(
    clippy::module_inception,
    reason = "the main type of the folder has the same name as the folder"
)]
mod response;
mod turn;

pub(crate) use self::{
    frame::FRAME_LIMIT,
    guarded_body::{Deadline, GuardedBody, after},
    gunzip::{ACCEPTED, Encoding, Gunzip, PIECE},
    page::{Page, begins_as_page},
};
pub use self::{
    frame::{Decoder, Frame, FrameError, Frames, NdjsonDecoder, SseDecoder},
    response::HttpResponse,
};
