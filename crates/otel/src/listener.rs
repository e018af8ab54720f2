//! [`OtelListener`]: a listener that sends runs to OpenTelemetry.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{self, Poll},
    time::Duration,
};

use opentelemetry::{
    Context,
    trace::{SpanBuilder, TraceContextExt},
};
use runnable_chat::{Usage, metering::USAGE_REPORT, run_kind::CHAT_MODEL};
use runnable_core::{Interest, Listener, Payload, Run, RunEvent, RunEventData, RunId};
use runnable_events::Redaction;

use crate::{
    answer::Answer,
    attributes::Attributes,
    content::RunContent,
    current_run::CurrentRun,
    description::describe,
    metrics::{EndedRun, Metrics},
    model::Model,
    names,
    open_runs::{OpenRun, OpenRuns},
    operation::Operation,
    outcome::Outcome,
    span_event::SpanEvent,
    traceparent,
};

/// Starts a span in a parent context, and returns the context of the span.
pub(crate) type StartSpan = Box<dyn Fn(SpanBuilder, &Context) -> Context + Send + Sync>;

/// The number of the next listener.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

/// A listener that sends each run to OpenTelemetry as a span.
///
/// Create it once with the tracer provider of the program, and add it to each call. A clone is a
/// handle to the same listener.
///
/// # Spans
///
/// Every run has one span, which ends when the run ends, even if the run fails, panics or is
/// dropped. The parent of a span is the span of the enclosing run, even if other runs are
/// concurrent. The parent of a root run is the current span of the program, such as the span of a
/// web request.
///
/// While the code of a step runs, the span of its run is the current span of the thread. Spans and
/// logs of this code are therefore children of the span of the step. Requests of remote models
/// carry the header `traceparent`.
///
/// # Content
///
/// Inputs, outputs and messages are only recorded if
/// [`content`](crate::OtelListenerBuilder::content) or the environment variable
/// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` requests them. The name, tags and metadata
/// of a run and the messages of errors are always recorded. All of them pass through the
/// [redaction](crate::OtelListenerBuilder::redaction) first.
///
/// # Examples
///
/// ```
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use runnable_core::prelude::*;
/// use runnable_otel::OtelListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let exporter = InMemorySpanExporter::default();
/// let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
///
/// let otel = OtelListener::new(&provider);
/// let greet = lambda(|name: String| format!("Hello {name}")).with_name("greet");
/// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
/// greet.pipe(shout).invoke("Ada").config(RunConfig::new().listener(otel)).await?;
///
/// let spans = exporter.get_finished_spans().unwrap_or_default();
/// let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
/// assert_eq!(names, ["greet", "shout", "invoke_workflow RunnableSequence"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OtelListener {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) start_span: StartSpan,
    pub(crate) metrics: Option<Metrics>,
    pub(crate) records_content: bool,
    pub(crate) propagates: bool,
    pub(crate) redaction: Redaction,
    pub(crate) number: u64,
    pub(crate) runs: OpenRuns,
}

impl OtelListener {
    pub(crate) fn with(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }

    pub(crate) fn next_number() -> u64 {
        NEXT_NUMBER.fetch_add(1, Ordering::Relaxed)
    }

    fn start(&self, event: &RunEvent<'_>, input: Option<Payload<'_>>) {
        let (shared, run, timing) = (&*self.shared, event.run, &event.timing);
        let parent = shared.runs.parent(run);
        let is_root = parent.is_none();
        let operation = Operation::of(run, is_root);
        // The time from the start of the root run to the start of this run.
        let since_root = timing.since_root.saturating_sub(timing.elapsed);
        let (parent_context, root_started) = match parent {
            Some((id, parent)) => {
                let current = self.current(id).current_context();
                (current.unwrap_or(parent.context), parent.root_started)
            }
            None => {
                let root_started = timing.started.checked_sub(since_root);
                (Context::current(), root_started.unwrap_or(timing.started))
            }
        };
        // Measure all times of a tree from the same moment, so that a change of the system clock
        // does not move a run out of its parent.
        let started = root_started.checked_add(since_root).unwrap_or(timing.started);
        let name = operation.span_name(run, Model::of(run).name, &shared.redaction);
        let mut attributes = Attributes::new(&shared.redaction);
        describe(operation, run, &mut attributes);
        let builder = SpanBuilder::from_name(name)
            .with_kind(operation.span_kind())
            .with_start_time(started)
            .with_attributes(attributes.into_vec());
        let context = (shared.start_span)(builder, &parent_context);
        let context = context.with_value(self.current(run.id));
        let records_content = shared.records_content && context.span().is_recording();
        let input = input.filter(|_| records_content);
        let input = input.map(|input| RunContent::of_input(operation, input, &shared.redaction));
        let open = OpenRun { context, started, root_started, is_root };
        shared.runs.insert(run.id, open, input.unwrap_or_default());
    }

    fn end(&self, event: &RunEvent<'_>, outcome: Outcome<'_>) {
        let (shared, timing) = (&*self.shared, &event.timing);
        let Some((open, held, reported)) = shared.runs.end(event.run) else { return };
        let operation = Operation::of(event.run, open.is_root);
        let (input, output) = match &event.data {
            RunEventData::End { input, output, .. } => (*input, *output),
            RunEventData::Error { partial, .. } | RunEventData::Cancelled { partial, .. } => {
                (None, *partial)
            }
            _ => (None, None),
        };
        let answer = if operation.generates() { outcome.answer(output) } else { None };
        let answer = answer.or_else(|| reported.map(Answer::of_usage));
        let time = open.started.checked_add(timing.elapsed).unwrap_or(open.started);
        let span = open.context.span();
        if span.is_recording() {
            let mut attributes = Attributes::new(&shared.redaction);
            outcome.describe(&mut attributes);
            if operation.generates() {
                attributes.add(names::REQUEST_STREAM, timing.chunks > 0);
                if let Some(first) = timing.first_chunk.as_ref().map(Duration::as_secs_f64) {
                    attributes.add(names::RESPONSE_TIME_TO_FIRST_CHUNK, first);
                }
            }
            if let Some(answer) = &answer {
                answer.describe(Model::of(event.run).name, &mut attributes);
            }
            attributes.add_positive(names::RUN_CHUNKS, timing.chunks);
            span.set_attributes(attributes.into_vec());
            if shared.records_content {
                let of_input = |input| RunContent::of_input(operation, input, &shared.redaction);
                let input = input.map_or(held, of_input);
                let of_output =
                    |output| RunContent::of_output(operation, output, &shared.redaction);
                let output = output.map(of_output).unwrap_or_default();
                // The SDK drops the last attributes of a span with too many attributes. The input
                // is the largest and is also part of earlier spans, so its parts come last.
                for content in [input.values, output.values, output.parts, input.parts] {
                    span.set_attributes(content);
                }
            }
            outcome.set_status(&span, time, &shared.redaction);
        }
        span.end_with_timestamp(time);
        if let Some(metrics) = &shared.metrics {
            // An exemplar of a metric refers to the current span.
            let _current = open.context.clone().attach();
            let ended = EndedRun {
                operation,
                run: event.run,
                timing,
                answer: answer.as_ref(),
                error: outcome.error_type(),
            };
            metrics.record(&ended, &shared.redaction);
        }
    }

    /// Adds an event to the span of a run that continues.
    fn happened(&self, event: &RunEvent<'_>) {
        let (shared, data) = (&*self.shared, &event.data);
        if let RunEventData::Report { name, data, .. } = data
            && *name == USAGE_REPORT
            && event.run.kind != CHAT_MODEL
            && let Some(usage) = data.downcast_ref::<Usage>()
        {
            shared.runs.report_usage(event.run.id, *usage);
        }
        let Some(open) = shared.runs.get(event.run.id) else { return };
        let span = open.context.span();
        if !span.is_recording() {
            return;
        }
        if let Some(SpanEvent { name, attributes }) =
            SpanEvent::of(data, shared.records_content, &shared.redaction)
        {
            let time = open.started.checked_add(event.timing.elapsed).unwrap_or(open.started);
            span.add_event_with_timestamp(name, time, attributes.into_vec());
        }
    }

    fn current(&self, run: RunId) -> CurrentRun {
        CurrentRun { run, listener: self.shared.number }
    }
}

#[deny(clippy::missing_trait_methods)]
impl Listener for OtelListener {
    /// Requests the values of a run only if they become part of its span. The usage of a chat model
    /// is part of its output.
    fn interest(&self, run: &Run) -> Option<Interest> {
        let interest = Interest::lifecycle().with_polls();
        let needs_values = self.shared.records_content || run.kind == CHAT_MODEL;
        Some(if needs_values { interest.with_values() } else { interest })
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        match &event.data {
            RunEventData::Start { input, .. } => self.start(event, *input),
            data => match Outcome::of(data) {
                Some(outcome) => self.end(event, outcome),
                None => self.happened(event),
            },
        }
    }

    fn poll_ready(&self, _: &mut task::Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn poll_run(&self, _: &Run, _: &mut task::Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn around_poll(&self, run: &Run, poll: &mut dyn FnMut()) {
        // A streamed run can be polled before its first chunk arrives. It has not started then, and
        // has no span.
        let _current = self.shared.runs.context(run.id).map(Context::attach);
        poll();
    }

    fn propagate(&self, run: &Run, add: &mut dyn FnMut(&str, &str)) {
        if !self.shared.propagates {
            return;
        }
        let current = self.current(run.id).current_context();
        if let Some(context) = current.or_else(|| self.shared.runs.context(run.id)) {
            traceparent::add_headers(context.span().span_context(), add);
        }
    }
}

impl fmt::Debug for OtelListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelListener")
            .field("records_content", &self.shared.records_content)
            .field("propagates", &self.shared.propagates)
            .finish_non_exhaustive()
    }
}
