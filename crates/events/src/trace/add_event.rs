//! Adds an event to a trace.

use std::{
    mem,
    sync::Arc,
    time::{Duration, SystemTime},
};

use runnable_chat::{Usage, metering::USAGE_REPORT, run_kind::CHAT_MODEL};
use runnable_core::Metadata;
use serde::Deserialize;

use super::{
    chunk::TraceChunk,
    interner::json_of,
    model_details::ModelDetails,
    occurrence::Occurrence,
    run::{Links, TraceRun},
    run_state::RunState,
    trace::Trace,
};
use crate::{RecordedData, RecordedError, RecordedEvent, RecordedPosition};

/// The times of an event.
#[derive(Clone, Copy)]
struct Times {
    /// The time of the event, since the start of the trace.
    at: Duration,
    /// The wall time of the event.
    wall: SystemTime,
    /// The time from the start of the run to the event.
    elapsed: Duration,
}

impl Trace {
    /// Adds an event.
    ///
    /// The events of a trace should be added in the order of their numbers. An event that comes too
    /// late, or twice, changes at most its own run.
    ///
    /// The cost does not depend on the number of events, with one exception: an event of a root run
    /// that started before all others moves the [start](Self::started) of the trace, and with it
    /// the times of all runs.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_events::{StreamEventsExt, Trace};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let mut trace = Trace::new();
    /// let mut events = lambda(|text: String| text).stream_events("hi");
    /// trace.add(&events.next().await.unwrap()?.into());
    /// assert_eq!(trace.roots().next().unwrap().state.as_str(), "unfinished");
    /// # Ok(())
    /// # }
    /// ```
    pub fn add(&mut self, event: &RecordedEvent) {
        self.add_to_run(event);
    }

    /// Adds an event, and returns the number of its run.
    pub(crate) fn add_to_run(&mut self, event: &RecordedEvent) -> usize {
        let mut event = event.clone();
        self.redaction.apply(&mut event);
        self.add_redacted(&event)
    }

    fn add_redacted(&mut self, event: &RecordedEvent) -> usize {
        self.events = self.events.saturating_add(1);
        self.gaps.add(event.seq);
        let number = self.run_of(event);
        let times = self.times_of(event, number);
        self.describe(number, event, times);
        self.mark_model(number);
        self.touch_ancestors(number, times.at);
        self.record(number, event, times);
        number
    }

    /// Returns the number of the run of an event. Adds the run, and the runs that enclose it, if
    /// the trace does not contain them.
    fn run_of(&mut self, event: &RecordedEvent) -> usize {
        let id = self.interner.text(&event.run_id);
        let depth = event.parent_ids.len();
        if let Some(known) = self.index.find(&id, depth) {
            let is_start = matches!(event.data, RecordedData::Start { .. });
            let is_other_run = is_start && self.runs.get(known).is_some_and(|run| run.has_start);
            if !is_other_run {
                return known;
            }
        }
        let parent = self.parent_of(event);
        let name = self.interner.text(&event.name);
        self.new_run(id, name, parent)
    }

    /// Returns the number of the parent of an event's run. Adds the runs that are missing, because
    /// the events of a run can be lost while the events of the runs inside it are not.
    fn parent_of(&mut self, event: &RecordedEvent) -> Option<usize> {
        let mut missing = Vec::new();
        let mut nearest = None;
        for (depth, id) in event.parent_ids.iter().enumerate().rev() {
            let id = self.interner.text(id);
            nearest = self.index.find(&id, depth);
            if nearest.is_some() {
                break;
            }
            let name = event.path.get(depth).map_or("", String::as_str);
            missing.push((id, self.interner.text(name)));
        }
        missing.into_iter().rev().fold(nearest, |parent, (id, name)| {
            let run = self.new_run(id, name, parent);
            Some(run)
        })
    }

    /// Adds a run of which only the position in the tree is known.
    fn new_run(&mut self, id: Arc<str>, name: Arc<str>, parent: Option<usize>) -> usize {
        let number = self.runs.len();
        let (mut root, mut depth) = (number, 0);
        match parent.and_then(|parent| self.runs.get_mut(parent)) {
            Some(parent) => {
                (root, depth) = (parent.links.root, parent.links.depth.saturating_add(1));
                parent.links.children.push(number);
            }
            None => self.roots.push(number),
        }
        self.index.add(&id, depth, number);
        self.runs.push(TraceRun {
            id,
            name,
            kind: self.interner.text(""),
            source: None,
            position: RecordedPosition::default(),
            tags: Vec::new(),
            metadata: self.interner.metadata(&Metadata::new()),
            started: SystemTime::UNIX_EPOCH,
            start: Duration::MAX,
            end: None,
            last_event: Duration::ZERO,
            state: RunState::Unfinished,
            input: None,
            output: None,
            text: String::new(),
            chunks: Vec::new(),
            chunk_count: 0,
            first_chunk: None,
            usage: None,
            model: None,
            provider: None,
            finish_reason: None,
            occurrences: Vec::new(),
            has_start: false,
            links: Links { number, parent, root, depth, ..Links::default() },
        });
        number
    }

    /// Returns the times of an event. Sets the start of the root run, if it is not known, and moves
    /// the start of the trace, if the root run started before it.
    fn times_of(&mut self, event: &RecordedEvent, number: usize) -> Times {
        let wall = event.time;
        let elapsed = event.elapsed.min(event.since_root);
        let root = self.runs.get(number).map_or(number, |run| run.links.root);
        let known = self.runs.get(root).filter(|root| root.start != Duration::MAX);
        let root_start = match known.map(|root| root.start) {
            Some(start) => start,
            None => self.start_of_root(root, earlier(wall, event.since_root)),
        };
        Times { at: root_start.saturating_add(event.since_root), wall, elapsed }
    }

    /// Sets the start of a root run, and returns the time since the start of the trace.
    fn start_of_root(&mut self, root: usize, started: SystemTime) -> Duration {
        let trace_started = *self.started.get_or_insert(started);
        if let Ok(earlier) = trace_started.duration_since(started) {
            self.started = Some(started);
            if !earlier.is_zero() {
                self.runs.iter_mut().for_each(|run| run.shift(earlier));
            }
        }
        let start = started.duration_since(trace_started).unwrap_or_default();
        if let Some(run) = self.runs.get_mut(root) {
            (run.start, run.started) = (start, started);
        }
        start
    }

    /// Sets the values that every event of a run contains: its names, tags and times.
    fn describe(&mut self, number: usize, event: &RecordedEvent, times: Times) {
        let Some(run) = self.runs.get_mut(number) else { return };
        run.last_event = run.last_event.max(times.at);
        run.chunk_count = run.chunk_count.max(event.chunks);
        if run.kind.is_empty() {
            run.name = self.interner.text(&event.name);
            run.kind = self.interner.text(&event.kind);
            run.source = event.source.as_deref().map(|source| self.interner.text(source));
            run.position = event.position.clone();
            run.tags = event.tags.iter().map(|tag| self.interner.text(tag)).collect();
            run.metadata = self.interner.metadata(&event.metadata);
            // The start of a root run is known from the first event of its tree.
            if run.links.parent.is_some() {
                run.start = times.at.saturating_sub(times.elapsed);
                run.started = earlier(times.wall, times.elapsed);
            }
        }
        if run.first_chunk.is_none() {
            let start = run.start;
            run.first_chunk = event.first_chunk.map(|first| start.saturating_add(first));
        }
    }

    /// Records that runs enclose the run of a model.
    fn mark_model(&mut self, number: usize) {
        let Some(run) = self.runs.get(number).filter(|run| run.is_model()) else { return };
        let mut next = run.links.parent;
        while let Some(run) = next.and_then(|parent| self.runs.get_mut(parent)) {
            if run.links.has_model_inside {
                return;
            }
            run.links.has_model_inside = true;
            next = run.links.parent;
        }
    }

    /// Updates the times of the runs that enclose a run.
    fn touch_ancestors(&mut self, number: usize, at: Duration) {
        let Some(run) = self.runs.get(number) else { return };
        let (start, started) = (run.start, run.started);
        let mut next = run.links.parent;
        while let Some(run) = next.and_then(|parent| self.runs.get_mut(parent)) {
            let is_placeholder = run.kind.is_empty() && start < run.start;
            if run.last_event >= at && !is_placeholder {
                return;
            }
            run.last_event = run.last_event.max(at);
            if is_placeholder {
                (run.start, run.started) = (start, started);
            }
            next = run.links.parent;
        }
    }

    /// Adds the values of an event to its run.
    fn record(&mut self, number: usize, event: &RecordedEvent, times: Times) {
        let Some(run) = self.runs.get_mut(number) else { return };
        let interner = &mut self.interner;
        let (output, state) = match &event.data {
            RecordedData::Start { input, .. } => {
                run.has_start = true;
                if let Some(input) = input {
                    run.input = Some(interner.value(input));
                }
                return;
            }
            RecordedData::Chunk { chunk, text, .. } => {
                let text = text.as_deref().unwrap_or_default();
                run.text.push_str(text);
                run.chunks.push(TraceChunk {
                    at: times.at,
                    json_bytes: json_of(chunk).bytes,
                    text_bytes: text.len(),
                });
                if run.is_model() {
                    let details = ModelDetails::read(chunk, interner);
                    run.add_details(details);
                }
                return;
            }
            RecordedData::End { input, output, .. } => {
                if let Some(input) = input {
                    run.input = Some(interner.value(input));
                }
                (output, RunState::Completed)
            }
            RecordedData::Error { error, partial, .. } => {
                (partial, RunState::Failed(Arc::new(RecordedError::clone(error))))
            }
            RecordedData::Cancelled { cause, partial, .. } => {
                let cause = cause.as_deref().map(|cause| interner.text(cause));
                (partial, RunState::Cancelled { cause })
            }
            other => {
                if let RecordedData::Report { name, data, .. } = other
                    && name == USAGE_REPORT
                    && run.is_model()
                    && &*run.kind != CHAT_MODEL.as_str()
                    && let Ok(usage) = Usage::deserialize(data)
                {
                    run.usage = Some(run.usage.unwrap_or_default() + usage);
                }
                run.occurrences.push(Occurrence { at: times.at, data: Arc::new(other.clone()) });
                return;
            }
        };
        // A second end of the same run adds nothing.
        if !matches!(run.state, RunState::Unfinished) {
            return;
        }
        (run.state, run.end) = (state, Some(times.at));
        if let Some(output) = output {
            run.output = Some(interner.value(output));
            if run.is_model() {
                let details = ModelDetails::read(output, interner);
                run.add_details(details);
            }
        }
        let (id, depth) = (Arc::clone(&run.id), run.links.depth);
        self.index.close(&id, depth, number);
    }
}

impl TraceRun {
    /// Moves all times of the run.
    fn shift(&mut self, by: Duration) {
        let Self { start, end, last_event, chunks, first_chunk, occurrences, .. } = self;
        // A run has no known start before its first event is added.
        if *start == Duration::MAX {
            return;
        }
        let times = [Some(start), end.as_mut(), Some(last_event), first_chunk.as_mut()];
        let times = times.into_iter().flatten();
        let chunks = chunks.iter_mut().map(|chunk| &mut chunk.at);
        let occurrences = occurrences.iter_mut().map(|occurrence| &mut occurrence.at);
        for time in times.chain(chunks).chain(occurrences) {
            *time = time.saturating_add(by);
        }
    }

    /// Adds the details of a chunk or an output. A later value replaces an earlier value.
    fn add_details(&mut self, details: ModelDetails) {
        self.usage = details.usage.or(self.usage);
        self.model = details.model.or(mem::take(&mut self.model));
        self.provider = details.provider.or(mem::take(&mut self.provider));
        self.finish_reason = details.finish_reason.or(mem::take(&mut self.finish_reason));
    }
}

/// Returns the time that is earlier by a duration.
fn earlier(time: SystemTime, by: Duration) -> SystemTime {
    time.checked_sub(by).unwrap_or(time)
}
