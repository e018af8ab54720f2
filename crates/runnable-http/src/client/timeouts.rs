//! [`HttpTimeouts`]: the time limits of a request.

use std::time::Duration;

/// The time limits of a request, one per phase.
///
/// ```
/// # use std::time::Duration;
/// use runnable_http::HttpTimeouts;
///
/// let slow_model = HttpTimeouts::default().first_byte(Duration::from_secs(20 * 60));
/// let strict = HttpTimeouts::none().total(Duration::from_secs(30));
/// ```
///
/// | limit | default | [phase](runnable_core::TimeoutPhase) of the error |
/// |---|---|---|
/// | [`connect`](Self::connect) | 10 s | `Connect`, which is retried |
/// | [`first_byte`](Self::first_byte) | 10 min | `FirstChunk` |
/// | [`idle`](Self::idle) | 2 min | `Idle` |
/// | [`total`](Self::total) | none | `Call` |
///
/// The default for the first byte is long for two reasons: a reasoning model may send nothing for
/// minutes, and a response that is not streamed starts only when it is complete.
#[doc(alias("request_timeout", "default_request_timeout"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpTimeouts {
    pub(crate) connect: Option<Duration>,
    pub(crate) first_byte: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) total: Option<Duration>,
}

impl Default for HttpTimeouts {
    fn default() -> Self {
        Self {
            connect: Some(Duration::from_secs(10)),
            first_byte: Some(Duration::from_secs(10 * 60)),
            idle: Some(Duration::from_secs(2 * 60)),
            total: None,
        }
    }
}

impl HttpTimeouts {
    /// Creates a value without any limits.
    pub const fn none() -> Self {
        Self { connect: None, first_byte: None, idle: None, total: None }
    }

    /// Sets the maximum time to resolve the host, connect, and complete the TLS handshake.
    ///
    /// This limit belongs to the client: it has no effect if it is set for a single request. It
    /// also has no effect if the client uses your own `reqwest::Client`, which has its own limit.
    #[must_use]
    pub const fn connect(mut self, limit: Duration) -> Self {
        self.connect = Some(limit);
        self
    }

    /// Sets the maximum time until the status and headers of the response arrive, for each attempt.
    #[must_use]
    pub const fn first_byte(mut self, limit: Duration) -> Self {
        self.first_byte = Some(limit);
        self
    }

    /// Sets the maximum time between two reads of the response body. Keep-alive comments of an
    /// event stream restart this time.
    #[doc(alias = "stream_chunk_timeout")]
    #[must_use]
    pub const fn idle(mut self, limit: Duration) -> Self {
        self.idle = Some(limit);
        self
    }

    /// Sets the maximum time from sending the request to the last byte of the response, including
    /// all attempts and the delays between them. The time during which the caller does not ask for
    /// the next chunk of the body does not count.
    #[must_use]
    pub const fn total(mut self, limit: Duration) -> Self {
        self.total = Some(limit);
        self
    }
}
