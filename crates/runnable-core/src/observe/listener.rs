//! [`Listener`]: observes the runs of a call. [`Interest`]: the events that it needs.

use std::{
    sync::Arc,
    task::{self, Poll},
};

use super::{event::RunEvent, run::Run};

/// Observes the runs of a call. Attach it with [`RunConfig::listener`](crate::RunConfig::listener).
///
/// # Guarantees
///
/// For each run that starts, and for which [`interest`](Self::interest) returned `Some`, a listener
/// receives:
///
/// - one [`Start`](crate::RunEventData::Start), first;
/// - then any number of [`Chunk`](crate::RunEventData::Chunk) and
///   [`Custom`](crate::RunEventData::Custom) events, and of
///   [details](crate::RunEventData::is_detail), such as a retry or a fallback;
/// - then exactly one of [`End`](crate::RunEventData::End), [`Error`](crate::RunEventData::Error)
///   and [`Cancelled`](crate::RunEventData::Cancelled), even if the run is dropped or panics.
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
/// [`Run::parent_ids`] contains the parents in this case, too. A listener that must know when all
/// runs have ended can count start and end events.
///
/// # Implementing a listener
///
/// `on_event` is called on the task that runs the step, while the event happens, so it must not
/// block. It receives the event by reference. Clone or serialize what must outlive the call.
///
/// # Panics
///
/// A panic of a listener is caught. The runs continue, and the same call does not call the listener
/// again. A later call with a clone of the same [`RunConfig`](crate::RunConfig) does. The inputs of a
/// batch are separate calls, unless the batch is inside a run: then they are part of the call of
/// that run.
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
    /// the runs inside it. The listener receives only what it requests here, even if another
    /// listener needs more events or values of the same run. The default is
    /// [`Interest::everything`].
    fn interest(&self, _run: &Run) -> Option<Interest> {
        Some(Interest::everything())
    }

    /// Receives an event.
    fn on_event(&self, event: &RunEvent<'_>);

    /// Returns `Ready` if this listener can accept more events.
    ///
    /// While it returns `Pending`, the runs that this listener observes are not polled. Store the
    /// waker of `cx`, and wake it when there is room again. A single poll of a run can produce
    /// several events, so the bound is not exact. The time limits around the run do not count in
    /// that time. The default is always ready.
    fn poll_ready(&self, _cx: &mut task::Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    /// Returns `Ready` if `run` may be polled.
    ///
    /// This is [`poll_ready`](Self::poll_ready) for a listener that makes some runs wait while
    /// other runs continue, such as a debugger. While it returns `Pending`, `run` is not polled,
    /// and neither are the runs inside `run` that only `run` polls. It is called before each poll
    /// of a run, and between the start event of a run and the first poll of its step. The default
    /// calls `poll_ready`.
    fn poll_run(&self, _run: &Run, cx: &mut task::Context<'_>) -> Poll<()> {
        self.poll_ready(cx)
    }

    /// Calls `poll`, which polls the step of `run` once.
    ///
    /// Implement this method to set a thread-local value while the code of the step runs, such as
    /// the current span of a tracing library. Set the value, call `poll`, and restore the previous
    /// value. The value is then never set while the step waits or while another run is polled.
    ///
    /// This method is only called for runs whose [`interest`](Self::interest) requests
    /// [polls](Interest::with_polls). It can be called before the start event, because a step that
    /// processes chunks is polled before its first chunk arrives. A step is polled exactly once,
    /// even if the implementation calls `poll` more than once or not at all. The default only calls
    /// `poll`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    /// use runnable_core::{Interest, Listener, Run, RunEvent, prelude::*};
    ///
    /// thread_local! {
    ///     static IN_STEP: Cell<bool> = const { Cell::new(false) };
    /// }
    ///
    /// struct Marks;
    ///
    /// impl Listener for Marks {
    ///     fn interest(&self, _: &Run) -> Option<Interest> {
    ///         Some(Interest::lifecycle().with_polls())
    ///     }
    ///
    ///     fn on_event(&self, _: &RunEvent<'_>) {}
    ///
    ///     fn around_poll(&self, _: &Run, poll: &mut dyn FnMut()) {
    ///         let outer = IN_STEP.replace(true);
    ///         poll();
    ///         IN_STEP.set(outer);
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let is_in_step = lambda(|_: String| IN_STEP.get());
    /// assert!(is_in_step.invoke("").config(RunConfig::new().listener(Marks)).await?);
    /// assert!(!IN_STEP.get());
    /// # Ok(())
    /// # }
    /// ```
    fn around_poll(&self, _run: &Run, poll: &mut dyn FnMut()) {
        poll();
    }

    /// Passes the fields by which another process continues the trace of `run` to `add`, as names
    /// and values.
    ///
    /// [`RunContext::propagate`](crate::RunContext::propagate) calls this method, for example to
    /// add the header `traceparent` to an HTTP request. The default adds nothing.
    ///
    /// # Examples
    ///
    /// See [`RunContext::propagate`](crate::RunContext::propagate).
    fn propagate(&self, _run: &Run, _add: &mut dyn FnMut(&str, &str)) {}
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

    fn poll_run(&self, run: &Run, cx: &mut task::Context<'_>) -> Poll<()> {
        (**self).poll_run(run, cx)
    }

    fn around_poll(&self, run: &Run, poll: &mut dyn FnMut()) {
        (**self).around_poll(run, poll);
    }

    fn propagate(&self, run: &Run, add: &mut dyn FnMut(&str, &str)) {
        (**self).propagate(run, add);
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
    /// Whether the listener surrounds each poll of the step with
    /// [`around_poll`](Listener::around_poll).
    pub polls: bool,
}

impl Interest {
    /// Requests all events, with all values, but not [polls](Self::with_polls).
    pub const fn everything() -> Self {
        Self { chunks: true, values: true, polls: false }
    }

    /// Requests start and end events with their timing, without chunks and values.
    pub const fn lifecycle() -> Self {
        Self { chunks: false, values: false, polls: false }
    }

    /// Also requests chunk events, so that the listener receives each chunk of a run's output.
    #[must_use]
    pub const fn with_chunks(self) -> Self {
        Self { chunks: true, ..self }
    }

    /// Also requests inputs, outputs and partial outputs.
    #[must_use]
    pub const fn with_values(self) -> Self {
        Self { values: true, ..self }
    }

    /// Also requests that [`Listener::around_poll`] surrounds each poll of the step.
    #[must_use]
    pub const fn with_polls(self) -> Self {
        Self { polls: true, ..self }
    }
}
