//! The [`Listener`] trait and the events that a listener receives.

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

/// Observes the runs of a call. Attach it with [`RunConfig::listener`](crate::RunConfig::listener).
///
/// # Guarantees
///
/// For each run that starts, and for which [`interest`](Self::interest) returned `Some`, a listener
/// receives:
///
/// - one [`Start`](RunEventData::Start), first;
/// - then any number of [`Chunk`](RunEventData::Chunk), [`Custom`](RunEventData::Custom) and
///   [`Retry`](RunEventData::Retry) events;
/// - then exactly one of [`End`](RunEventData::End), [`Error`](RunEventData::Error) and
///   [`Cancelled`](RunEventData::Cancelled), even if the run is dropped or panics.
///
/// A parent starts before its children and ends after them. A chunk of a child comes before the
/// chunk of its parent that contains it. A listener receives only the events and values that its
/// [`interest`](Self::interest) names, whatever other listeners need. A run that is dropped before
/// it starts has no events.
///
/// # Runs in tasks
///
/// A step can move calls into its own tasks, together with its [`RunContext`](crate::RunContext),
/// for example into a `JoinSet`. Such a run still has one start event and one end event. But a task
/// does not end together with the future that spawned it. Therefore a run in a task
///
/// - starts after its parent, but can start and end after the end of its parent, if the parent does
///   not wait for the task;
/// - ends after its parent if the call is dropped: the parent is cancelled at once, and the run is
///   cancelled when the runtime drops the task, or completes if nothing aborts the task;
/// - has its events on another task or thread than its parent, so a listener can be called by
///   several threads at the same time.
///
/// [`Run::parent_ids`] contains the parents in this case, too. A listener that must know when all runs
/// have ended can count start and end events.
///
/// # Implementing a listener
///
/// `on_event` is called on the task that runs the step, while the event happens, so it must not
/// block. It receives the event by reference. Clone or serialize what must outlive the call.
///
/// # Panics
///
/// A panic of a listener is caught. The runs continue, and the same call does not call the listener
/// again. A later call with a clone of the same [`RunConfig`](crate::RunConfig) does.
///
/// # Examples
///
/// ```
/// use runnable_core::{Interest, Listener, Run, RunEvent, prelude::*};
///
/// /// Prints how long each run took.
/// struct Durations;
///
/// impl Listener for Durations {
///     fn interest(&self, _: &Run) -> Option<Interest> {
///         Some(Interest::lifecycle())
///     }
///
///     fn on_event(&self, event: &RunEvent<'_>) {
///         if event.data.is_terminal() {
///             println!("{}: {:?}", event.run.name, event.timing.elapsed);
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase());
/// let config = RunConfig::new().listener(Durations);
/// assert_eq!(shout.invoke("hi").config(config).await?, "HI");
/// # Ok(())
/// # }
/// ```
#[doc(alias("BaseCallbackHandler", "AsyncCallbackHandler"))]
pub trait Listener: Send + Sync + 'static {
    /// Returns which events of `run` this listener needs, or `None` to ignore the run.
    ///
    /// This method is called once per run, before the run starts. Ignoring a run does not ignore
    /// the runs inside it. The listener receives only what it asks for, even if another listener
    /// needs more of the same run. The default is [`Interest::everything`].
    fn interest(&self, _run: &Run) -> Option<Interest> {
        Some(Interest::everything())
    }

    /// Receives an event.
    fn on_event(&self, event: &RunEvent<'_>);

    /// Returns `Ready` if this listener can accept more events.
    ///
    /// While it returns `Pending`, the runs that this listener observes are not polled. Store the
    /// waker of `cx`, and wake it when there is room again. A single poll of a run can produce
    /// several events, so the bound is not exact. The default is always ready.
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

/// The events that a [`Listener`] needs from a run.
///
/// A listener always receives starts, ends, retries, and the events that a step
/// [emits](crate::RunContext::emit).
///
/// # Examples
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
    /// Whether the listener needs chunk events.
    pub chunks: bool,
    /// Whether the listener needs inputs, outputs and partial outputs. They are gathered only on
    /// request.
    pub values: bool,
}

impl Interest {
    /// Requests all events, with all values.
    pub const fn everything() -> Self {
        Self { chunks: true, values: true }
    }

    /// Requests start and end events with their timing, without chunks and values.
    pub const fn lifecycle() -> Self {
        Self { chunks: false, values: false }
    }

    /// Adds chunk events.
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

/// An event of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunEvent<'a> {
    /// The run in which the event happened.
    pub run: &'a Run,
    /// The time of the event, relative to its run.
    pub timing: Timing,
    /// The kind of the event and its values.
    pub data: RunEventData<'a>,
}

/// The kind of an event, with its values.
///
/// Inputs, outputs and partial outputs are `Some` only for listeners that request
/// [values](Interest::values).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEventData<'a> {
    /// The step starts.
    #[non_exhaustive]
    Start {
        /// The input, if it is complete when the step starts.
        input: Option<Payload<'a>>,
    },
    /// The step has yielded a chunk of its output.
    #[non_exhaustive]
    Chunk {
        /// The chunk, of the type [`Chunked::Chunk`](crate::Chunked::Chunk) of the output.
        chunk: Payload<'a>,
    },
    /// The step has emitted a custom event with [`RunContext::emit`](crate::RunContext::emit).
    #[non_exhaustive]
    Custom {
        /// The name of the custom event.
        name: &'a str,
        /// The value of the custom event.
        data: Payload<'a>,
    },
    /// An attempt has failed, and the step waits before the next attempt.
    ///
    /// Sent by [`RunContext::emit_retry`](crate::RunContext::emit_retry).
    #[non_exhaustive]
    Retry {
        /// The number of the failed attempt, counted from 1.
        attempt: u32,
        /// The time until the next attempt.
        wait: Duration,
        /// The error of the failed attempt.
        error: &'a Error,
    },
    /// The step has returned all its output.
    #[non_exhaustive]
    End {
        /// The input, if it was not complete when the step started.
        input: Option<Payload<'a>>,
        /// The output, of the type of the step, or merged chunks if they do not make a complete
        /// value.
        output: Option<Payload<'a>>,
    },
    /// The step has failed.
    #[non_exhaustive]
    Error {
        /// The error of the step.
        error: &'a Error,
        /// The merged chunks that the step yielded before the error.
        partial: Option<Payload<'a>>,
    },
    /// The run was dropped before its end.
    #[non_exhaustive]
    Cancelled {
        /// The merged chunks that the step yielded before it was dropped.
        partial: Option<Payload<'a>>,
    },
}

impl RunEventData<'_> {
    /// Returns whether this is the last event of its run.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::End { .. } | Self::Error { .. } | Self::Cancelled { .. })
    }
}

/// The clock of a run at the time of an event.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timing {
    /// The time at which the run started.
    pub started: SystemTime,
    /// The time since the run started.
    pub elapsed: Duration,
    /// The time from the start to the first chunk that [has content](crate::Chunk::has_content).
    /// `None` before that chunk.
    pub first_chunk: Option<Duration>,
    /// The number of chunks so far.
    pub chunks: u64,
}

/// A listener of a call or of a run.
#[derive(Clone)]
pub(crate) struct Attached {
    listener: Arc<dyn Listener>,
    /// The only moment for which the listener is called, if it is a hook such as `on_start`.
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

    /// Calls the listener and catches its panic.
    ///
    /// A panic of a listener must neither fail the run, nor abort the program if another panic is
    /// unwinding.
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

/// The listeners that panicked in a tree of runs, which are not called again in this tree.
#[derive(Default)]
pub(crate) struct Panicked {
    /// Whether the list has entries. Reading this flag costs less than taking the lock.
    any: AtomicBool,
    listeners: Mutex<Vec<Arc<dyn Listener>>>,
}

impl Panicked {
    fn contains(&self, listener: &Arc<dyn Listener>) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return false;
        }
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().any(|panicked| Arc::ptr_eq(panicked, listener))
    }

    fn add(&self, listener: &Arc<dyn Listener>) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        // Keep the listener, so that no other listener gets the same address.
        listeners.push(Arc::clone(listener));
        self.any.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}
