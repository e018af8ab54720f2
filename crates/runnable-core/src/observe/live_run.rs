//! [`LiveRun`]: a run that is observed, which means that a listener or a `tracing` subscriber is
//! attached to it.

use std::{
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
    task::{self, Poll, ready},
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

use super::{
    attached::{Attached, Panicked},
    event::{RunEvent, RunEventData, Timing},
    payload::{OwnedPayload, Payload},
    run::Run,
    wanted::Wanted,
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
    /// The listeners that have panicked in the tree of runs to which this run belongs.
    panicked: Arc<Panicked>,
    /// Completed when the start event has been emitted, or when the run has ended without a start
    /// event.
    start: Once,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    /// The time of the start. `None` before the start.
    clock: Option<Clock>,
    ended: bool,
    first_chunk: Option<Duration>,
    chunks: u64,
    /// The input, if it was not complete when the run started. It is kept for the end event.
    input: Option<OwnedPayload>,
}

#[derive(Clone, Copy)]
struct Clock {
    wall: SystemTime,
    monotonic: Instant,
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
    /// Opens a run. Its parent is the observed run `outer`, if there is one. Only listeners that
    /// are interested in the run are attached to it.
    pub(crate) fn open<'a>(
        run: Run,
        outer: Option<&Arc<Self>>,
        listeners: impl Iterator<Item = &'a Attached>,
        chunk_events: bool,
    ) -> Arc<Self> {
        let panicked = outer.map_or_else(Arc::default, |outer| Arc::clone(&outer.panicked));
        let interested = listeners.filter_map(|listener| {
            let interest = listener.interest(&run, &panicked)?;
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
            panicked,
            start: Once::new(),
            progress: Mutex::default(),
        })
    }

    /// Returns `Ready` if all listeners can accept more events.
    pub(crate) fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        for (listener, _) in &self.listeners {
            ready!(listener.poll_ready(cx, &self.panicked));
        }
        Poll::Ready(())
    }

    /// Starts the run, unless it has started or ended.
    ///
    /// The outer run starts first. It may not have started yet, because a run that processes chunks
    /// can call a step inside it before it takes its first chunk.
    pub(crate) fn start(&self, input: Option<Payload<'_>>) {
        if self.start.is_completed() {
            return;
        }
        if let Some(outer) = &self.outer {
            outer.start(None);
        }
        // Several tasks of a step can start its run at the same time. `call_once` makes the other
        // tasks wait, so that the start event is the first event of the run.
        self.start.call_once(|| {
            {
                let mut progress = self.progress();
                if progress.ended {
                    return;
                }
                progress.clock = Some(Clock::now());
            }
            let input = input.filter(|_| self.wanted.inputs);
            self.emit(RunEventData::Start { input });
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

    /// Ends a run that has returned its complete output.
    pub(crate) fn end(&self, output: Option<Payload<'_>>) {
        self.start(None);
        let input = self.finish().filter(|_| self.wanted.late_inputs);
        let input = input.as_ref().map(Payload::from);
        self.emit(RunEventData::End { input, output });
    }

    /// Ends a run that has failed or was cancelled. A run that never started emits no event.
    pub(crate) fn abort(&self, kind: RunEventData<'_>) {
        self.finish();
        // From here on, the run can no longer start. If another thread is starting it, wait.
        self.start.call_once(|| {});
        let has_started = self.progress().clock.is_some();
        if has_started {
            self.emit(kind);
        }
    }

    fn finish(&self) -> Option<OwnedPayload> {
        let mut progress = self.progress();
        progress.ended = true;
        progress.input.take()
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
                listener.on_event(&event, &self.panicked);
            } else if let Some(kind) = wanted.of_event(&event.data) {
                listener.on_event(&RunEvent { data: kind, ..event }, &self.panicked);
            }
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress {
    fn timing(&self) -> Timing {
        let clock = self.clock.unwrap_or_else(Clock::now);
        Timing {
            started: clock.wall,
            elapsed: clock.monotonic.elapsed(),
            first_chunk: self.first_chunk,
            chunks: self.chunks,
        }
    }
}

impl Clock {
    fn now() -> Self {
        Self { wall: SystemTime::now(), monotonic: Instant::now() }
    }
}
