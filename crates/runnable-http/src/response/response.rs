//! [`HttpResponse`]: a response whose headers have arrived.

use std::{fmt, future::poll_fn};

use bytes::Bytes;
use futures_util::{FutureExt, TryFutureExt};
use reqwest::{StatusCode, header::HeaderMap};
use runnable_core::{ErrorKind, Result};
use serde::de::DeserializeOwned;

use super::{
    frame::{Decoder, Frames, NdjsonDecoder, SseDecoder},
    guarded_body::GuardedBody,
    page::{Page, begins_as_page},
};
use crate::{
    error::{ApiError, masked_excerpt},
    headers::ContentType,
    lenient,
    offload::offload,
    origin::RequestInfo,
};

/// A successful response whose status and headers have arrived. Dropping it closes the connection.
///
/// A service may ignore the request for a stream and send a complete response. To detect this,
/// check [`content_type`](Self::content_type).
#[must_use = "dropping a response closes its connection"]
pub struct HttpResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: GuardedBody,
    max_body: usize,
    max_frame: usize,
}

/// The output omits the body, because usually only a part of the body has arrived.
impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("origin", self.origin())
            .finish_non_exhaustive()
    }
}

impl HttpResponse {
    pub(crate) fn new(
        status: StatusCode,
        headers: HeaderMap,
        body: GuardedBody,
        max_body: usize,
        max_frame: usize,
    ) -> Self {
        Self { status, headers, body, max_body, max_frame }
    }

    /// Returns the status, which is between 200 and 299.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns all headers, with the secrets of the request masked.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the header of this name, or `None` if it is missing or is not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the content type.
    pub fn content_type(&self) -> ContentType {
        ContentType::of(&self.headers)
    }

    /// Returns the request to which this response belongs.
    pub fn origin(&self) -> &RequestInfo {
        self.body.origin()
    }

    /// Returns the body as a stream of server-sent events.
    pub fn sse(self) -> Frames<SseDecoder> {
        self.frames(SseDecoder::new())
    }

    /// Returns the body as a stream of JSON lines.
    pub fn ndjson(self) -> Frames<NdjsonDecoder> {
        self.frames(NdjsonDecoder::new())
    }

    /// Returns the body as a stream of the frames of a custom decoder. If the response is an HTML
    /// page, the stream yields an error that contains its title.
    pub fn frames<D: Decoder>(self, mut decoder: D) -> Frames<D> {
        decoder.set_limit(self.max_frame);
        decoder.set_origin(self.body.origin());
        let page = (self.content_type() == ContentType::Html).then(Page::default);
        Frames::new(self.body, decoder, page)
    }

    /// Reads the complete body.
    ///
    /// # Errors
    ///
    /// - [`Connection`](ErrorKind::Connection) if the connection failed.
    /// - [`Timeout`](ErrorKind::Timeout) with the phase `Idle` or `Call` if a time limit was
    ///   exceeded.
    /// - [`Parse`](ErrorKind::Parse) if the body exceeds
    ///   [`max_body`](crate::HttpClientBuilder::max_body).
    #[expect(clippy::manual_async_fn, reason = "an async fn would store the response twice")]
    pub fn bytes(mut self) -> impl Future<Output = Result<Bytes>> + Send + 'static {
        async move {
            self.body.set_limit(self.max_body);
            let Some(first) = self.chunk().await.transpose()? else { return Ok(Bytes::new()) };
            let Some(second) = self.chunk().await.transpose()? else { return Ok(first) };
            let mut body = Vec::from(first);
            body.extend_from_slice(&second);
            while let Some(chunk) = self.chunk().await.transpose()? {
                body.extend_from_slice(&chunk);
            }
            Ok(body.into())
        }
    }

    /// Reads the complete body and deserializes it from JSON.
    ///
    /// Services may send an error with a status of success. If the body does not deserialize to
    /// `T`, but has one of the shapes that [`ApiError::told_by`] recognizes, this method returns
    /// the error of the service. JSON that is slightly invalid is repaired, as described in
    /// [`lenient`]: for example, of a repeated field the last value that is not `null` is used.
    ///
    /// A body of 512 KiB or more is deserialized on a thread for blocking work, so that it delays
    /// neither time limits nor other tasks.
    ///
    /// # Errors
    ///
    /// Fails in the same cases as [`bytes`](Self::bytes).
    ///
    /// - The [kind](ApiError::kind) of the service's error if the body is an error.
    /// - [`Parse`](ErrorKind::Parse) if the body does not deserialize to `T` and is not an error;
    ///   the message contains the start of the body.
    pub fn json<T: DeserializeOwned + Send + 'static>(
        self,
    ) -> impl Future<Output = Result<T>> + Send + 'static {
        let (content_type, origin) = (self.content_type(), self.origin().clone());
        self.bytes().and_then(move |body| {
            let read = offload(body.len(), move || read_json(body, content_type, &origin));
            read.map(|value| value?)
        })
    }

    async fn chunk(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|cx| self.body.poll_piece(cx)).await
    }

    /// Returns the body as a stream of server-sent events. The total size is limited to the maximum
    /// size of a complete response.
    pub(crate) fn sse_within_limit(mut self) -> Frames<SseDecoder> {
        self.body.set_limit(self.max_body);
        self.sse()
    }
}

fn read_json<T: DeserializeOwned>(
    body: Bytes,
    content_type: ContentType,
    origin: &RequestInfo,
) -> Result<T> {
    let source = match serde_json::from_slice(&body) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if content_type == ContentType::Html || begins_as_page(&body) == Some(true) {
        let mut page = Page::default();
        page.push(Some(body));
        return Err(page.error(origin, "JSON"));
    }
    if let Some(value) = str::from_utf8(&body).ok().and_then(|text| lenient::value(text).ok()) {
        if let Ok(read) = T::deserialize(&value) {
            return Ok(read);
        }
        if let Some(error) = ApiError::told_by(&value) {
            return Err(origin.error(error));
        }
    }
    let message = format!(
        "cannot read the response of {} to {origin}: {source}: {}",
        origin.host(),
        masked_excerpt(&body, 200, origin.secrets())
    );
    let error = origin.failure(ErrorKind::Parse, message).with_source(source);
    Err(origin.secrets().mask_error(error))
}
