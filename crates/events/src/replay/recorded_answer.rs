//! Serves a recorded call as the answer of an interceptor.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use runnable_chat::interceptor::{Answer, AnswerPart};
use runnable_core::Result;
use tokio::time::{Instant, sleep_until};

use super::{
    mismatch::{Reason, ReplayMismatch},
    recorded_call::{RecordedCall, RecordedResult},
};

/// The time for which a call that was cancelled in the recording stays open after its recorded
/// duration, so that the cause of the cancellation can occur again first.
const GRACE: Duration = Duration::from_secs(1);

/// Returns the answer of a recorded call. If `delayed` is set, the parts arrive after the recorded
/// delays. Otherwise, they arrive immediately.
pub(super) fn answer(
    call: &RecordedCall,
    path: Vec<String>,
    streaming: bool,
    delayed: bool,
) -> Answer {
    let mut parts: Vec<(Option<Duration>, Result<AnswerPart>)> = Vec::new();
    if streaming {
        let chunks = call.chunks.iter().cloned();
        parts.extend(chunks.map(|(time, chunk)| (Some(time), Ok(AnswerPart::Chunk(chunk)))));
    }
    let end = match &call.result {
        RecordedResult::Output(output) => Ok(AnswerPart::Output(output.clone())),
        RecordedResult::Error(error) => Err(error.clone()),
        RecordedResult::Cancelled => {
            Err(ReplayMismatch::new(path.clone(), Reason::Cancelled).into_error())
        }
        RecordedResult::Missing => Err(ReplayMismatch::new(path, Reason::NoOutput).into_error()),
    };
    for (time, _) in &mut parts {
        *time = time.filter(|_| delayed);
    }
    let end_time = match call.result {
        RecordedResult::Cancelled => Some(call.elapsed.saturating_add(GRACE)),
        _ => Some(call.elapsed).filter(|_| delayed),
    };
    parts.push((end_time, end));
    Answer::stream(timed(parts))
}

/// Returns the parts, each after its time since the first poll.
fn timed(
    parts: Vec<(Option<Duration>, Result<AnswerPart>)>,
) -> impl futures_core::Stream<Item = Result<AnswerPart>> + Send + 'static {
    let clock = stream::once(async { Instant::now() });
    clock.flat_map(move |start| {
        stream::iter(parts.clone()).then(move |(time, part)| async move {
            if let Some(end) = time.and_then(|time| start.checked_add(time)) {
                sleep_until(end).await;
            }
            part
        })
    })
}
