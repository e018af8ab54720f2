//! A run that somebody watches, from its creation to its one end.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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

/// A run that is watched. Shared by the scope that ends it, and the context of the steps inside.
pub(crate) struct LiveRun {
    pub(crate) run: Run,
    /// What its listeners want to see of it, all together.
    pub(crate) wanted: Wanted,
    /// Whether its chunks say anything.
    pub(crate) chunk_events: bool,
    /// What its logs hang below.
    pub(crate) span: tracing::Span,
    /// The run around this one.
    outer: Option<Arc<Self>>,
    listeners: Vec<(Attached, Wanted)>,
    /// The listeners that panicked in the tree of this run.
    panicked: Arc<Panicked>,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    clock: Option<Clock>,
    ended: bool,
    first_chunk: Option<Duration>,
    chunks: u64,
    /// The input of a run that started before it was whole.
    input: Option<OwnedPayload>,
}

#[derive(Clone, Copy)]
struct Clock {
    wall: SystemTime,
    monotonic: Instant,
}

/// Whether a subscriber of `tracing` wants to see runs.
#[inline]
pub(crate) fn is_traced() -> bool {
    tracing::enabled!(target: "runnable", tracing::Level::INFO)
}

/// What the logs of a run hang below, if a subscriber of `tracing` wants to see it.
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
    /// Opens a run inside another one, if that is watched too, for those of the listeners that want to
    /// see it.
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
        let (outer, progress) = (outer.cloned(), Mutex::default());
        Arc::new(Self { run, wanted, chunk_events, span, outer, listeners, panicked, progress })
    }

    /// Whether all listeners have room for more events.
    pub(crate) fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        for (listener, _) in &self.listeners {
            ready!(listener.poll_ready(cx, &self.panicked));
        }
        Poll::Ready(())
    }

    /// Starts the run, unless it has. A run that starts with its first chunk may find that what
    /// runs inside it was first, so the outer one starts before the inner.
    pub(crate) fn start(&self, input: Option<Payload<'_>>) {
        {
            let progress = self.progress();
            if progress.clock.is_some() || progress.ended {
                return;
            }
        }
        if let Some(outer) = &self.outer {
            outer.start(None);
        }
        self.progress().clock = Some(Clock::now());
        let input = input.filter(|_| self.wanted.inputs);
        self.emit(RunEventData::Start { input });
    }

    /// Keeps the input of a run that started without it, for its end.
    pub(crate) fn keep_input(&self, input: OwnedPayload) {
        self.progress().input = Some(input);
    }

    /// A chunk has come. A step that gives something before it took anything starts with that.
    pub(crate) fn chunk(&self, chunk: Payload<'_>, has_content: bool) {
        self.start(None);
        if !self.chunk_events {
            return;
        }
        let timing = {
            let mut progress = self.progress();
            progress.chunks += 1;
            let is_first = has_content && progress.first_chunk.is_none();
            // The clock is read once, and not at all where nobody wants to know.
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

    /// Something happened in the run before its end.
    pub(crate) fn happened(&self, kind: RunEventData<'_>) {
        self.start(None);
        if !self.progress().ended {
            self.emit(kind);
        }
    }

    /// The run has given all its output.
    pub(crate) fn end(&self, output: Option<Payload<'_>>) {
        self.start(None);
        let input = self.finish().filter(|_| self.wanted.late_inputs);
        let input = input.as_ref().map(Payload::from);
        self.emit(RunEventData::End { input, output });
    }

    /// The run ends otherwise. One that never started leaves no trace.
    pub(crate) fn abort(&self, kind: RunEventData<'_>) {
        let started = self.progress().clock.is_some();
        self.finish();
        if started {
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
