//! [`LiveRun`]: a run that is observed, which means that a listener or a `tracing` subscriber is
//! attached to it.

use std::{
    future::poll_fn,
    iter, mem,
    sync::{
        Arc, Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{self, Poll},
    time::{Duration, SystemTime},
};

use serde_json::json;
use tokio::time::Instant;

use super::{
    attached::{Attached, Panicked},
    cause_cell::CauseCell,
    event::{RunEvent, RunEventData, Timing},
    payload::{OwnedPayload, Payload},
    run::Run,
    wait_reason::WaitReason,
    wanted::Wanted,
};
use crate::{
    CancelCause, Error, ErrorKind,
    poll::{
        cancelling::current_cause,
        stopwatch::{Hold, WorkClock},
    },
};

/// An observed run. The scope that ends the run and the contexts of the steps inside the run share
/// it.
pub(crate) struct LiveRun {
    pub(crate) run: Arc<Run>,
    /// The events and values that at least one listener of the run needs.
    pub(crate) wanted: Wanted,
    /// Whether the run emits chunk events.
    pub(crate) chunk_events: bool,
    /// The `tracing` span of the run.
    pub(crate) span: tracing::Span,
    /// The nearest observed run that encloses this run.
    outer: Option<Arc<Self>>,
    listeners: Vec<(Attached, Wanted)>,
    /// The listeners that surround each poll of the step, outermost first.
    around_polls: Vec<Attached>,
    /// The clock of the nearest time limit around the run.
    work_clock: Option<Arc<WorkClock>>,
    /// The tree of runs to which this run belongs.
    tree: Arc<Tree>,
    /// The cause for which the runs inside this run are cancelled, if it is known.
    cause_inside: CauseCell,
    /// Completed when the start event has been emitted, or when the run has ended without a start
    /// event.
    start: Once,
    progress: Mutex<Progress>,
}

/// The state that all runs of a tree share.
#[derive(Default)]
struct Tree {
    /// The listeners that have panicked.
    panicked: Panicked,
    /// Whether any run has a cause for the runs inside it. If no run has one, a dropped run does
    /// not have to search the runs that enclose it.
    has_causes: AtomicBool,
}

#[derive(Default)]
struct Progress {
    /// The time of the start. `None` before the start.
    clock: Option<Clock>,
    ended: bool,
    /// Whether the step has failed or panicked. The run ends after the runs inside it.
    failing: bool,
    /// The time since which the run waits for a permit. `None` if it does not wait.
    waits_since: Option<Instant>,
    /// How long the run has waited before its start.
    waited: Duration,
    first_chunk: Option<Duration>,
    chunks: u64,
    /// The input, if it was not complete when the run started. It is kept for the end event.
    input: Option<OwnedPayload>,
}

/// The run has ended already.
struct HasEnded;

#[derive(Clone, Copy)]
struct Clock {
    wall: SystemTime,
    monotonic: Instant,
    /// The start of the root run.
    root: Instant,
}

/// Returns whether a `tracing` subscriber observes runs.
#[inline]
pub(crate) fn is_traced() -> bool {
    tracing::enabled!(target: "runnable", tracing::Level::INFO)
}

/// Creates the span of a run. The span is disabled if no `tracing` subscriber observes it.
fn span(run: &Run, outer: Option<&Arc<LiveRun>>) -> tracing::Span {
    if !is_traced() {
        return tracing::Span::none();
    }
    let (name, kind, id) = (&*run.name, run.kind.as_str(), run.id.to_string());
    match outer.and_then(|outer| outer.span.id()) {
        Some(parent) => {
            tracing::info_span!(target: "runnable", parent: parent, "run", name, kind, id)
        }
        None => tracing::info_span!(target: "runnable", "run", name, kind, id),
    }
}

impl LiveRun {
    /// Returns the time since the start. It is zero before the start.
    pub(crate) fn elapsed(&self) -> Duration {
        let clock = self.progress().clock;
        clock.map_or(Duration::ZERO, |clock| clock.monotonic.elapsed())
    }

    /// Opens a run. Its parent is the observed run `outer`, if there is one. Only listeners that
    /// are interested in the run are attached to it. `work_clock` is the clock of the nearest time
    /// limit.
    pub(crate) fn open<'a>(
        run: Run,
        outer: Option<&Arc<Self>>,
        listeners: impl Iterator<Item = &'a Attached>,
        work_clock: Option<Arc<WorkClock>>,
        chunk_events: bool,
    ) -> Arc<Self> {
        let tree = outer.map_or_else(Arc::default, |outer| Arc::clone(&outer.tree));
        let mut around_polls = Vec::new();
        let interested = listeners.filter_map(|listener| {
            let interest = listener.interest(&run, &tree.panicked)?;
            if interest.polls {
                around_polls.push(listener.clone());
            }
            Some((listener.clone(), Wanted::of(interest, listener.moment)))
        });
        let listeners: Vec<_> = interested.collect();
        let wanted = listeners.iter().fold(Wanted::default(), |all, (_, wanted)| all.and(*wanted));
        let span = span(&run, outer);
        Arc::new(Self {
            run: Arc::new(run),
            wanted,
            chunk_events,
            span,
            outer: outer.cloned(),
            listeners,
            around_polls,
            work_clock,
            tree,
            cause_inside: CauseCell::default(),
            start: Once::new(),
            progress: Mutex::default(),
        })
    }

    /// Returns `Ready` if all listeners let this run continue. While a listener holds the run, the
    /// time limits around the run do not count.
    pub(crate) fn poll_ready(&self, cx: &mut task::Context<'_>, hold: &mut Hold) -> Poll<()> {
        let mut listeners = self.listeners.iter();
        let mut holds = |listener: &Attached| {
            listener.poll_run(&self.run, cx, &self.tree.panicked).is_pending()
        };
        // A run inside shared work can end for its listeners before its step has ended.
        let is_held = listeners.any(|(listener, _)| holds(listener)) && !self.progress().ended;
        hold.set(is_held, self.work_clock.as_ref());
        if is_held { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Waits until all listeners let this run continue.
    pub(crate) async fn ready(&self) {
        let mut hold = Hold::default();
        poll_fn(|cx| self.poll_ready(cx, &mut hold)).await;
    }

    /// Calls `poll`, which polls the step, inside the listeners that surround polls. `poll` must
    /// not panic.
    pub(crate) fn around_poll<T>(&self, poll: impl FnOnce() -> T) -> T {
        if self.around_polls.is_empty() {
            return poll();
        }
        let (mut poll, mut polled) = (Some(poll), None);
        self.surrounded(&self.around_polls, &mut || polled = poll.take().map(|poll| poll()));
        polled.expect("the innermost listener polls the step exactly once")
    }

    fn surrounded(&self, listeners: &[Attached], poll: &mut dyn FnMut()) {
        match listeners.split_first() {
            None => poll(),
            Some((outer, inner)) => {
                let mut poll_inner = || self.surrounded(inner, poll);
                outer.around_poll(&self.run, &mut poll_inner, &self.tree.panicked);
            }
        }
    }

    /// Collects the fields by which another process continues the trace of this run.
    pub(crate) fn propagate(&self, add: &mut dyn FnMut(&str, &str)) {
        for (listener, _) in &self.listeners {
            listener.propagate(&self.run, add, &self.tree.panicked);
        }
    }

    /// Starts the run, unless it has started or ended.
    ///
    /// The outer run starts first. It may not have started yet, because a run that processes chunks
    /// can call a step inside it before it takes its first chunk.
    pub(crate) fn start(&self, input: Option<Payload<'_>>) {
        if self.start.is_completed() {
            return;
        }
        let root = self.outer.as_ref().and_then(|outer| {
            outer.start(None);
            // An outer run that ended before its start event has no clock.
            outer.progress().clock.map(|clock| clock.root)
        });
        // Several tasks of a step can start its run at the same time. `call_once` makes the other
        // tasks wait, so that the start event is the first event of the run.
        self.start.call_once(|| {
            {
                let mut progress = self.progress();
                if progress.ended {
                    return;
                }
                progress.clock = Some(Clock::now(root));
            }
            let input = input.filter(|_| self.wanted.inputs);
            self.emit(RunEventData::Start { input });
            let wait = mem::take(&mut self.progress().waited);
            if !wait.is_zero() {
                self.emit(RunEventData::Wait { reason: WaitReason::CONCURRENCY, wait });
            }
        });
    }

    /// Stores the input of a run that started without it, for the end event.
    pub(crate) fn keep_input(&self, input: OwnedPayload) {
        self.progress().input = Some(input);
    }

    /// Emits a chunk. If the step yields a chunk before it takes any input, the run starts with
    /// this chunk.
    pub(crate) fn chunk(&self, chunk: Payload<'_>, has_content: bool) {
        self.start(None);
        if !self.chunk_events {
            return;
        }
        let timing = {
            let mut progress = self.progress();
            if progress.ended {
                return;
            }
            progress.chunks += 1;
            let is_first = has_content && progress.first_chunk.is_none();
            // Read the clock at most once, and only if the time is needed.
            if !self.wanted.chunks && !is_first {
                return;
            }
            let timing = progress.timing();
            progress.first_chunk = progress.first_chunk.or(is_first.then_some(timing.elapsed));
            Timing { first_chunk: progress.first_chunk, ..timing }
        };
        if self.wanted.chunks {
            self.emit_at(timing, RunEventData::Chunk { chunk });
        }
    }

    /// Emits an event that is not the end of the run.
    pub(crate) fn happened(&self, kind: RunEventData<'_>) {
        self.start(None);
        if !self.progress().ended {
            self.emit(kind);
        }
    }

    /// Records that the run has waited. If it has not started yet, the event of the wait follows
    /// its start event. All waits before the start become one event.
    pub(crate) fn waited(&self, wait: Duration) {
        if wait.is_zero() {
            return;
        }
        {
            let mut progress = self.progress();
            if progress.clock.is_none() {
                progress.waited = progress.waited.saturating_add(wait);
                return;
            }
        }
        self.happened(RunEventData::Wait { reason: WaitReason::CONCURRENCY, wait });
    }

    /// Records that the run has asked for a permit of its concurrency limit, and whether it got
    /// one. Measures the time until it gets one.
    pub(crate) fn asked_for_permit(&self, has_permit: bool) {
        let since = {
            let mut progress = self.progress();
            if !has_permit {
                progress.waits_since.get_or_insert_with(Instant::now);
                return;
            }
            progress.waits_since.take()
        };
        self.waited(since.map_or(Duration::ZERO, |since| since.elapsed()));
    }

    /// Reports that a poll of the step has blocked its thread for a long time.
    #[cold]
    pub(crate) fn blocked(&self, time: Duration) {
        // Do not report a run that has not started, because the poll was spent on the steps that
        // produce its input.
        let has_started = self.progress().clock.is_some();
        if has_started && !self.listeners.is_empty() {
            let facts = json!({ "poll_ms": time.as_secs_f64() * 1e3 });
            let data = Payload::new(&facts);
            self.happened(RunEventData::Report { name: "blocked", data });
        }
    }

    /// Ends a run that has returned its complete output.
    pub(crate) fn end(&self, output: Option<Payload<'_>>) {
        self.start(None);
        let Ok(input) = self.finish() else { return };
        let input = input.as_ref().filter(|_| self.wanted.late_inputs).map(Payload::from);
        self.emit(RunEventData::End { input, output });
    }

    /// Records that the step has failed. The runs inside it are dropped next.
    pub(crate) fn begin_to_fail(&self) {
        self.progress().failing = true;
    }

    /// Records that the step has panicked. Unwinding then drops the concurrent runs of the same
    /// parent.
    #[cold]
    pub(crate) fn panicked(&self) {
        self.begin_to_fail();
        if let Some(outer) = &self.outer {
            outer.set_cause_inside(CancelCause::SiblingFailed);
        }
    }

    /// Records that a poll of the step has returned. If a run inside it has panicked, the step has
    /// caught the panic, so the cause no longer applies.
    #[inline]
    pub(crate) fn continued(&self) {
        self.cause_inside.clear();
    }

    /// Returns whether the step has failed or panicked.
    pub(crate) fn is_failing(&self) -> bool {
        self.progress().failing
    }

    fn set_cause_inside(&self, cause: CancelCause) {
        self.cause_inside.set(cause);
        self.tree.has_causes.store(true, Ordering::Release);
    }

    /// Returns the cause for which this run is dropped.
    fn cause(&self) -> CancelCause {
        let outer_cause = || {
            if !self.tree.has_causes.load(Ordering::Acquire) {
                return None;
            }
            let mut around = iter::successors(self.outer.as_deref(), |run| run.outer.as_deref());
            around.find_map(|run| run.cause_inside.get())
        };
        current_cause().or_else(outer_cause).unwrap_or_default()
    }

    /// Ends a run that was dropped.
    pub(crate) fn cancel(&self, partial: Option<Payload<'_>>) {
        let cause = self.cause();
        if cause != CancelCause::Dropped {
            self.set_cause_inside(cause);
        }
        self.abort(RunEventData::Cancelled { cause, partial });
    }

    /// Ends a run that has failed.
    pub(crate) fn fail(&self, error: &Error, partial: Option<Payload<'_>>) {
        if error.timeout_phase().is_some() {
            self.set_cause_inside(CancelCause::TimeLimit);
        } else if error.kind() == ErrorKind::Cancelled {
            self.set_cause_inside(CancelCause::Token);
        }
        self.abort(RunEventData::Error { error, partial });
    }

    /// Ends a run that has failed or was cancelled. A run that never started emits no event.
    fn abort(&self, kind: RunEventData<'_>) {
        if self.finish().is_err() {
            return;
        }
        // From here on, the run can no longer start. If another thread is starting it, wait.
        self.start.call_once(|| {});
        let has_started = self.progress().clock.is_some();
        if has_started {
            self.emit(kind);
        }
    }

    /// Records the end of the run, and returns the input that was kept for the end event.
    ///
    /// Returns an error if the run has ended already. This happens to runs inside shared work, which
    /// end for their listeners with the run that has created the work.
    fn finish(&self) -> Result<Option<OwnedPayload>, HasEnded> {
        let mut progress = self.progress();
        if mem::replace(&mut progress.ended, true) {
            return Err(HasEnded);
        }
        Ok(progress.input.take())
    }

    fn emit(&self, kind: RunEventData<'_>) {
        if !self.listeners.is_empty() {
            let timing = self.progress().timing();
            self.emit_at(timing, kind);
        }
    }

    fn emit_at(&self, timing: Timing, kind: RunEventData<'_>) {
        let event = RunEvent { run: &self.run, timing, data: kind };
        for (listener, wanted) in &self.listeners {
            if *wanted == self.wanted {
                listener.on_event(&event, &self.tree.panicked);
            } else if let Some(kind) = wanted.of_event(&event.data) {
                listener.on_event(&RunEvent { data: kind, ..event }, &self.tree.panicked);
            }
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress {
    fn timing(&self) -> Timing {
        let clock = self.clock.unwrap_or_else(|| Clock::now(None));
        let now = Instant::now();
        Timing {
            started: clock.wall,
            elapsed: now.saturating_duration_since(clock.monotonic),
            since_root: now.saturating_duration_since(clock.root),
            first_chunk: self.first_chunk,
            chunks: self.chunks,
        }
    }
}

impl Clock {
    /// Returns the current time, for a run whose root started at `root`. If `root` is `None`, the
    /// run is the root.
    fn now(root: Option<Instant>) -> Self {
        let monotonic = Instant::now();
        Self { wall: SystemTime::now(), monotonic, root: root.unwrap_or(monotonic) }
    }
}
