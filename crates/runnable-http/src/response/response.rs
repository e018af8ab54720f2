//! An answer whose head has come.

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
use crate::{error::masked_excerpt, headers::ContentType, offload::offload, origin::RequestInfo};

/// A good answer, of which status and headers have come. Dropping it closes the connection.
///
/// A service that was asked for a stream may answer with a whole: see to it by
/// [`content_type`](Self::content_type).
#[must_use = "dropping an answer closes its connection"]
pub struct HttpResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: GuardedBody,
    max_body: usize,
    max_frame: usize,
}

/// Not the body, of which pieces may be there already.
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

    /// The status, from 200 to 299.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers, without the secrets of the request.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The header of this name, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What the answer says it is.
    pub fn content_type(&self) -> ContentType {
        ContentType::of(&self.headers)
    }

    /// Which request this is the answer to.
    pub fn origin(&self) -> &RequestInfo {
        self.body.origin()
    }

    /// Its server-sent events, as they come.
    pub fn sse(self) -> Frames<SseDecoder> {
        self.frames(SseDecoder::new())
    }

    /// Its lines of JSON, as they come.
    pub fn ndjson(self) -> Frames<NdjsonDecoder> {
        self.frames(NdjsonDecoder::new())
    }

    /// Its frames, as they come, by a decoder of your own. If the answer is an HTML page, that is an
    /// error that shows its title.
    pub fn frames<D: Decoder>(self, mut decoder: D) -> Frames<D> {
        decoder.set_limit(self.max_frame);
        decoder.set_origin(self.body.origin());
        let page = (self.content_type() == ContentType::Html).then(Page::default);
        Frames::new(self.body, decoder, page)
    }

    /// The whole body.
    ///
    /// # Errors
    ///
    /// - [`Connection`](ErrorKind::Connection): the connection broke.
    /// - [`Timeout`](ErrorKind::Timeout): of the phase `Silence` or `Call`.
    /// - [`Parse`](ErrorKind::Parse): it is longer than
    ///   [`max_body`](crate::HttpClientBuilder::max_body).
    #[expect(clippy::manual_async_fn, reason = "an async fn would hold the answer twice")]
    pub fn bytes(mut self) -> impl Future<Output = Result<Bytes>> + Send + 'static {
        async move {
            self.body.set_limit(self.max_body);
            let Some(first) = self.piece().await.transpose()? else { return Ok(Bytes::new()) };
            let Some(second) = self.piece().await.transpose()? else { return Ok(first) };
            let mut whole = Vec::from(first);
            whole.extend_from_slice(&second);
            while let Some(piece) = self.piece().await.transpose()? {
                whole.extend_from_slice(&piece);
            }
            Ok(whole.into())
        }
    }

    /// The whole body, read as JSON. One of 512 KiB or more is read on a thread for blocking work, so
    /// that it holds up neither time limits nor other tasks.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes), and of kind [`Parse`](ErrorKind::Parse) if it is no such JSON; the
    /// message shows how it begins.
    pub fn json<T: DeserializeOwned + Send + 'static>(
        self,
    ) -> impl Future<Output = Result<T>> + Send + 'static {
        let (content_type, origin) = (self.content_type(), self.origin().clone());
        self.bytes().and_then(move |body| {
            let read = offload(body.len(), move || read_json(body, content_type, &origin));
            read.map(|value| value?)
        })
    }

    async fn piece(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|cx| self.body.poll_piece(cx)).await
    }

    /// Its server-sent events, no more bytes of them than of an answer that is read as a whole.
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
    serde_json::from_slice(&body).map_err(|source| {
        if content_type == ContentType::Html || begins_as_page(&body) == Some(true) {
            let mut page = Page::default();
            page.push(Some(body));
            return page.error(origin, "JSON");
        }
        let what = format!(
            "cannot read the answer of {} to {origin}: {source}: {}",
            origin.host(),
            masked_excerpt(&body, 200, origin.secrets())
        );
        let error = origin.failure(ErrorKind::Parse, what).with_source(source);
        origin.secrets().mask_error(error)
    })
}
