//! [`BatchLimits`]: the largest batch that a service accepts.

/// The limits of a service for one batch, and the form of the body that contains its requests.
///
/// ```
/// use runnable_chat::batch_api::BatchLimits;
///
/// // A file with one request per line.
/// let limits = BatchLimits::new(50_000, 200_000_000);
/// assert_eq!(limits.separator, "\n");
/// // A JSON object with a list of requests.
/// let limits = limits.enclosed("{\"requests\":[", ",", "]}");
/// assert_eq!(limits.max_requests, 50_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct BatchLimits {
    /// The maximum number of requests in a part.
    pub max_requests: usize,
    /// The maximum size of the body of a part, in bytes.
    pub max_bytes: usize,
    /// The text before the first request.
    pub prefix: &'static str,
    /// The text between two requests.
    pub separator: &'static str,
    /// The text after the last request.
    pub suffix: &'static str,
}

impl BatchLimits {
    /// Creates limits for a body with one request per line.
    pub const fn new(max_requests: usize, max_bytes: usize) -> Self {
        Self { max_requests, max_bytes, prefix: "", separator: "\n", suffix: "\n" }
    }

    /// Sets the texts before, between and after the requests of a part.
    pub const fn enclosed(
        mut self,
        prefix: &'static str,
        separator: &'static str,
        suffix: &'static str,
    ) -> Self {
        (self.prefix, self.separator, self.suffix) = (prefix, separator, suffix);
        self
    }
}
