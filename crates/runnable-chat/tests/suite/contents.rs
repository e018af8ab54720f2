//! Which chunks of an answer have content, and how steps handle chunks without content.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::{StreamExt, executor::block_on, stream};
use runnable_chat::{
    message::{BlockChunk, ReasoningBlock, ToolCallChunk},
    parser::StructuredAnswer,
    prelude::*,
};
use runnable_core::{Chunk, Chunked, combinators::RetryPolicy};
use serde::{Deserialize, Serialize};
use serde_json::Value;

fn chunk() -> AiMessageChunk {
    AiMessageChunk::default()
}

#[test]
fn visible_parts_of_a_chunk_are_content() {
    let reasoning = |text: &str| BlockChunk::reasoning(text);
    let mut signed = ReasoningBlock::new("");
    signed.signature = Some("s".to_owned());
    for with in [
        AiMessageChunk::new("a"),
        chunk().with_block(reasoning("hm")),
        chunk().with_block(ContentBlock::Reasoning(signed)),
        chunk().with_block(BlockChunk::refusal("no")),
        chunk().with_block(BlockChunk::tool_call(ToolCallChunk::default().with_name("search"))),
        chunk().with_block(BlockChunk::tool_call(ToolCallChunk::new("{"))),
        chunk().with_other_choice(1, AiMessageChunk::new("b")),
    ] {
        assert!(with.has_content(), "{with:?}");
    }
}

#[test]
fn details_of_a_chunk_are_not_content() {
    for without in [
        chunk(),
        chunk().with_block(BlockChunk::text("")),
        chunk().with_block(reasoning_of_nothing()),
        chunk().with_block(BlockChunk::refusal("")),
        chunk().with_block(BlockChunk::tool_call(ToolCallChunk::default())),
        chunk().with_id("msg_1").with_model("grey").with_provider("parrots"),
        chunk().with_usage(Usage::new(12, 1)),
        chunk().with_metadata("request_id", "r"),
        chunk().with_other_choice(1, chunk()),
        chunk().with_finish_reason(FinishReason::Stop),
    ] {
        assert!(!without.has_content(), "{without:?}");
    }
}

fn reasoning_of_nothing() -> BlockChunk {
    BlockChunk::reasoning("")
}

/// A model that sends its details and then fails, in its first `failures` calls.
fn overloaded(
    failures: usize,
) -> (Arc<AtomicUsize>, impl Runnable<Input = String, Output = AiMessage>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let model = generator(move |_: ChunkStream<String>, _| {
        let fails = counted.fetch_add(1, Ordering::Relaxed) < failures;
        let start = chunk().with_id("msg_1").with_model("grey").with_usage(Usage::new(12, 1));
        let next = if fails {
            Err(Error::new(ErrorKind::Unavailable, "overloaded"))
        } else {
            Ok(AiMessageChunk::new("yes"))
        };
        stream::iter([Ok(start), next])
    });
    (calls, model)
}

#[test]
fn a_fallback_replaces_a_model_that_fails_before_content() {
    let (_, model) = overloaded(1);
    let (_, other) = overloaded(0);
    let chain = model.with_fallback(other).pipe(text());
    let texts: Vec<_> = block_on(chain.stream("").map(Result::unwrap).collect());
    assert_eq!(texts, ["yes"]);
}

#[test]
fn a_model_that_fails_before_content_is_retried() {
    let (calls, model) = overloaded(2);
    let chain = model.pipe(text()).with_retry(RetryPolicy::new().without_backoff());
    let texts: Vec<_> = block_on(chain.stream("").map(Result::unwrap).collect());
    assert_eq!((texts, calls.load(Ordering::Relaxed)), (vec!["yes".to_owned()], 3));
}

#[test]
fn chunks_without_text_are_skipped() {
    let pieces =
        [chunk().with_id("m"), AiMessageChunk::new("a"), chunk(), AiMessageChunk::new("b")];
    let answer = stream::iter(pieces.map(Ok));
    let texts: Vec<_> = block_on(text().transform(answer).map(Result::unwrap).collect());
    assert_eq!(texts, ["a", "b"]);
    let empty = stream::iter([Ok(chunk().with_id("m"))]);
    assert_eq!(block_on(text().transform(empty).concat()).unwrap(), "");
}

#[test]
fn deeply_nested_json_is_an_error_not_a_stack_overflow() {
    let deep = "[".repeat(100_000);
    let answer = || AiMessage::new(deep.clone());
    assert_eq!(block_on(json_value().invoke(answer())).unwrap_err().kind(), ErrorKind::Parse);
    let typed = json::<Value>();
    assert_eq!(block_on(typed.invoke(answer())).unwrap_err().kind(), ErrorKind::Parse);

    let call = ToolCallChunk::new(format!("{{\"a\": {deep}")).with_id("1").with_name("search");
    let pieces = stream::iter([Ok(chunk().with_block(BlockChunk::tool_call(call)))]);
    let message = block_on(passthrough::<AiMessage>().transform(pieces).concat()).unwrap();
    assert!(message.tool_calls().next().is_none());
    let stored = format!("{{\"type\": \"ai\", \"content\": {deep}");
    assert!(serde_json::from_str::<Message>(&stored).is_err());
}

#[test]
fn an_answer_without_text_streams_nothing_and_is_empty() {
    let texts: Vec<_> = block_on(text().stream(AiMessage::new("")).collect());
    assert!(texts.is_empty(), "{texts:?}");
    assert_eq!(block_on(text().stream(AiMessage::new("")).concat()).unwrap(), "");
    assert_eq!(block_on(text().invoke(AiMessage::new(""))).unwrap(), "");
}

/// A model that sends `begin` and then fails.
fn breaks(begin: &'static str) -> impl Runnable<Input = String, Output = AiMessage> {
    generator(move |_: ChunkStream<String>, _| {
        let error = Error::new(ErrorKind::Unavailable, "overloaded");
        stream::iter([Ok(chunk().with_id("m")), Ok(AiMessageChunk::new(begin)), Err(error)])
    })
}

/// A model that answers with `text`.
fn answers(text: &'static str) -> impl Runnable<Input = String, Output = AiMessage> {
    generator(move |_: ChunkStream<String>, _| stream::iter([Ok(AiMessageChunk::new(text))]))
}

#[test]
fn a_fallback_replaces_json_without_content() {
    for begin in ["", "```json", "{", "{\"ti", " [", "\"", "{}", "[]"] {
        let chain = breaks(begin).pipe(json_value());
        let chain = chain.with_fallback(answers(r#"{"a": [1]}"#).pipe(json_value()));
        let value = block_on(chain.stream("").concat());
        assert_eq!(value.unwrap(), serde_json::json!({ "a": [1] }), "{begin}");
    }
    for begin in ["{\"title\": \"", "[1, 2,", "\"a"] {
        let chain = breaks(begin).pipe(json_value());
        let chain = chain.with_fallback(answers("[]").pipe(json_value()));
        let items: Vec<_> = block_on(chain.stream("").collect());
        assert!(items.len() > 1 && items.last().unwrap().is_err(), "{begin}: {items:?}");
    }
}

#[test]
fn empty_json_is_a_valid_streamed_answer() {
    for whole in ["{}", "[]", "null", "\"\""] {
        let fallback = answers("1").pipe(json_value());
        let chain = answers(whole).pipe(json_value()).with_fallback(fallback);
        let streamed = block_on(chain.stream("").concat()).unwrap();
        assert_eq!(streamed, block_on(chain.invoke("")).unwrap());
        assert_eq!(streamed.to_string(), whole);
    }
}

/// A city, as structured output.
#[derive(Clone, Debug, Serialize, Deserialize, Chunked)]
struct City {
    name: String,
}

/// Returns a step that parses an answer of `model` with the parser that keeps the answer.
fn with_raw(
    model: impl Runnable<Input = String, Output = AiMessage>,
) -> impl Runnable<Input = String, Output = StructuredAnswer<City>> {
    model.pipe(json::<City>().with_raw())
}

#[test]
fn a_fallback_replaces_a_structured_answer_without_content() {
    let (_, model) = overloaded(1);
    let chain = with_raw(model).with_fallback(with_raw(answers(r#"{"name": "Ys"}"#)));
    let answer = block_on(chain.stream("").concat()).unwrap();
    assert_eq!(answer.parsed.unwrap().name, "Ys");

    let (_, model) = overloaded(1);
    let chain = parallel_dict("city", with_raw(model));
    let chain = chain.with_fallback(parallel_dict("city", with_raw(answers(r#"{"name": "Ys"}"#))));
    let dict = block_on(chain.stream("").concat()).unwrap();
    assert_eq!(serde_json::to_value(&dict).unwrap()["city"]["parsed"]["name"], "Ys");
}

#[test]
fn a_structured_answer_that_fails_before_content_is_retried() {
    let (calls, model) = overloaded(2);
    let chain = with_raw(model).with_retry(RetryPolicy::new().without_backoff());
    let answer = block_on(chain.stream("").concat()).unwrap();
    // The answer `yes` is not JSON. The step returns this error as a part of its output.
    assert_eq!(answer.parsed.unwrap_err().kind(), ErrorKind::Parse);
    assert_eq!((&*answer.raw.text(), calls.load(Ordering::Relaxed)), ("yes", 3));
}

#[test]
fn parts_of_a_structured_answer_have_content() {
    let raw = |raw| StructuredAnswer::new(raw, Ok(String::new())).into_chunk();
    assert!(!raw(AiMessage::new("")).has_content());
    assert!(raw(AiMessage::new("a")).has_content());
    let parsed = |parsed| StructuredAnswer::new(AiMessage::new(""), parsed).into_chunk();
    assert!(parsed(Ok("a".to_owned())).has_content());
    assert!(parsed(Err(Error::new(ErrorKind::Parse, "not JSON"))).has_content());
}
