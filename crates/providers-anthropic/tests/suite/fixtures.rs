//! Recorded answers, read as a program would read them, and compared with what other clients make of
//! them. The recordings are other people's, and lie beside the checkout, if at all.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use providers_anthropic::messages::{MessagesReader, content};
use providers_http::{Bytes, Decoder, SseDecoder, chat::ChatReader};
use runnable_chat::{AiMessage, AiMessageChunk};
use runnable_core::{Chunk, Chunked, Error};
use serde_json::{Value, json};

/// Where the recordings are: in `PROVIDER_FIXTURES`, else in `../shared/fixtures` beside the
/// checkout.
fn fixtures() -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let beside = above.skip(1).map(|folder| folder.join("shared/fixtures"));
    let given = env::var_os("PROVIDER_FIXTURES").map(PathBuf::from);
    given.into_iter().chain(beside).find(|folder| folder.join("cases").is_dir())
}

struct Case {
    name: String,
    body: Vec<u8>,
    streamed: bool,
    expect: Value,
}

fn cases() -> Vec<Case> {
    let Some(folder) = fixtures() else {
        eprintln!("there are no recordings; set PROVIDER_FIXTURES to their folder to read them");
        return Vec::new();
    };
    let json = |path: PathBuf| -> Value {
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder.join("cases/anthropic/messages")).unwrap() {
        let folder = entry.unwrap().path();
        let response = json(folder.join("response.json"));
        // What is refused is not read here, but by the transport.
        if response["status"] != 200 {
            continue;
        }
        let kind = response["content_type"].as_str().unwrap_or_default();
        cases.push(Case {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            body: fs::read(folder.join("response.body")).unwrap(),
            streamed: kind.starts_with("text/event-stream"),
            expect: json(folder.join("expected.json"))["expect"].take(),
        });
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!cases.is_empty(), "the folder has no recordings of this API");
    cases
}

/// What came of an answer, and how it ended.
#[derive(Debug)]
struct Read {
    message: AiMessage,
    texts: usize,
    error: Option<Error>,
}

fn read(pieces: &[&[u8]], streamed: bool) -> Read {
    let mut reader = MessagesReader::default();
    let (mut all, mut texts, mut error) = (AiMessageChunk::default(), 0, None);
    let mut take = |chunk: AiMessageChunk| {
        texts += usize::from(!chunk.text().is_empty());
        all.merge(chunk);
    };
    if streamed {
        let mut decoder = SseDecoder::new();
        let mut pieces = pieces.iter();
        'answer: loop {
            match pieces.next() {
                Some(piece) => decoder.push(Bytes::copy_from_slice(piece)),
                None => decoder.finish(),
            }
            while let Some(frame) = decoder.next() {
                match frame.map_err(Error::from).and_then(|frame| reader.read_event(&frame)) {
                    Ok(chunk) => chunk.into_iter().for_each(&mut take),
                    Err(failed) => {
                        error = Some(failed);
                        break 'answer;
                    }
                }
                if reader.is_complete() {
                    break 'answer;
                }
            }
            if pieces.as_slice().is_empty() && decoder.next().is_none() {
                decoder.finish();
                if decoder.next().is_none() {
                    match reader.end() {
                        Ok(chunk) => chunk.into_iter().for_each(&mut take),
                        Err(failed) => error = Some(failed),
                    }
                    break;
                }
            }
        }
    } else {
        match reader.read_whole(&pieces.concat()) {
            Ok(chunk) => take(chunk),
            Err(failed) => error = Some(failed),
        }
    }
    Read { message: AiMessage::from_chunk(all).unwrap(), texts, error }
}

/// Our message in the words of the expectations.
fn seen(read: &Read) -> Value {
    let Read { message, texts, error } = read;
    let came = *message != AiMessage::default();
    let outcome = match (error, came) {
        (None, _) => "message",
        (Some(_), true) => "error_midstream",
        (Some(_), false) => "error",
    };
    let calls = message
        .tool_calls()
        .map(|call| json!({"id": call.id, "name": call.name, "args": call.args}));
    let invalid = message
        .invalid_tool_calls()
        .map(|call| json!({"id": call.id, "name": call.name, "args": call.args}));
    let usage = message.usage.map(|usage| {
        json!({
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "total_tokens": usage.total_tokens,
            "cache_read": usage.input_token_details.cache_read,
            "cache_creation": usage.input_token_details.cache_creation,
            "reasoning": usage.output_token_details.reasoning,
        })
    });
    let blocks = content(message).unwrap();
    let types = blocks.as_array().unwrap().iter().map(|block| block["type"].clone());
    json!({
        "outcome": outcome,
        "text": message.text(),
        "reasoning": message.reasoning(),
        "tool_calls": calls.collect::<Vec<_>>(),
        "invalid_tool_calls": invalid.collect::<Vec<_>>(),
        "usage": usage,
        "finish_reason": message.raw_finish_reason(),
        "model_name": message.model,
        "response_id": message.id,
        "stop_sequence": message.metadata.get("stop_sequence"),
        "block_types": types.collect::<Vec<_>>(),
        "blocks": blocks,
        "text_chunk_count": texts,
    })
}

/// Whether a value is as expected: what is not named is free, and nothing is the same as zero.
fn fits(seen: &Value, expected: &Value) -> bool {
    if let Some(options) = expected.get("any_of").and_then(Value::as_array) {
        return options.iter().any(|option| fits(seen, option));
    }
    match (seen, expected) {
        (Value::Object(seen), Value::Object(expected)) => expected
            .iter()
            .all(|(key, expected)| fits(seen.get(key).unwrap_or(&Value::Null), expected)),
        (Value::Array(seen), Value::Array(expected)) => {
            seen.len() == expected.len() && seen.iter().zip(expected).all(|(a, b)| fits(a, b))
        }
        (Value::Null, expected) => *expected == Value::Null || *expected == 0,
        (seen, expected) => seen == expected,
    }
}

fn differences(case: &Case, read: &Read) -> Vec<String> {
    let seen = seen(read);
    let mut differences = Vec::new();
    for (key, expected) in case.expect.as_object().unwrap() {
        let fits = match key.as_str() {
            "outcome" => expected.as_array().unwrap().contains(&seen["outcome"]),
            "error" => {
                let kind = read.error.as_ref().map(|error| error.kind().as_str());
                let said = match expected["kind"].as_str() {
                    Some("server_error") => "unavailable",
                    Some(kind) => kind,
                    None => continue,
                };
                kind == Some(said)
            }
            // What came before an error is kept, also by us where others drop it.
            "usage" if expected.is_null() && read.error.is_some() => true,
            _ => fits(&seen[key], expected),
        };
        if !fits {
            let got = match key.as_str() {
                "error" => format!("{:?}", read.error),
                key => seen[key].to_string(),
            };
            differences.push(format!("{}: {key}: {got}, not {expected}", case.name));
        }
    }
    differences
}

/// A second answer is spliced into the arguments of the first one's call. The other clients put both
/// calls' arguments together, repair what comes of it, and would run the first tool with an argument
/// that the model never wrote. Here the first call is invalid, and the second stands.
const SPLICED: &str = "stream_spliced_message_start";

#[test]
fn recorded_answers_are_read_as_other_clients_read_them() {
    let mut wrong = Vec::new();
    for case in cases() {
        let read = read(&[&case.body], case.streamed);
        let mut found = differences(&case, &read);
        if case.name == SPLICED {
            let ours = |line: &String| {
                ["tool_calls", "invalid_tool_calls", "blocks"]
                    .iter()
                    .any(|key| line.starts_with(&format!("{}: {key}: ", case.name)))
            };
            found.retain(|line| !ours(line));
            let valid: Vec<_> =
                read.message.tool_calls().filter_map(|it| it.id.as_deref()).collect();
            assert_eq!(valid, ["toolu_second"]);
        }
        wrong.extend(found);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn wherever_an_answer_is_cut_into_packets_it_is_read_alike() {
    for case in cases().iter().filter(|case| case.streamed && case.body.len() < 2_048) {
        let whole = read(&[&case.body], true);
        for at in 0..=case.body.len() {
            let (first, second) = case.body.split_at(at);
            let cut = read(&[first, second], true);
            assert_eq!(cut.message, whole.message, "{} cut at {at}", case.name);
            assert_eq!(cut.texts, whole.texts, "{} cut at {at}", case.name);
        }
    }
}

#[test]
fn a_stream_that_breaks_anywhere_keeps_what_came_and_never_panics() {
    for case in cases().iter().filter(|case| case.streamed && case.body.len() < 4_096) {
        let whole = read(&[&case.body], true).message;
        for at in 0..case.body.len() {
            let broken = read(&[&case.body[..at]], true);
            assert!(whole.text().starts_with(&*broken.message.text()), "{} at {at}", case.name);
            let said = broken.message.raw_finish_reason().is_some();
            assert!(broken.error.is_some() || said, "{} at {at} is no success", case.name);
        }
    }
}
