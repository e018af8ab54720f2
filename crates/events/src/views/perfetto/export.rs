//! [`TracePerfetto`]: writes a trace as trace events.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    io::{self, Write},
    time::Duration,
};

use runnable_chat::Usage;
use serde_json::{Map, Value, json};

use super::{
    entry::{Entry, EntryKind, entries},
    event::{TraceEvent, microseconds},
};
use crate::{
    RecordedData, RunState, Trace, TraceRun,
    text::{beginning, label_of},
    timestamp::Timestamp,
};

/// A trace in the JSON format of Chrome's trace events. Created by [`Trace::perfetto`].
///
/// Open the file on <https://ui.perfetto.dev>, or in `chrome://tracing`.
///
/// - Each call is a process, with the name of its root run.
/// - Each run is an asynchronous slice (`b` and `e`) whose ID is the ID of the run. Runs can
///   overlap and can move between threads, so they are not slices of a thread.
/// - Chunks, retries, fallbacks, waits, reports and custom events are instants (`n`) in the slice
///   of their run.
/// - The token counts of the models so far are counters (`C`) of the call.
/// - Times are in microseconds since the start of the trace.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::{RecordedEvent, StreamEventsExt, Trace};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
/// let mut events = shout.stream_events("hi");
/// let mut trace = Trace::new();
/// while let Some(event) = events.next().await {
///     trace.add(&RecordedEvent::from(event?));
/// }
/// let mut file = Vec::new();
/// trace.perfetto().write_to(&mut file)?;
/// let json: serde_json::Value = serde_json::from_slice(&file)?;
/// let phases: Vec<_> = json["traceEvents"].as_array().unwrap().iter().map(|e| &e["ph"]).collect();
/// assert_eq!(phases, ["M", "M", "b", "n", "e"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct TracePerfetto<'a> {
    trace: &'a Trace,
    values: bool,
}

/// The number of characters to which the text of a chunk is shortened.
const CHUNK: usize = 200;

impl Trace {
    /// Returns the trace in the JSON format of Chrome's trace events, for Perfetto.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// let mut file = Vec::new();
    /// Trace::new().perfetto().write_to(&mut file).unwrap();
    /// assert!(file.starts_with(b"{\"displayTimeUnit\":\"ms\""));
    /// ```
    #[doc(alias("chrome", "chrome_trace"))]
    pub fn perfetto(&self) -> TracePerfetto<'_> {
        TracePerfetto { trace: self, values: false }
    }
}

impl TracePerfetto<'_> {
    /// Sets whether to write inputs and outputs. The default is `false`, because they can make the
    /// file too large for a viewer.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// let mut file = Vec::new();
    /// Trace::new().perfetto().values(true).write_to(&mut file).unwrap();
    /// ```
    pub fn values(mut self, values: bool) -> Self {
        self.values = values;
        self
    }

    /// Writes the file, event by event. Use a [`BufWriter`](io::BufWriter) for a file.
    ///
    /// # Errors
    ///
    /// Returns the error of the writer.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// Trace::new().perfetto().write_to(std::io::sink())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_to(&self, mut writer: impl Write) -> io::Result<()> {
        let started = self.trace.started().map(|started| Timestamp::from(started).to_string());
        let about = json!({
            "producer": concat!("runnable-events ", env!("CARGO_PKG_VERSION")),
            "started": started,
        });
        write!(writer, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[")?;
        Export::new(self, &mut writer).write()?;
        writer.write_all(b"\n]}\n")?;
        writer.flush()
    }
}

struct Export<'a, W> {
    trace: &'a Trace,
    values: bool,
    writer: W,
    /// The process of each call, by the number of its root run.
    processes: HashMap<usize, usize>,
    /// The IDs of the slices, by the numbers of the runs.
    ids: Vec<Cow<'a, str>>,
    /// The token usage of each call so far, by the number of its root run.
    usage: HashMap<usize, Usage>,
    is_first: bool,
}

impl<'a, W: Write> Export<'a, W> {
    fn new(export: &TracePerfetto<'a>, writer: W) -> Self {
        let trace = export.trace;
        let roots = trace.roots().enumerate();
        Self {
            trace,
            values: export.values,
            writer,
            processes: roots.map(|(index, root)| (root.number(), index + 1)).collect(),
            ids: unique_ids(trace.runs()),
            usage: HashMap::new(),
            is_first: true,
        }
    }

    fn write(&mut self) -> io::Result<()> {
        for root in self.trace.roots() {
            self.metadata(root, "process_name", &label_of(root))?;
            self.metadata(root, "thread_name", "runs")?;
        }
        let runs = self.trace.runs();
        for entry in entries(runs) {
            if let Some(run) = runs.get(entry.run) {
                self.entry(run, entry)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, run: &TraceRun, Entry { at, kind, .. }: Entry) -> io::Result<()> {
        match kind {
            EntryKind::Begin => {
                let args = self.start_of(run);
                self.slice(run, "b", &label_of(run), at, args)
            }
            EntryKind::Chunk { index, text } => {
                let name = if index == 0 { "first chunk" } else { "chunk" };
                self.slice(run, "n", name, at, chunk_of(run, index, text))
            }
            EntryKind::Occurrence(index) => {
                let Some(occurrence) = run.occurrences.get(index) else { return Ok(()) };
                let name = match &*occurrence.data {
                    RecordedData::Custom { name, .. } | RecordedData::Report { name, .. } => {
                        name.as_str()
                    }
                    other => other.event(),
                };
                let data = serde_json::to_value(&*occurrence.data).unwrap_or_default();
                let data = data.get("data").cloned().unwrap_or_default();
                self.slice(run, "n", name, at, Map::from_iter([("data".to_owned(), data)]))
            }
            EntryKind::End => {
                let args = self.end_of(run);
                self.slice(run, "e", &label_of(run), at, args)?;
                self.count_tokens(run, at)
            }
        }
    }

    fn start_of(&self, run: &TraceRun) -> Map<String, Value> {
        let args = [
            ("run_id", Some(Value::from(&*run.id))),
            ("parent_id", self.trace.parent(run).map(|parent| Value::from(&*parent.id))),
            ("position", run.position.tag.as_deref().map(Value::from)),
            ("attempt", run.position.attempt.map(Value::from)),
            ("item", run.position.item.map(Value::from)),
            ("source", run.source.as_deref().map(Value::from)),
            ("tags", (!run.tags.is_empty()).then(|| run.tags.iter().map(|tag| &**tag).collect())),
            ("metadata", (!run.metadata.is_empty()).then(|| Value::from((*run.metadata).clone()))),
            ("input", self.value(run.input.as_deref())),
        ];
        present(args)
    }

    fn end_of(&self, run: &TraceRun) -> Map<String, Value> {
        let (error, cause) = match &run.state {
            RunState::Failed(error) => (serde_json::to_value(&**error).ok(), None),
            RunState::Cancelled { cause } => (None, cause.as_deref().map(Value::from)),
            _ => (None, None),
        };
        let first = run.time_to_first_chunk();
        let args = [
            ("state", Some(Value::from(run.state.as_str()))),
            ("error", error),
            ("cause", cause),
            ("first_chunk_ms", first.map(|first| Value::from(first.as_secs_f64() * 1e3))),
            ("chunks", Some(run.chunk_count).filter(|count| *count > 0).map(Value::from)),
            ("usage", run.usage.and_then(|usage| serde_json::to_value(usage).ok())),
            ("output", self.value(run.output.as_deref())),
        ];
        present(args)
    }

    fn value(&self, value: Option<&Value>) -> Option<Value> {
        value.filter(|_| self.values).cloned()
    }

    /// Writes how many tokens the call has used so far.
    fn count_tokens(&mut self, run: &TraceRun, at: Duration) -> io::Result<()> {
        // The tokens of an answer from an answer cache were not used by this call.
        let Some(usage) = run.usage.filter(|usage| !usage.is_cached()) else { return Ok(()) };
        let root = self.trace.root(run);
        let sum = self.usage.entry(root.number()).or_default();
        *sum += usage.billed();
        let args = present([
            ("input", Some(sum.input_tokens.into())),
            ("output", Some(sum.output_tokens.into())),
        ]);
        let pid = self.process_of(run);
        let ts = Some(microseconds(at));
        self.push(&TraceEvent {
            ph: "C",
            name: "tokens",
            cat: None,
            id: None,
            pid,
            tid: 1,
            ts,
            args,
        })
    }

    fn metadata(&mut self, root: &TraceRun, name: &str, value: &str) -> io::Result<()> {
        let args = present([("name", Some(value.into()))]);
        let pid = self.process_of(root);
        self.push(&TraceEvent { ph: "M", name, cat: None, id: None, pid, tid: 1, ts: None, args })
    }

    fn slice(
        &mut self,
        run: &TraceRun,
        ph: &'static str,
        name: &str,
        at: Duration,
        args: Map<String, Value>,
    ) -> io::Result<()> {
        let pid = self.process_of(run);
        let id = self.ids.get(run.number()).cloned().unwrap_or_default();
        let cat = if run.kind.is_empty() { "unknown" } else { &*run.kind };
        let ts = Some(microseconds(at));
        self.push(&TraceEvent { ph, name, cat: Some(cat), id: Some(&id), pid, tid: 1, ts, args })
    }

    fn process_of(&self, run: &TraceRun) -> usize {
        let root = self.trace.root(run).number();
        self.processes.get(&root).copied().unwrap_or_default()
    }

    fn push(&mut self, event: &TraceEvent<'_>) -> io::Result<()> {
        let separator: &[u8] = if self.is_first { b"\n" } else { b",\n" };
        self.is_first = false;
        self.writer.write_all(separator)?;
        serde_json::to_writer(&mut self.writer, event).map_err(io::Error::from)
    }
}

fn chunk_of(run: &TraceRun, index: usize, start: usize) -> Map<String, Value> {
    let chunk = run.chunks.get(index);
    let end = start.saturating_add(chunk.map_or(0, |chunk| chunk.text_bytes));
    let text = run.text.get(start..end).unwrap_or_default();
    present([
        ("text", (!text.is_empty()).then(|| beginning(text, CHUNK).into())),
        ("json_bytes", chunk.map(|chunk| chunk.json_bytes.into())),
    ])
}

/// Returns the arguments that are known.
fn present<const N: usize>(args: [(&str, Option<Value>); N]) -> Map<String, Value> {
    args.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// Returns the IDs of the runs. A caller can use an ID for several runs, so the number of the run
/// is added to an ID that another run has.
fn unique_ids(runs: &[TraceRun]) -> Vec<Cow<'_, str>> {
    let mut known = HashSet::new();
    let ids = runs.iter().map(|run| {
        let mut id = Cow::Borrowed(&*run.id);
        while !known.insert(id.clone()) {
            id = Cow::Owned(format!("{id}#{}", run.number()));
        }
        id
    });
    ids.collect()
}
