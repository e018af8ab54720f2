//! Who watches the runs of a call, and what there is to see.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{self, Poll},
    time::{Duration, SystemTime},
};

use crate::{Error, Payload, Run, hook::Moment};

/// Watches the runs of a call. Given to one by [`RunConfig::listener`](crate::RunConfig::listener).
///
/// Each event comes by reference, in the task that runs the step, as it happens: a listener must
/// not block. A listener that panics is not called again by the same call; the runs go on, and a
/// later call with a clone of the same [`RunConfig`](crate::RunConfig) calls it again.
///
/// What listeners may rely on, for every run that they watch:
///
/// * it has one [`Start`](RunEventData::Start), then its [`Chunk`](RunEventData::Chunk)s, then
///   exactly one of [`End`](RunEventData::End), [`Error`](RunEventData::Error),
///   [`Cancelled`](RunEventData::Cancelled), also when it is dropped or panics;
/// * its parent starts before it, and ends after it;
/// * a chunk of it comes before the chunk of its parent that it makes up;
/// * it gets what its [`interest`](Self::interest) names, whatever other listeners want.
///
/// # Runs in tasks
///
/// A step may move calls into tasks of its own, with its [`RunContext`](crate::RunContext), such as into
/// a `JoinSet`. Each of these runs keeps the first promise: one start, chunks, one end. But a task
/// ends by itself, and no longer with the future that spawned it. So a run in a task
///
/// * starts after its parent, but may start and end after the end of its parent, if the parent does
///   not wait for the task;
/// * ends after its parent if the call is dropped: the parent is cancelled at once, the run when the
///   runtime drops the task, or by itself if nothing aborts the task;
/// * has its events in another task or thread than its parent: events of several runs may come to a
///   listener at the same time.
///
/// [`Run::parents`] names the parents also then. A listener that must know when all runs are over
/// counts starts and ends.
#[doc(alias("BaseCallbackHandler", "AsyncCallbackHandler"))]
pub trait Listener: Send + Sync + 'static {
    /// Which events of a run to make for this listener. Asked once a run, before its start; `None`
    /// leaves the run out, but not the runs inside it.
    ///
    /// The listener gets no more than this, also if another listener wants more of the same run.
    fn interest(&self, _run: &Run) -> Option<Interest> {
        Some(Interest::everything())
    }

    /// Sees an event.
    fn on_event(&self, event: &RunEvent<'_>);

    /// Whether there is room for more events. While it is pending, streams and futures of the call
    /// do not go on. The waker of `cx` is to be woken when there is room again.
    fn poll_ready(&self, _cx: &mut task::Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

impl<L: Listener + ?Sized> Listener for Arc<L> {
    fn interest(&self, run: &Run) -> Option<Interest> {
        (**self).interest(run)
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        (**self).on_event(event);
    }

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        (**self).poll_ready(cx)
    }
}

/// What a [`Listener`] wants to see of a run. It always sees starts, ends, retries, and what a
/// step [emits](crate::RunContext::emit).
///
/// ```
/// use runnable_core::Interest;
///
/// let timing = Interest::lifecycle();
/// let tokens = Interest::lifecycle().with_chunks();
/// assert!(tokens.chunks && !tokens.values);
/// assert_eq!(timing.with_chunks().with_values(), Interest::everything());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interest {
    /// Chunks, as they come.
    pub chunks: bool,
    /// Inputs, outputs and partial outputs, which must be gathered for it.
    pub values: bool,
}

impl Interest {
    /// Everything.
    pub const fn everything() -> Self {
        Self { chunks: true, values: true }
    }

    /// Starts and ends with their timing, and no values.
    pub const fn lifecycle() -> Self {
        Self { chunks: false, values: false }
    }

    /// Adds chunks, as they come.
    #[must_use]
    pub const fn with_chunks(self) -> Self {
        Self { chunks: true, ..self }
    }

    /// Adds inputs, outputs and partial outputs.
    #[must_use]
    pub const fn with_values(self) -> Self {
        Self { values: true, ..self }
    }
}

/// Something that happened in a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunEvent<'a> {
    /// The run it happened in.
    pub run: &'a Run,
    /// When.
    pub timing: Timing,
    /// What.
    pub data: RunEventData<'a>,
}

/// What happened in a run. Values are there for listeners that want [values](Interest::values).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEventData<'a> {
    /// The step begins.
    #[non_exhaustive]
    Start {
        /// The input, if it was whole by then.
        input: Option<Payload<'a>>,
    },
    /// A chunk of the output came.
    #[non_exhaustive]
    Chunk {
        /// The chunk: a [`Chunked::Chunk`](crate::Chunked::Chunk) of the step's output.
        chunk: Payload<'a>,
    },
    /// The step said something of its own: [`RunContext::emit`](crate::RunContext::emit).
    #[non_exhaustive]
    Custom {
        /// What it is about.
        name: &'a str,
        /// What it said.
        data: Payload<'a>,
    },
    /// An attempt failed, and the step waits before the next one:
    /// [`RunContext::emit_retry`](crate::RunContext::emit_retry).
    #[non_exhaustive]
    Retry {
        /// The number of the attempt that failed, counted from 1.
        attempt: u32,
        /// How long the step waits.
        wait: Duration,
        /// Why the attempt failed.
        error: &'a Error,
    },
    /// The step has given all its output.
    #[non_exhaustive]
    End {
        /// The input, if it was not known at the start.
        input: Option<Payload<'a>>,
        /// The output: of the step's type, or merged chunks where these do not make up a whole.
        output: Option<Payload<'a>>,
    },
    /// The step failed.
    #[non_exhaustive]
    Error {
        /// With what.
        error: &'a Error,
        /// The chunks that had come, merged.
        partial: Option<Payload<'a>>,
    },
    /// The run was dropped before its end.
    #[non_exhaustive]
    Cancelled {
        /// The chunks that had come, merged.
        partial: Option<Payload<'a>>,
    },
}

impl RunEventData<'_> {
    /// Whether this is the last event of its run.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::End { .. } | Self::Error { .. } | Self::Cancelled { .. })
    }
}

/// The clock of a run, at one of its events.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timing {
    /// When the run started.
    pub started: SystemTime,
    /// How long it has taken since.
    pub elapsed: Duration,
    /// How long it took to its first chunk that [has content](crate::Chunk::has_content), if there
    /// was one.
    pub first_chunk: Option<Duration>,
    /// How many chunks have come.
    pub chunks: u64,
}

/// A listener of a call or of a run.
#[derive(Clone)]
pub(crate) struct Attached {
    listener: Arc<dyn Listener>,
    /// The only moment for which it is called, if it is a hook.
    pub(crate) moment: Option<Moment>,
}

impl Attached {
    pub(crate) fn new(listener: Arc<dyn Listener>) -> Self {
        Self { listener, moment: None }
    }

    pub(crate) fn at(moment: Moment, listener: Arc<dyn Listener>) -> Self {
        Self { listener, moment: Some(moment) }
    }

    pub(crate) fn interest(&self, run: &Run, panicked: &Panicked) -> Option<Interest> {
        self.guarded(panicked, |listener| listener.interest(run)).flatten()
    }

    pub(crate) fn on_event(&self, event: &RunEvent<'_>, panicked: &Panicked) {
        self.guarded(panicked, |listener| listener.on_event(event));
    }

    pub(crate) fn poll_ready(&self, cx: &mut task::Context<'_>, panicked: &Panicked) -> Poll<()> {
        self.guarded(panicked, |listener| listener.poll_ready(cx)).unwrap_or(Poll::Ready(()))
    }

    /// A listener's panic is its own: it must neither fail the run, nor abort the program when it
    /// comes while another panic unwinds.
    fn guarded<T>(&self, panicked: &Panicked, call: impl FnOnce(&dyn Listener) -> T) -> Option<T> {
        if panicked.contains(&self.listener) {
            return None;
        }
        let result = catch_unwind(AssertUnwindSafe(|| call(&*self.listener)));
        if result.is_err() {
            panicked.add(&self.listener);
        }
        result.ok()
    }
}

/// The listeners that panicked in a tree of runs, which does not call them again.
#[derive(Default)]
pub(crate) struct Panicked {
    /// Whether there are any, because asking that costs less than the lock.
    any: AtomicBool,
    listeners: Mutex<Vec<Arc<dyn Listener>>>,
}

impl Panicked {
    fn contains(&self, listener: &Arc<dyn Listener>) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return false;
        }
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().any(|it| Arc::ptr_eq(it, listener))
    }

    fn add(&self, listener: &Arc<dyn Listener>) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        // Kept, so that no other listener gets the same address.
        listeners.push(Arc::clone(listener));
        self.any.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}
