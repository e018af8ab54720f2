//! A run that somebody watches, from its creation to its one end.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{self, Poll, ready},
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

use crate::{
    Payload, Run, RunContext, RunEvent, RunEventData, RunId, StepInfo, Timing,
    listener::{Attached, Panicked},
    opened::Opening,
    payload::OwnedPayload,
    wanted::Wanted,
};

/// A run that is watched. Shared by the scope that ends it, and the context of the steps inside.
pub(crate) struct LiveRun {
    pub(crate) run: Run,
    /// What its listeners want to see of it, all together.
    pub(crate) wanted: Wanted,
    /// Whether its chunks say anything.
    pub(crate) chunk_events: bool,
    /// How deep in the tree what runs inside it is.
    pub(crate) depth: u16,
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
    awaits_whole_input: bool,
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

impl LiveRun {
    /// Opens a run of a step, called from inside `cx`.
    pub(crate) fn open(
        cx: &RunContext,
        tag: Option<Cow<'static, str>>,
        opening: Option<&Opening>,
        info: StepInfo,
    ) -> Arc<Self> {
        let outer = cx.watched_run();
        let mut metadata = cx.metadata().cloned().unwrap_or_default();
        metadata.extend(info.metadata);
        let inherited = cx.inherited().into_iter().flat_map(|inherited| &inherited.tags).cloned();
        let name = opening.and_then(|opening| opening.name.clone());
        let run = Run {
            id: opening.and_then(|opening| opening.run_id).unwrap_or_else(RunId::random),
            parent_ids: outer
                .map(|outer| outer.run.parent_ids.iter().copied().chain([outer.run.id]).collect())
                .unwrap_or_default(),
            parent_names: outer
                .map(|outer| {
                    let names = outer.run.parent_names.iter().chain([&outer.run.name]);
                    names.cloned().collect()
                })
                .unwrap_or_default(),
            source: info.source.filter(|_| name.is_none()),
            name: name.unwrap_or(info.name),
            batch_index: opening.and_then(|opening| opening.index),
            attempt: opening.and_then(|opening| opening.attempt),
            kind: info.kind,
            tags: tag.into_iter().chain(inherited).collect(),
            metadata: Arc::new(metadata),
        };
        let panicked = outer.map_or_else(Arc::default, |outer| Arc::clone(&outer.panicked));
        let mut wanted = Wanted::default();
        let mut listeners = Vec::new();
        let hooks = opening.map_or(&[][..], |opening| &opening.hooks);
        for listener in cx.listeners().iter().chain(hooks) {
            if let Some(interest) = listener.interest(&run, &panicked) {
                let its = Wanted::of(interest, listener.moment);
                wanted = wanted.and(its);
                listeners.push((listener.clone(), its));
            }
        }
        let span = if is_traced() {
            let parent = outer.and_then(|outer| outer.span.id());
            let (name, kind, id) = (&*run.name, run.kind.as_str(), run.id.to_string());
            match parent {
                Some(parent) => {
                    tracing::info_span!(target: "runnable", parent: parent, "run", name, kind, id)
                }
                None => tracing::info_span!(target: "runnable", "run", name, kind, id),
            }
        } else {
            tracing::Span::none()
        };
        let (outer, progress) = (outer.cloned(), Mutex::default());
        let (chunk_events, depth) = (info.chunk_events, cx.depth().saturating_add(1));
        Arc::new(Self {
            run,
            wanted,
            chunk_events,
            depth,
            span,
            outer,
            listeners,
            panicked,
            progress,
        })
    }

    /// Whether all listeners have room for more events.
    pub(crate) fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        for (listener, _) in &self.listeners {
            ready!(listener.poll_ready(cx, &self.panicked));
        }
        Poll::Ready(())
    }

    /// The step needs its whole input: the run does not start with the first chunk of it.
    pub(crate) fn await_whole_input(&self) {
        self.progress().awaits_whole_input = true;
    }

    pub(crate) fn awaits_whole_input(&self) -> bool {
        self.progress().awaits_whole_input
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
        let clock = Clock { wall: SystemTime::now(), monotonic: Instant::now() };
        self.progress().clock = Some(clock);
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
        {
            let mut progress = self.progress();
            let elapsed = progress.clock.map(|clock| clock.monotonic.elapsed());
            progress.first_chunk = progress.first_chunk.or(elapsed.filter(|_| has_content));
            progress.chunks += 1;
        }
        if self.wanted.chunks {
            self.emit(RunEventData::Chunk { chunk });
        }
    }

    /// The step said something of its own, before its end.
    pub(crate) fn custom(&self, name: &str, data: Payload<'_>) {
        self.happened(RunEventData::Custom { name, data });
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
        if self.listeners.is_empty() {
            return;
        }
        let event = RunEvent { run: &self.run, timing: self.timing(), data: kind };
        for (listener, wanted) in &self.listeners {
            if *wanted == self.wanted {
                listener.on_event(&event, &self.panicked);
            } else if let Some(kind) = wanted.of_event(&event.data) {
                listener.on_event(&RunEvent { data: kind, ..event }, &self.panicked);
            }
        }
    }

    fn timing(&self) -> Timing {
        let progress = self.progress();
        let now = || Clock { wall: SystemTime::now(), monotonic: Instant::now() };
        let clock = progress.clock.unwrap_or_else(now);
        Timing {
            started: clock.wall,
            elapsed: clock.monotonic.elapsed(),
            first_chunk: progress.first_chunk,
            chunks: progress.chunks,
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
