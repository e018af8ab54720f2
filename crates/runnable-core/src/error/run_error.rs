//! [`Error`]: the error of a call, with its kind, its message, and the path of steps that it has
//! passed.

use super::{part::Part, response_details::ResponseDetails};
use crate::RunId;
use std::{
    any::Any,
    borrow::Cow,
    error, fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// A `Result` whose error is [`Error`] by default.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error that a function used as a step may return.
pub type BoxError = Box<dyn error::Error + Send + Sync>;

/// The error of a call: what failed, in which step, and what caused it.
///
/// Match on its [kind](Self::kind), never on its text. `Display` prints one line: the message and
/// the [path](Self::path), which lists the steps that led to the failure.
/// [`source`](error::Error::source) returns the cause. `Debug` prints the causes as well, so that
/// an error returned by `main` is readable. If a step was made from a closure, the path shows the
/// source location of the closure.
///
/// Combinators pass an error on unchanged, and only add step names to its path. A clone shares the
/// causes.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let number = try_lambda(|text: String| text.trim().parse::<u64>());
/// let error = number.invoke("many").await.unwrap_err();
///
/// assert_eq!(error.kind(), ErrorKind::Other);
/// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
/// assert_eq!(error.path().collect::<Vec<_>>(), ["RunnableLambda"]);
/// assert!(error.to_string().starts_with("invalid digit found in string (in RunnableLambda at "));
/// # }
/// ```
#[doc(alias = "LangChainException")]
#[derive(Clone)]
pub struct Error {
    pub(super) inner: Box<Inner>,
}

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) kind: ErrorKind,
    pub(super) message: Option<Cow<'static, str>>,
    pub(super) source: Option<Arc<dyn error::Error + Send + Sync>>,
    pub(super) retry_after: Option<Duration>,
    /// The response of a service that reported the error. `None` if there was no response.
    pub(super) response: Option<Arc<ResponseDetails>>,
    pub(super) timeout_phase: Option<TimeoutPhase>,
    /// Whether another attempt may succeed. `None` if this depends on the kind.
    pub(super) transient: Option<bool>,
    /// The number of failed attempts. It is 1 if nothing was retried.
    pub(super) attempts: u32,
    /// The sentence at the end of the message, such as advice.
    pub(super) note: Option<Cow<'static, str>>,
    /// The merged chunks that the step yielded before the error. They are in a lock, because a
    /// chunk does not have to be `Sync`.
    pub(super) partial: Option<Arc<Mutex<dyn Any + Send>>>,
    pub(super) run_id: Option<RunId>,
    /// The steps that the error has passed, innermost first.
    pub(super) path: Vec<Part>,
    /// The depth of the scope that the error left last. A scope is the call of one step. `None` if
    /// the error has not left a scope yet.
    pub(super) depth: Option<u16>,
}

/// The kinds of [`Error`], which differ in what a caller can do about an error.
#[doc(alias = "ModelError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The service rejected the credentials: the key is missing, invalid or expired.
    #[doc(alias = "ModelAuthenticationError")]
    Authentication,
    /// The caller is authenticated but not allowed, for example without access to the model or
    /// without credit.
    #[doc(alias = "ModelPermissionDeniedError")]
    PermissionDenied,
    /// The service does not have the requested resource, such as a model of this name.
    #[doc(alias = "ModelNotFoundError")]
    NotFound,
    /// The service received too many requests. [`Error::retry_after`] may return how long to wait.
    #[doc(alias = "ModelRateLimitError")]
    RateLimit,
    /// The connection could not be established, or it broke.
    #[doc(alias = "ModelConnectionError")]
    Connection,
    /// A time limit was exceeded. [`Error::timeout_phase`] may return which limit.
    #[doc(alias = "ModelTimeoutError")]
    Timeout,
    /// The service failed or is overloaded. A retry may succeed.
    #[doc(alias = "ModelAPIError")]
    Unavailable,
    /// The input is longer than the context window of the model.
    #[doc(alias = "ContextOverflowError")]
    ContextLength,
    /// The service rejected the content of an input or an output.
    ContentFilter,
    /// This library rejected an input, an option or a configuration before it did anything with it.
    /// This kind is also used for blocking calls in async code, and for features that are not
    /// enabled.
    InvalidInput,
    /// A model or a service does not support what the input or the options require, such as an
    /// image for a model that reads only text. Nothing was sent. Another model may support it, so a
    /// [fallback](crate::RunnableExt::with_fallback) can help.
    Unsupported,
    /// The service rejected a request as invalid.
    #[doc(alias = "ModelInvalidRequestError")]
    InvalidRequest,
    /// An output could not be parsed.
    #[doc(alias = "OutputParserException")]
    Parse,
    /// A stream ended without a chunk, and its type has no empty value.
    EmptyStream,
    /// Steps returned other steps more often in a row than the
    /// [`recursion_limit`](crate::RunConfig::recursion_limit) of the call allows.
    RecursionLimit,
    /// The models of a call have reached a limit for their tokens or their cost. The limit has
    /// cancelled the runs that were still open.
    SpendingLimit,
    /// A cancellation token cancelled the run. This is final: neither a retry nor a fallback acts
    /// on it.
    Cancelled,
    /// A replayed recording does not contain this call, or contains it with another input. This is
    /// final: neither a retry nor a fallback acts on it.
    ReplayMismatch,
    /// A step panicked. An item of a batch or of an `each` fails with such an error. In other
    /// calls, only listeners receive this error, and the panic continues to the caller.
    Panic,
    /// An error of a user-defined function, or an error that fits none of the other kinds.
    Other,
}

impl ErrorKind {
    /// Returns the kind as a word in `snake_case`, such as `rate_limit`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::ErrorKind;
    ///
    /// assert_eq!(ErrorKind::RateLimit.as_str(), "rate_limit");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::RateLimit => "rate_limit",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::ContextLength => "context_length",
            Self::ContentFilter => "content_filter",
            Self::InvalidInput => "invalid_input",
            Self::Unsupported => "unsupported",
            Self::InvalidRequest => "invalid_request",
            Self::Parse => "parse",
            Self::EmptyStream => "empty_stream",
            Self::RecursionLimit => "recursion_limit",
            Self::SpendingLimit => "spending_limit",
            Self::Cancelled => "cancelled",
            Self::ReplayMismatch => "replay_mismatch",
            Self::Panic => "panic",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kind of time limit that was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// The limit of a call as a whole.
    Call,
    /// The limit of a step.
    Step,
    /// The limit for connecting to a service: name resolution, connection and handshake.
    Connect,
    /// The time until the first chunk of a stream, or until the start of a response.
    FirstChunk,
    /// The time between two chunks.
    Idle,
}

impl Error {
    /// Creates an error of this kind.
    ///
    /// `message` should say what failed, and name the value involved.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::RateLimit, "the search service is busy");
    /// assert!(error.is_transient());
    /// ```
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::from_parts(kind, Some(message.into()), None)
    }

    /// Wraps an error of another crate as an error of this kind, with the message of `source`.
    ///
    /// If `source` is an [`Error`] already, it is returned unchanged.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let source = "many".parse::<u64>().unwrap_err();
    /// let error = Error::wrap(ErrorKind::Parse, source);
    /// assert_eq!(error.to_string(), "invalid digit found in string");
    /// ```
    pub fn wrap(kind: ErrorKind, source: impl Into<BoxError>) -> Self {
        match source.into().downcast::<Self>() {
            Ok(error) => *error,
            Err(source) => Self::from_parts(kind, None, Some(source.into())),
        }
    }

    pub(super) fn from_parts(
        kind: ErrorKind,
        message: Option<Cow<'static, str>>,
        source: Option<Arc<dyn error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                message,
                source,
                retry_after: None,
                response: None,
                timeout_phase: None,
                transient: None,
                attempts: 1,
                note: None,
                partial: None,
                run_id: None,
                path: Vec::new(),
                depth: None,
            }),
        }
    }

    /// Sets the [source](error::Error::source) of this error.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::error::Error as _;
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Connection, "the service did not respond");
    /// let error = error.with_source(std::io::Error::other("connection reset"));
    /// assert_eq!(error.source().unwrap().to_string(), "connection reset");
    /// ```
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.inner.source = Some(source.into().into());
        self
    }

    /// Sets how long the service asks to wait before the next attempt.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::RateLimit, "too many requests");
    /// let error = error.with_retry_after(Duration::from_secs(5));
    /// assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
    /// ```
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.inner.retry_after = Some(wait);
        self
    }

    /// Creates the error for a time limit that was exceeded.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::{Error, TimeoutPhase};
    ///
    /// let error = Error::timeout(TimeoutPhase::Step, Duration::from_secs(5));
    /// assert_eq!(error.to_string(), "the step did not complete within 5s");
    /// ```
    pub fn timeout(phase: TimeoutPhase, limit: Duration) -> Self {
        let event = match phase {
            TimeoutPhase::Call => "the call did not complete",
            TimeoutPhase::Step => "the step did not complete",
            TimeoutPhase::Connect => "no connection was established",
            TimeoutPhase::FirstChunk => "no chunk was received",
            TimeoutPhase::Idle => "no further chunk was received",
        };
        Self::new(ErrorKind::Timeout, format!("{event} within {limit:?}")).with_timeout_phase(phase)
    }

    /// Sets which time limit was exceeded.
    ///
    /// Use this with an error of kind [`Timeout`](ErrorKind::Timeout) whose message has to say more
    /// than the message of [`timeout`](Self::timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind, TimeoutPhase};
    ///
    /// let error = Error::new(ErrorKind::Timeout, "the service did not respond within 5s")
    ///     .with_timeout_phase(TimeoutPhase::Connect);
    /// assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Connect));
    /// ```
    #[must_use]
    pub fn with_timeout_phase(mut self, phase: TimeoutPhase) -> Self {
        self.inner.timeout_phase = Some(phase);
        self
    }

    /// Sets the output that the failing step produced before the error.
    ///
    /// If the error already has a partial output, the error keeps that output.
    #[must_use]
    pub fn with_partial(mut self, chunk: impl Clone + Send + 'static) -> Self {
        if self.inner.partial.is_none() {
            self.inner.partial = Some(Arc::new(Mutex::new(chunk)));
        }
        self
    }

    /// Returns the merged output that the failing step produced before the error, if its chunk type
    /// is `C`.
    ///
    /// If a model failed while it answered, this is the answer so far. For an invoked call, this is
    /// the only way to get it. A streamed call has already yielded these chunks.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::stream;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let breaks = generator(|_: ChunkStream<String>, _| {
    ///     let error = Error::new(ErrorKind::Connection, "the connection broke");
    ///     stream::iter([Ok("one ".to_owned()), Ok("two".to_owned()), Err(error)])
    /// });
    ///
    /// let error = breaks.invoke("").await.unwrap_err();
    /// assert_eq!(error.partial::<String>().as_deref(), Some("one two"));
    /// # }
    /// ```
    pub fn partial<C: Clone + 'static>(&self) -> Option<C> {
        let partial = self.inner.partial.as_ref()?;
        let partial = partial.lock().unwrap_or_else(PoisonError::into_inner);
        partial.downcast_ref::<C>().cloned()
    }

    /// Returns the kind of this error.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Returns whether another attempt may succeed.
    ///
    /// This depends on the [kind](Self::kind), unless [`with_transient`](Self::with_transient)
    /// overrides it. Rate limits, connection errors, timeouts and unavailable services are
    /// transient.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// assert!(Error::new(ErrorKind::Unavailable, "the service is down").is_transient());
    /// assert!(!Error::new(ErrorKind::Authentication, "unknown key").is_transient());
    /// ```
    pub fn is_transient(&self) -> bool {
        self.inner.transient.unwrap_or(matches!(
            self.kind(),
            ErrorKind::RateLimit
                | ErrorKind::Connection
                | ErrorKind::Timeout
                | ErrorKind::Unavailable
        ))
    }

    /// Returns how long the service asks to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Returns which time limit was exceeded. Returns `None` if the error is not a timeout of this
    /// library.
    pub fn timeout_phase(&self) -> Option<TimeoutPhase> {
        self.inner.timeout_phase
    }

    /// Returns the names of the steps that the error has passed, outermost first.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let number = try_lambda(|text: String| text.parse::<u64>()).with_name("number");
    /// let error = passthrough().pipe(number).invoke("many").await.unwrap_err();
    /// assert_eq!(error.path().collect::<Vec<_>>(), ["RunnableSequence", "number"]);
    /// # }
    /// ```
    pub fn path(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.inner.path.iter().rev().map(|part| &*part.name)
    }

    /// Returns the id of the run in which the error occurred. Returns `None` if no listener
    /// observed that run.
    pub fn run_id(&self) -> Option<RunId> {
        self.inner.run_id
    }

    /// Returns the wrapped error or the source of this error, if it is an `E`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::num::ParseIntError;
    /// use runnable_core::Error;
    ///
    /// let error = Error::other("many".parse::<u64>().unwrap_err());
    /// assert!(error.downcast_ref::<ParseIntError>().is_some());
    /// ```
    pub fn downcast_ref<E: error::Error + 'static>(&self) -> Option<&E> {
        self.inner.source.as_deref()?.downcast_ref()
    }

    /// Returns the error message, without the names of the steps in which the error occurred.
    pub fn message(&self) -> String {
        let message = match (&self.inner.message, &self.inner.source) {
            (Some(message), _) => message.to_string(),
            (None, Some(source)) => source.to_string(),
            (None, None) => format!("{:?}", self.inner.kind),
        };
        match &self.inner.note {
            Some(note) => format!("{message}; {note}"),
            None => message,
        }
    }

    /// Replaces the message, and keeps everything else.
    ///
    /// # Examples
    ///
    /// ```
    /// # use runnable_core::{Error, ErrorKind};
    /// let error = Error::new(ErrorKind::Parse, "no number").with_message("line 3: no number");
    /// assert_eq!(error.to_string(), "line 3: no number");
    /// ```
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.inner.message = Some(message.into());
        self
    }

    /// Records that the error leaves a scope, which is the call of one step, at `depth`.
    ///
    /// In a stream, the error of a previous step also passes here, as an item of the input. That
    /// error has already left its own scope at the same depth, so the name of this step is not
    /// added.
    pub(crate) fn leave<P: Into<Part>>(
        mut self,
        depth: u16,
        part: impl FnOnce() -> P,
        run_id: Option<RunId>,
    ) -> Self {
        if self.inner.depth.is_none_or(|left| left > depth) {
            self.left(depth, part().into(), run_id);
        }
        self
    }

    fn left(&mut self, depth: u16, part: Part, run_id: Option<RunId>) {
        self.inner.path.push(part);
        self.inner.run_id = self.inner.run_id.or(run_id);
        self.inner.depth = Some(depth);
    }

    /// Returns whether the error has left the run in which it occurred, and is now an error of
    /// another run.
    pub(crate) fn is_of_run(&self) -> bool {
        self.inner.depth.is_some()
    }

    /// Records that the error leaves its tree of runs completely, so that it can pass through
    /// another tree.
    pub(crate) fn leave_tree(mut self) -> Self {
        self.inner.depth = None;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        if self.inner.attempts > 1 {
            write!(f, "; gave up after {} attempts", self.inner.attempts)?;
        }
        for (i, part) in self.inner.path.iter().rev().enumerate() {
            write!(f, "{}{part}", if i == 0 { " (in " } else { " > " })?;
        }
        if !self.inner.path.is_empty() {
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        let source = self.inner.source.as_deref()?;
        // If the error has no message, it already shows the message of its source, so skip that
        // source.
        if self.inner.message.is_some() { Some(source) } else { source.source() }
    }
}
