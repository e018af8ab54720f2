//! The error of a run.

mod attempts;
mod foreign;
mod shown;

use std::{
    borrow::Cow,
    error, fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{Chunk, RunId, ValueChunk, part::Part};

/// A specialised `Result` for runs.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error, as functions that become steps may return it.
pub type BoxError = Box<dyn error::Error + Send + Sync>;

/// What went wrong in a run, where, and why.
///
/// It passes every combinator unchanged, but for its [path](Self::path). Match on its
/// [kind](Self::kind), never on its text. `Display` prints what happened and where, in one line;
/// [`source`](error::Error::source) leads to the causes, and `Debug` prints them below, so that an
/// error that `main` returns can be read. A step made of a closure shows the place of the closure.
///
/// A clone shares the causes.
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
#[derive(Clone)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Option<Cow<'static, str>>,
    source: Option<Arc<dyn error::Error + Send + Sync>>,
    retry_after: Option<Duration>,
    timeout_phase: Option<TimeoutPhase>,
    /// What is known beyond the kind of whether another attempt may succeed.
    transient: Option<bool>,
    /// How many attempts failed, if more than one is known of.
    attempts: u32,
    /// What the message says beside what happened.
    note: Option<Cow<'static, str>>,
    /// In a lock, since a chunk need not be `Sync`.
    partial: Option<Arc<Mutex<ValueChunk>>>,
    run_id: Option<RunId>,
    /// The steps that it came through, the innermost first.
    path: Vec<Part>,
    /// How deep in the tree the scope was that it last left.
    depth: Option<u16>,
}

/// The classes of [`Error`], by what a caller can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A service does not know the caller: the key is missing, wrong or expired.
    Authentication,
    /// A service knows the caller, and refuses: no right to this model, no credit left.
    PermissionDenied,
    /// A service does not have what was asked for, such as a model of this name.
    NotFound,
    /// Too many requests; [`Error::retry_after`] may say how long to wait.
    RateLimit,
    /// No connection, or a connection that broke.
    Connection,
    /// Something took too long.
    Timeout,
    /// A service failed, or is overloaded; it may pass.
    Unavailable,
    /// The input is longer than a model can read.
    ContextLength,
    /// A service refuses the content of an input or an output.
    ContentFilter,
    /// A step refused its input before doing anything with it.
    InvalidInput,
    /// A model or a service cannot do what the input or the options ask for, such as an image for a model
    /// that reads text only. Nothing was sent. Another model may be able to, so a
    /// [fallback](crate::RunnableExt::with_fallback) can help.
    Unsupported,
    /// A service refused a request as wrong.
    InvalidRequest,
    /// An output could not be read as what it should be.
    Parse,
    /// A stream ended without a chunk, where a value needs one.
    EmptyStream,
    /// Steps returned steps, each inside the last, more often than the call allows.
    RecursionLimit,
    /// The run was cancelled from outside, not by dropping it. It is final: no retry and no fallback
    /// goes on after it.
    Cancelled,
    /// A step panicked. An item of a batch, or of an `each`, then fails with such an error, and the
    /// others are not touched. Elsewhere it is seen in events only, and the panic goes on.
    Panic,
    /// An error of a user's own function, or of no class above.
    Other,
}

impl ErrorKind {
    /// The class as one word, in `snake_case`: `rate_limit`.
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
            Self::Cancelled => "cancelled",
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

/// Which time limit was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// That of the whole call.
    Call,
    /// That of one step.
    Step,
    /// That of reaching a service: its name, the connection, the handshake.
    Connect,
    /// That of a stream's first chunk, or of the beginning of a service's answer.
    FirstChunk,
    /// That of the silence between two chunks.
    Idle,
}

impl Error {
    /// An error of this class; `message` says what happened, and names the thing it happened to.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::from_parts(kind, Some(message.into()), None)
    }

    /// An error of a user's own function, said in the words of `source`.
    ///
    /// For foreign errors: `call().await.map_err(Error::other)?`. It is of kind
    /// [`Connection`](ErrorKind::Connection) or [`Timeout`](ErrorKind::Timeout) if `source`, or what
    /// caused it, is a broken connection or a time-out of the standard library, of tokio or of
    /// `reqwest`, so that a retry acts on it; otherwise of kind [`Other`](ErrorKind::Other).
    ///
    /// ```
    /// use std::io;
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let error = Error::other(io::Error::from(io::ErrorKind::ConnectionReset));
    /// assert_eq!(error.kind(), ErrorKind::Connection);
    /// assert!(error.is_transient());
    /// ```
    pub fn other(source: impl Into<BoxError>) -> Self {
        foreign::classed(source.into())
    }

    /// An error of this class, said in the words of `source`.
    ///
    /// If `source` is itself an [`Error`], it is given back as it is.
    pub fn wrap(kind: ErrorKind, source: impl Into<BoxError>) -> Self {
        match source.into().downcast::<Self>() {
            Ok(error) => *error,
            Err(source) => Self::from_parts(kind, None, Some(source.into())),
        }
    }

    fn from_parts(
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

    /// This error, with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.inner.source = Some(source.into().into());
        self
    }

    /// This error, with how long its sender asks to wait before trying again.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.inner.retry_after = Some(wait);
        self
    }

    /// The error of something that took longer than `limit`.
    pub fn timeout(phase: TimeoutPhase, limit: Duration) -> Self {
        let what = match phase {
            TimeoutPhase::Call => "the call did not end",
            TimeoutPhase::Step => "the step did not end",
            TimeoutPhase::Connect => "there was no connection",
            TimeoutPhase::FirstChunk => "no first chunk came",
            TimeoutPhase::Idle => "no further chunk came",
        };
        Self::new(ErrorKind::Timeout, format!("{what} within {limit:?}")).with_timeout_phase(phase)
    }

    /// This error, of kind [`Timeout`](ErrorKind::Timeout), with the limit that was passed: for a
    /// message that says more than [`timeout`](Self::timeout) can.
    #[must_use]
    pub fn with_timeout_phase(mut self, phase: TimeoutPhase) -> Self {
        self.inner.timeout_phase = Some(phase);
        self
    }

    /// This error, with what had come of the output before. What it has already stays.
    #[must_use]
    pub fn with_partial(mut self, chunk: impl Chunk) -> Self {
        if self.inner.partial.is_none() {
            self.inner.partial = Some(Arc::new(Mutex::new(ValueChunk::new(chunk))));
        }
        self
    }

    /// What had come of the output of the step where it arose, merged, if that is a `C`: of a model
    /// that broke off, the answer so far.
    ///
    /// An invoked call has nothing else to show of it; in a stream, the chunks have come already.
    pub fn partial<C: Chunk>(&self) -> Option<C> {
        let partial = self.inner.partial.as_ref()?;
        let partial = partial.lock().unwrap_or_else(PoisonError::into_inner);
        partial.downcast_ref().cloned()
    }

    /// The class of this error.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Whether running the same step again may succeed: by the class of the error, unless its sender
    /// [knows better](Self::with_transient).
    pub fn is_transient(&self) -> bool {
        self.inner.transient.unwrap_or(matches!(
            self.kind(),
            ErrorKind::RateLimit
                | ErrorKind::Connection
                | ErrorKind::Timeout
                | ErrorKind::Unavailable
        ))
    }

    /// How long the service asked to wait before trying again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Which limit it was, if it is of kind [`Timeout`](ErrorKind::Timeout) and of a limit of ours.
    pub fn timeout_phase(&self) -> Option<TimeoutPhase> {
        self.inner.timeout_phase
    }

    /// The names of the steps in which it arose, the outermost first.
    pub fn path(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.inner.path.iter().rev().map(|part| &*part.name)
    }

    /// The run in which it arose, if anybody was listening to that run.
    pub fn run_id(&self) -> Option<RunId> {
        self.inner.run_id
    }

    /// The foreign error that this one stands for, or was caused by, if it is an `E`.
    pub fn downcast_ref<E: error::Error + 'static>(&self) -> Option<&E> {
        self.inner.source.as_deref()?.downcast_ref()
    }

    /// What happened, without where.
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

    /// Replaces the message, to say where the error happened. All else stays as it is.
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

    /// Writes down that the error leaves a scope at `depth`.
    ///
    /// A sibling's error passes here too, as part of the input stream; it has left its own scope,
    /// at this depth, already, and this step has no part in it.
    pub(crate) fn leave<P: Into<Part>>(
        mut self,
        depth: u16,
        part: impl FnOnce() -> P,
        run_id: Option<RunId>,
    ) -> Self {
        if self.inner.depth.is_none_or(|left| left > depth) {
            self.inner.path.push(part().into());
            self.inner.run_id = self.inner.run_id.or(run_id);
            self.inner.depth = Some(depth);
        }
        self
    }

    /// Writes down that the error leaves the whole tree, and may enter another.
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
        // Without a message of its own it has spoken in the words of its source.
        if self.inner.message.is_some() { Some(source) } else { source.source() }
    }
}
