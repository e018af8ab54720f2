//! Reads a changed answer, and says what is wrong with what was read.

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

/// What came of an answer: the message as far as it was read, and why it was refused.
struct Outcome {
    message: AiMessage,
    error: Option<Error>,
}

/// Checks every change of an answer.
pub(crate) fn check(sample: &Sample, table: &mut Table, runtime: &Runtime) {
    let mut mutants = mutant::of_fields(&sample.events);
    if sample.is_streamed {
        mutants.extend(mutant::of_events(&sample.events));
    }
    for mutant in mutants {
        let read = || read(sample, &mutant.events, runtime);
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(read)) else {
            table.wrong_one(sample.api, &mutant, "it panics");
            continue;
        };
        table.add(sample.api, mutant.kind, outcome.error.as_ref());
        for wrong in wrong(sample, &mutant, &outcome) {
            table.wrong_one(sample.api, &mutant, &wrong);
        }
    }
}

fn wrong(sample: &Sample, mutant: &Mutant, outcome: &Outcome) -> Vec<String> {
    let mut wrong = Vec::new();
    let wire: String = mutant.events.iter().map(|event| event.data.as_str()).collect();
    let told = format!("{:?}", outcome.message);
    match &outcome.error {
        None => {
            let lost = WORDS.iter().filter(|word| wire.contains(**word) && !told.contains(**word));
            wrong.extend(lost.map(|word| format!("`{word}` is lost: {told}")));
            if mutant.kind >= Kind::LeftOut && !sample.ends.iter().any(|end| wire.contains(end)) {
                wrong.push("it was cut, and passes as whole".into());
            }
        }
        Some(error) if !may_refuse(sample, mutant, error) => {
            wrong.push(format!("it is refused: {error}"));
        }
        Some(_) => (),
    }
    for call in outcome.message.tool_calls() {
        // A field of the arguments of a whole answer may itself be what was changed.
        let is_changed = !sample.is_streamed && !wire.contains("oslo");
        if call.args != args() && !(is_changed || mutant.path.contains(".input")) {
            wrong.push(format!("it calls with {}: {told}", call.args));
        }
    }
    if sample.is_streamed && outcome.error.is_none() {
        let named = |block: &&ContentBlock| matches!(block, ContentBlock::ToolCall(_));
        let calls = outcome.message.content.iter().filter(named).count();
        if calls > 1 {
            wrong.push(format!("it makes {calls} calls: {told}"));
        }
    }
    wrong
}

/// What may cost an answer: its end, without which it may be cut; the field that holds all of it; and
/// a piece whose whole comes later, and shows that it is missing.
fn may_refuse(sample: &Sample, mutant: &Mutant, error: &Error) -> bool {
    let is_cut = error.kind() == ErrorKind::Connection;
    let ends_in = |keys: &[&str]| keys.iter().any(|key| mutant.path.ends_with(key));
    let ends = [".finish_reason", ".type", ".choices", ".choices[0]", ".choices[0].index"];
    let pieces = [".delta", ".response", ".output_index", ".item"];
    match sample.is_streamed {
        _ if mutant.kind >= Kind::LeftOut => is_cut,
        true => is_cut && (ends_in(&ends) || ends_in(&pieces)),
        false => ends_in(&[".choices", ".choices[0]", ".output", ".content"]),
    }
}

/// Reads an answer as a model does, over a transport that has it.
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
        match sample.is_streamed {
            true => model.stream("Hi").concat().await,
            false => model.invoke("Hi").await,
        }
    });
    match answer {
        Ok(message) => Outcome { message, error: None },
        Err(error) => {
            let partial: AiMessageChunk = error.partial().unwrap_or_default();
            let message = AiMessage::from_chunk(partial).expect("chunks make up a message");
            Outcome { message, error: Some(error) }
        }
    }
}
