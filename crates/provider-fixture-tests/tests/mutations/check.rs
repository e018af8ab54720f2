//! Reads a changed response, and finds errors in the result.

use std::panic::{AssertUnwindSafe, catch_unwind};

use runnable_chat::{AiMessage, AiMessageChunk, message::ContentBlock};
use runnable_core::{Chunked, Error, ErrorKind, RunnableExt};
use tokio::runtime::Runtime;

use crate::{
    mutant::{self, Event, Kind, Mutant},
    reply::Reply,
    samples::{Sample, WORDS, args},
    table::Table,
};

/// The result of a response: the message so far, and the error.
struct Outcome {
    message: AiMessage,
    error: Option<Error>,
}

/// Checks all changes of a response.
pub(crate) fn check(sample: &Sample, table: &mut Table, runtime: &Runtime) {
    let mut mutants = mutant::of_fields(&sample.events);
    if sample.is_streamed {
        mutants.extend(mutant::of_events(&sample.events));
    }
    for mutant in mutants {
        let read = || read(sample, &mutant.events, runtime);
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(read)) else {
            table.add_failure(sample.api, &mutant, "it panics");
            continue;
        };
        table.add(sample.api, mutant.kind, outcome.error.as_ref());
        for failure in failures(sample, &mutant, &outcome) {
            table.add_failure(sample.api, &mutant, &failure);
        }
    }
}

fn failures(sample: &Sample, mutant: &Mutant, outcome: &Outcome) -> Vec<String> {
    let mut failures = Vec::new();
    let wire: String = mutant.events.iter().map(|event| event.data.as_str()).collect();
    let message = format!("{:?}", outcome.message);
    match &outcome.error {
        None => {
            let lost =
                WORDS.iter().filter(|word| wire.contains(**word) && !message.contains(**word));
            failures.extend(lost.map(|word| format!("`{word}` is lost: {message}")));
            if mutant.kind >= Kind::LeftOut && !sample.ends.iter().any(|end| wire.contains(end)) {
                failures.push("it was cut, and passes as whole".into());
            }
        }
        Some(error) if !may_refuse(sample, mutant, error) => {
            failures.push(format!("it is refused: {error}"));
        }
        Some(_) => (),
    }
    for call in outcome.message.tool_calls() {
        // The change may be in a field of the arguments of a complete response.
        let is_changed = !sample.is_streamed && !wire.contains("oslo");
        if call.args != args() && !(is_changed || mutant.path.contains(".input")) {
            failures.push(format!("it calls with {}: {message}", call.args));
        }
    }
    if sample.is_streamed && outcome.error.is_none() {
        let named = |block: &&ContentBlock| matches!(block, ContentBlock::ToolCall(_));
        let calls = outcome.message.content.iter().filter(named).count();
        if calls > 1 {
            failures.push(format!("it makes {calls} calls: {message}"));
        }
    }
    failures
}

/// Returns whether a change may make the response invalid: a change of its end, of the field that
/// contains the whole answer, or of a part that is missing in the complete text later.
fn may_refuse(sample: &Sample, mutant: &Mutant, error: &Error) -> bool {
    let is_cut = error.kind() == ErrorKind::Connection;
    let ends_in = |keys: &[&str]| keys.iter().any(|key| mutant.path.ends_with(key));
    let ends = [".finish_reason", ".type", ".choices", ".choices[0]", ".choices[0].index"];
    let pieces = [".delta", ".response", ".output_index", ".item"];
    match sample.is_streamed {
        // A value in the field of the error means that the service failed.
        _ if ends_in(&[".error"]) => true,
        // An event that was sent twice changes nothing.
        _ if mutant.kind == Kind::Doubled => false,
        _ if mutant.kind >= Kind::LeftOut => is_cut,
        true => is_cut && (ends_in(&ends) || ends_in(&pieces)),
        false => ends_in(&[".choices", ".choices[0]", ".output", ".content"]),
    }
}

/// Reads a response with a model.
fn read(sample: &Sample, events: &[Event], runtime: &Runtime) -> Outcome {
    let mut body = String::new();
    for Event { name, data } in events {
        if !sample.is_streamed {
            body.push_str(data);
            continue;
        }
        if let Some(name) = name {
            body.push_str(&format!("event: {name}\n"));
        }
        body.push_str(&format!("data: {data}\n\n"));
    }
    let model = (sample.model)(Reply { body, is_streamed: sample.is_streamed });
    let answer = runtime.block_on(async {
        if sample.is_streamed {
            model.stream("Hi").concat().await
        } else {
            model.invoke("Hi").await
        }
    });
    match answer {
        Ok(message) => Outcome { message, error: None },
        Err(error) => {
            let partial: AiMessageChunk = error.partial().unwrap_or_default();
            let message = AiMessage::from_chunk(partial).expect("the chunks merge into a message");
            Outcome { message, error: Some(error) }
        }
    }
}
