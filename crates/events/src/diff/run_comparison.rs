//! [`RunComparison`]: two runs that belong together.

use std::time::Duration;

use serde::Serialize;

use super::{
    difference::Difference,
    recorded_run::{Ending, RecordedRun},
    tokens::{comparable, tokens_of},
    value_diff::ValueDiff,
};

/// Two runs that belong together, one of each recording, or a run that only one recording contains.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunComparison {
    /// The names of the runs from the root to this run, in the first recording that contains it.
    pub path: Vec<String>,
    /// The kind of the run, such as `chat_model`.
    pub kind: String,
    /// The position of the run in its parent, such as `seq:step:2`.
    pub position: Option<String>,
    /// The run in the first recording.
    pub first: Option<RunFacts>,
    /// The run in the second recording.
    pub second: Option<RunFacts>,
    /// The differences between the runs. Times, tokens, chunks and IDs are not compared.
    pub differences: Vec<Difference>,
}

/// The time and the tokens of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunFacts {
    /// The ID of the run.
    pub run_id: String,
    /// The time from the start of the run to its last event.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
    /// The number of chunks of the output.
    pub chunks: usize,
    /// The number of input tokens. `None` unless the run is a run of a model that reported them.
    pub input_tokens: Option<u64>,
    /// The number of output tokens. `None` unless the run is a run of a model that reported them.
    pub output_tokens: Option<u64>,
}

fn milliseconds<S: serde::Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(time.as_secs_f64() * 1e3)
}

impl RunComparison {
    /// Describes a run or two runs. At least one of the runs must be present.
    pub(super) fn new(
        first: Option<&RecordedRun<'_>>,
        second: Option<&RecordedRun<'_>>,
        differences: Vec<Difference>,
    ) -> Self {
        let known = first.or(second);
        Self {
            path: known.map(RecordedRun::path).unwrap_or_default(),
            kind: known.map(|run| run.event.kind.clone()).unwrap_or_default(),
            position: known.and_then(|run| run.event.position.tag.clone()),
            first: first.map(RunFacts::of),
            second: second.map(RunFacts::of),
            differences,
        }
    }
}

impl RunFacts {
    fn of(run: &RecordedRun<'_>) -> Self {
        let tokens = tokens_of(run);
        Self {
            run_id: run.event.run_id.clone(),
            duration: run.elapsed,
            chunks: run.chunks.len(),
            input_tokens: tokens.map(|(input, _)| input),
            output_tokens: tokens.map(|(_, output)| output),
        }
    }
}

/// Compares two runs. A value that one of the recordings does not contain is not compared.
pub(super) fn differences(first: &RecordedRun<'_>, second: &RecordedRun<'_>) -> Vec<Difference> {
    let mut differences = Vec::new();
    if first.event.name != second.event.name {
        let (first, second) = (first.event.name.clone(), second.event.name.clone());
        differences.push(Difference::Name { first, second });
    }
    if let (Some(first), Some(second)) = (first.input, second.input)
        && let Some(lines) = ValueDiff::between(&comparable(first), &comparable(second))
    {
        differences.push(Difference::Input { lines });
    }
    if let (Ending::Output(Some(first)), Ending::Output(Some(second))) =
        (first.ending, second.ending)
        && let Some(lines) = ValueDiff::between(&comparable(first), &comparable(second))
    {
        differences.push(Difference::Output { lines });
    }
    let (first, second) = (end_of(first), end_of(second));
    if first != second {
        differences.push(Difference::Ending { first, second });
    }
    differences
}

/// Describes how a run ended, without its output.
fn end_of(run: &RecordedRun<'_>) -> String {
    match run.ending {
        Ending::Output(_) => "the run completed".to_owned(),
        Ending::Error { error, .. } => {
            format!("the run failed with `{}`: {}", error.kind, error.message)
        }
        Ending::Cancelled { cause, .. } => {
            format!("the run was cancelled (`{}`)", cause.unwrap_or("unknown"))
        }
        Ending::Unfinished => "the run did not finish".to_owned(),
    }
}
