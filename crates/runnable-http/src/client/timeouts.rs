//! How long a call may take, phase by phase.

use std::time::Duration;

/// The time limits of a call, each for a phase of its own.
///
/// ```
/// # use std::time::Duration;
/// use runnable_http::HttpTimeouts;
///
/// let patient = HttpTimeouts::default().first_byte(Duration::from_secs(20 * 60));
/// let strict = HttpTimeouts::none().total(Duration::from_secs(30));
/// ```
///
/// | phase | default | passed, it is an error of [phase](runnable_core::TimeoutPhase) |
/// |---|---|---|
/// | [`connect`](Self::connect) | 10 s | `Connect`; tried again |
/// | [`first_byte`](Self::first_byte) | 10 min | `FirstChunk` |
/// | [`idle`](Self::idle) | 2 min | `Idle` |
/// | [`total`](Self::total) | none | `Call` |
///
/// A model that thinks sends nothing for minutes, and a server that was asked for no stream sends
/// nothing until it is done; so the limit of the first byte is long.
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
    /// No limit at all, to begin with.
    pub const fn none() -> Self {
        Self { connect: None, first_byte: None, idle: None, total: None }
    }

    /// How long it may take to reach the server: its name, the connection, the TLS handshake.
    ///
    /// It is the client's: in those of a single request it changes nothing, nor where the client
    /// stands on a `reqwest::Client` of your own, which has its own.
    #[must_use]
    pub const fn connect(mut self, limit: Duration) -> Self {
        self.connect = Some(limit);
        self
    }

    /// How long it may take, for each attempt, until status and headers of the answer are there.
    #[must_use]
    pub const fn first_byte(mut self, limit: Duration) -> Self {
        self.first_byte = Some(limit);
        self
    }

    /// How long the body may pause between two pieces. Comments that keep a stream of events alive
    /// are pieces.
    #[must_use]
    pub const fn idle(mut self, limit: Duration) -> Self {
        self.idle = Some(limit);
        self
    }

    /// How long it may take from sending the request until the last byte of the answer, with all
    /// attempts and the waits between them. The time between a piece of the body and your asking for
    /// the next does not count.
    #[must_use]
    pub const fn total(mut self, limit: Duration) -> Self {
        self.total = Some(limit);
        self
    }
}
