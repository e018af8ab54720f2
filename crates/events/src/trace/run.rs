//! [`TraceRun`]: a run in a trace.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use runnable_chat::{FinishReason, Usage, run_kind};
use runnable_core::Metadata;
use serde_json::Value;

use super::{
    chunk::{ChunkGaps, TraceChunk},
    http_exchange::HttpExchange,
    occurrence::{Occurrence, TraceFallback, TraceRetry, TraceWait},
    run_state::RunState,
};
use crate::{RecordedData, RecordedPosition};

/// A run in a [`Trace`](crate::Trace).
///
/// All times are durations since the [start of the trace](crate::Trace::started), unless their
/// documentation states another origin. The trace returns what depends on other runs, such as the
/// children of a run.
///
/// ```
/// use runnable_events::TraceRun;
///
/// fn line(run: &TraceRun) -> String {
///     format!("{} ({}): {} after {:?}", run.name, run.kind, run.state, run.duration())
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceRun {
    /// The ID of the run. It is usually unique, but a caller can use an ID for several calls.
    pub id: Arc<str>,
    /// The name of the run.
    pub name: Arc<str>,
    /// The kind of the run, such as `chat_model`. It is empty if the trace contains no event of
    /// the run itself, but only of runs inside it.
    pub kind: Arc<str>,
    /// The source location of the step's closure, such as `src/main.rs:12`.
    pub source: Option<Arc<str>>,
    /// The position of the run in its parent.
    pub position: RecordedPosition,
    /// The tags of the run.
    pub tags: Vec<Arc<str>>,
    /// The metadata of the run.
    pub metadata: Arc<Metadata>,
    /// The wall time at which the run started.
    pub started: SystemTime,
    /// The time at which the run started. If the trace contains no event of the run itself, this is
    /// the time of the first event of the runs inside it.
    pub start: Duration,
    /// The time at which the run ended. `None` if it has not ended.
    pub end: Option<Duration>,
    /// The time of the last event of the run or of a run inside it.
    pub last_event: Duration,
    /// The state of the run: how it ended, or `Unfinished`.
    pub state: RunState,
    /// The input. `None` if the trace does not contain it.
    pub input: Option<Arc<Value>>,
    /// The output. After an error or a cancellation, this is the part that the run had produced.
    /// `None` if the trace does not contain it, and while the run is unfinished.
    pub output: Option<Arc<Value>>,
    /// The texts of the chunks, one after the other. Empty if the chunks have no text.
    pub text: String,
    /// The chunks of the output, in order. Empty if the trace does not contain chunks.
    pub chunks: Vec<TraceChunk>,
    /// The number of chunks that the run has produced. It can be larger than the number of
    /// `chunks`, if the trace does not contain all of them.
    pub chunk_count: u64,
    /// The time of the first chunk that has content. `None` if there was no such chunk.
    pub first_chunk: Option<Duration>,
    /// The token usage that the model has reported, with its answer or as a
    /// [report](runnable_chat::metering::USAGE_REPORT). `None` for runs of other kinds. If the run
    /// is unfinished, this is the last usage that a chunk contains.
    /// [`Usage::is_cached`](runnable_chat::Usage::is_cached) returns `true` if the answer came from
    /// an answer cache.
    pub usage: Option<Usage>,
    /// The name of the model that answered.
    pub model: Option<Arc<str>>,
    /// The provider that answered, such as `openai`.
    pub provider: Option<Arc<str>>,
    /// The reason why the model stopped.
    pub finish_reason: Option<FinishReason>,
    /// The other events of the run, in order: custom events, retries, fallbacks, waits, reports,
    /// and events whose kind this version of the crate does not know.
    pub occurrences: Vec<Occurrence>,
    /// Whether the trace contains the start of the run.
    pub has_start: bool,
    pub(crate) links: Links,
}

/// The numbers of the runs to which a run is related, in the list of the trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Links {
    pub(super) number: usize,
    pub(super) parent: Option<usize>,
    pub(super) root: usize,
    pub(super) depth: usize,
    pub(crate) children: Vec<usize>,
    /// Whether a run inside this run is the run of a model.
    pub(crate) has_model_inside: bool,
}

impl TraceRun {
    /// Returns the number of the run in [`Trace::runs`](crate::Trace::runs), counted from 0.
    ///
    /// In contrast to the ID, the number is unique in the trace.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// fn check(trace: &Trace) {
    ///     assert!(trace.runs().iter().enumerate().all(|(number, run)| run.number() == number));
    /// }
    /// check(&Trace::new());
    /// ```
    pub fn number(&self) -> usize {
        self.links.number
    }

    /// Returns the number of runs that enclose this run.
    ///
    /// ```
    /// use runnable_events::TraceRun;
    ///
    /// fn indented(run: &TraceRun) -> String {
    ///     "  ".repeat(run.depth()) + &run.name
    /// }
    /// ```
    pub fn depth(&self) -> usize {
        self.links.depth
    }

    /// Returns how long the run took. `None` if the run has not ended.
    ///
    /// ```
    /// use runnable_events::TraceRun;
    ///
    /// fn is_slow(run: &TraceRun) -> bool {
    ///     run.duration().is_some_and(|duration| duration.as_secs() >= 10)
    /// }
    /// ```
    pub fn duration(&self) -> Option<Duration> {
        Some(self.end?.saturating_sub(self.start))
    }

    /// Returns the end of the run, or the time of its last event if the run has not ended.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_events::TraceRun;
    ///
    /// fn duration_so_far(run: &TraceRun) -> Duration {
    ///     run.last_time() - run.start
    /// }
    /// ```
    pub fn last_time(&self) -> Duration {
        self.end.unwrap_or(self.last_event).max(self.start)
    }

    /// Returns the time from the start of the run to its first chunk.
    ///
    /// ```
    /// use runnable_events::TraceRun;
    ///
    /// fn is_quick(model: &TraceRun) -> bool {
    ///     model.time_to_first_chunk().is_some_and(|time| time.as_millis() < 500)
    /// }
    /// ```
    pub fn time_to_first_chunk(&self) -> Option<Duration> {
        Some(self.first_chunk?.saturating_sub(self.start))
    }

    /// Returns the gaps between the chunks. `None` if there are fewer than two chunks.
    ///
    /// ```
    /// use runnable_events::TraceRun;
    ///
    /// fn stalled(run: &TraceRun) -> bool {
    ///     run.chunk_gaps().is_some_and(|gaps| gaps.largest > 20 * gaps.median)
    /// }
    /// ```
    pub fn chunk_gaps(&self) -> Option<ChunkGaps> {
        ChunkGaps::between(&self.chunks)
    }

    /// Returns the text that each chunk adds, in the order of the chunks.
    ///
    /// ```
    /// use runnable_events::TraceRun;
    ///
    /// fn longest(run: &TraceRun) -> &str {
    ///     run.chunk_texts().max_by_key(|text| text.len()).unwrap_or_default()
    /// }
    /// ```
    pub fn chunk_texts(&self) -> impl Iterator<Item = &str> {
        let mut rest = &*self.text;
        self.chunks.iter().map(move |chunk| {
            let (text, after) = rest.split_at_checked(chunk.text_bytes).unwrap_or((rest, ""));
            rest = after;
            text
        })
    }

    /// Returns the failed attempts after which the run has waited for the next attempt.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_events::TraceRun;
    ///
    /// fn waited(run: &TraceRun) -> Duration {
    ///     run.retries().map(|retry| retry.wait).sum()
    /// }
    /// ```
    pub fn retries(&self) -> impl Iterator<Item = TraceRetry<'_>> {
        self.occurrences.iter().filter_map(Occurrence::as_retry)
    }

    /// Returns the fallbacks that the run has tried.
    ///
    /// ```
    /// use runnable_events::TraceRun;
    ///
    /// fn reasons(run: &TraceRun) -> Vec<&str> {
    ///     run.fallbacks().map(|fallback| &*fallback.error.message).collect()
    /// }
    /// ```
    pub fn fallbacks(&self) -> impl Iterator<Item = TraceFallback<'_>> {
        self.occurrences.iter().filter_map(Occurrence::as_fallback)
    }

    /// Returns the times for which the run has waited, except for the waits of retries.
    ///
    /// ```
    /// use runnable_events::TraceRun;
    ///
    /// fn was_limited(run: &TraceRun) -> bool {
    ///     run.waits().any(|wait| wait.reason == "rate_limit")
    /// }
    /// ```
    pub fn waits(&self) -> impl Iterator<Item = TraceWait<'_>> {
        self.occurrences.iter().filter_map(Occurrence::as_wait)
    }

    /// Returns the requests that the run has sent over HTTP.
    ///
    /// ```
    /// use runnable_events::TraceRun;
    ///
    /// fn request_ids(run: &TraceRun) -> Vec<String> {
    ///     run.http().filter_map(|exchange| exchange.request_id).collect()
    /// }
    /// ```
    pub fn http(&self) -> impl Iterator<Item = HttpExchange> {
        self.occurrences.iter().filter_map(|occurrence| match &*occurrence.data {
            RecordedData::Report { name, data, .. } if name == "http" => {
                HttpExchange::from_report(data)
            }
            _ => None,
        })
    }

    /// Returns the number of the step, counted from 1, if the run is a step of a sequence.
    ///
    /// ```
    /// use runnable_events::TraceRun;
    ///
    /// fn is_first_step(run: &TraceRun) -> bool {
    ///     run.sequence_step() == Some(1)
    /// }
    /// ```
    pub fn sequence_step(&self) -> Option<u64> {
        self.position.tag.as_deref()?.strip_prefix("seq:step:")?.parse().ok()
    }

    /// Returns `true` if this is a run of a model: of a chat model, a text model or an embedding
    /// model.
    ///
    /// ```
    /// use runnable_events::TraceRun;
    ///
    /// fn models<'a>(runs: &'a [TraceRun]) -> impl Iterator<Item = &'a TraceRun> {
    ///     runs.iter().filter(|run| run.is_model())
    /// }
    /// ```
    pub fn is_model(&self) -> bool {
        let models = [run_kind::CHAT_MODEL, run_kind::LLM, run_kind::EMBEDDING];
        models.iter().any(|kind| kind.as_str() == &*self.kind)
    }
}
