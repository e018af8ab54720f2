//! [`Tape`]: the recording of one request while the request runs.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use runnable_core::Error;

use super::{
    case::Head,
    recorded_request::SentRequest,
    writer::{Done, Note, Writer},
};
use crate::masking::Secrets;

/// The recording of one request while the request runs. When this value is dropped, the end of the
/// recording is written. A stream whose caller stops early is therefore recorded, too.
pub(super) struct Tape {
    writer: Arc<Writer>,
    call: u64,
    secrets: Secrets,
    head: Head,
    end: End,
}

enum End {
    Open,
    /// The end of the recording was sent to the writer.
    Noted(Arc<Done>),
    Written,
}

impl Tape {
    pub(super) async fn begin(writer: Arc<Writer>, sent: SentRequest) -> Self {
        let (call, secrets) = (writer.next(), sent.secrets().clone());
        writer.note(Note::Begin(call, Box::new(sent))).await;
        Self { writer, call, secrets, head: Head::default(), end: End::Open }
    }

    /// Records the status and headers of the response.
    pub(super) async fn answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.head.status = Some(status);
        self.head.headers = headers.clone();
        self.secrets.mask_headers(&mut self.head.headers);
        self.writer.note(Note::Head(self.call, Box::new(self.head.clone()))).await;
    }

    pub(super) async fn write(&self, chunk: Bytes) {
        self.writer.note(Note::Piece(self.call, chunk)).await;
    }

    /// Records that the request failed.
    pub(super) async fn fail(self, error: &Error) {
        let message = self.secrets.mask(&error.message()).into_owned();
        let mut tape = self;
        tape.head.error = Some((error.kind(), message));
        tape.end().await;
    }

    /// Records that the response is complete.
    pub(super) async fn complete(mut self) {
        self.head.complete = true;
        self.end().await;
    }

    async fn end(&mut self) {
        self.note_end();
        if let End::Noted(done) = &self.end {
            Arc::clone(done).written().await;
            self.end = End::Written;
        }
    }

    fn note_end(&mut self) {
        if let End::Open = self.end {
            let (done, written) = Done::new();
            self.end = End::Noted(done);
            let head = Box::new(self.head.clone());
            self.writer.note_end(Note::End(self.call, head, written));
        }
    }
}

impl Drop for Tape {
    /// Blocks until the recording is written, because the program may end right after this. The
    /// wait is short, because the body was written while it arrived.
    fn drop(&mut self) {
        self.note_end();
        if let End::Noted(done) = &self.end {
            done.wait();
        }
    }
}
