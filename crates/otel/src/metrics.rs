//! [`Metrics`]: the durations and tokens of operations.

use std::time::Duration;

use opentelemetry::{
    KeyValue,
    metrics::{Histogram, Meter},
};
use runnable_chat::Usage;
use runnable_core::{Run, Timing};
use runnable_events::Redaction;

use crate::{answer::Answer, attributes::Attributes, model::Model, names, operation::Operation};

/// The boundaries of the buckets for durations in seconds, as the conventions advise.
const SECONDS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// The boundaries of the buckets for the durations of workflows in seconds.
const WORKFLOW_SECONDS: [f64; 11] =
    [1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0];

/// The boundaries of the buckets for tokens.
const TOKENS: [f64; 14] = [
    1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0,
    16777216.0, 67108864.0,
];

/// The instruments for the durations and tokens of operations.
pub(crate) struct Metrics {
    operation_duration: Histogram<f64>,
    time_to_first_chunk: Histogram<f64>,
    token_usage: Histogram<u64>,
    execute_tool_duration: Histogram<f64>,
    invoke_workflow_duration: Histogram<f64>,
}

/// A run that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EndedRun<'a> {
    pub(crate) operation: Operation,
    pub(crate) run: &'a Run,
    pub(crate) timing: &'a Timing,
    /// The answer, if the run has called a model.
    pub(crate) answer: Option<&'a Answer>,
    /// The class of the error.
    pub(crate) error: Option<&'static str>,
}

impl Metrics {
    pub(crate) fn new(meter: &Meter) -> Self {
        let seconds = |name: &'static str, boundaries: &[f64]| {
            let builder = meter.f64_histogram(name).with_unit("s");
            builder.with_boundaries(boundaries.to_vec()).build()
        };
        Self {
            operation_duration: seconds(names::OPERATION_DURATION, &SECONDS),
            time_to_first_chunk: seconds(names::TIME_TO_FIRST_CHUNK, &SECONDS),
            token_usage: meter
                .u64_histogram(names::TOKEN_USAGE)
                .with_unit("{token}")
                .with_boundaries(TOKENS.to_vec())
                .build(),
            execute_tool_duration: seconds(names::EXECUTE_TOOL_DURATION, &SECONDS),
            invoke_workflow_duration: seconds(names::INVOKE_WORKFLOW_DURATION, &WORKFLOW_SECONDS),
        }
    }

    /// Records a run that has ended.
    pub(crate) fn record(&self, ended: &EndedRun<'_>, redaction: &Redaction) {
        let EndedRun { operation, run, timing, answer, error } = *ended;
        let Some(name) = operation.name() else { return };
        let mut attributes = Attributes::new(redaction);
        attributes.add(names::OPERATION_NAME, name);
        if let Some(error) = error {
            attributes.add(names::ERROR_TYPE, error);
        }
        let elapsed = timing.elapsed.as_secs_f64();
        match operation {
            Operation::Chat | Operation::TextCompletion | Operation::Embeddings => {
                let model = Model::of(run);
                attributes.add(names::PROVIDER_NAME, model.provider());
                attributes.add_known(names::REQUEST_MODEL, model.name);
                let answered = answer.and_then(|answer| answer.model.as_deref());
                attributes.add_known(names::RESPONSE_MODEL, answered);
                let attributes = attributes.into_vec();
                self.operation_duration.record(elapsed, &attributes);
                if let Some(first) = timing.first_chunk.as_ref().map(Duration::as_secs_f64) {
                    self.time_to_first_chunk.record(first, &attributes);
                }
                let usage = answer.and_then(|answer| answer.usage);
                if let Some(usage) = usage.filter(|usage| !usage.is_cached()) {
                    self.record_tokens(&usage, operation, attributes);
                }
            }
            Operation::ExecuteTool => {
                attributes.add_name(names::TOOL_NAME, run.name.clone());
                self.execute_tool_duration.record(elapsed, &attributes.into_vec());
            }
            Operation::InvokeWorkflow => {
                attributes.add_name(names::WORKFLOW_NAME, run.name.clone());
                self.invoke_workflow_duration.record(elapsed, &attributes.into_vec());
            }
            Operation::Retrieval | Operation::InvokeAgent | Operation::Step(_) => {}
        }
    }

    /// Records the tokens of a call. A later release of the conventions replaces this histogram by
    /// counters, so all code that records tokens is in this method.
    fn record_tokens(&self, usage: &Usage, operation: Operation, attributes: Vec<KeyValue>) {
        let has_output = operation != Operation::Embeddings;
        let output = has_output.then_some(("output", usage.output_tokens));
        for (kind, count) in [("input", usage.input_tokens)].into_iter().chain(output) {
            let mut attributes = attributes.clone();
            attributes.push(KeyValue::new(names::TOKEN_TYPE, kind));
            self.token_usage.record(count, &attributes);
        }
    }
}
