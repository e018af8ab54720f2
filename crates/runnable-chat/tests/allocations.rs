//! Reading a streamed answer takes linear time, for any size of chunks.

use allocation_counter::measure;
use futures::{StreamExt, executor::block_on, stream};
use runnable_chat::{
    message::{BlockChunk, ToolCallChunk},
    parser::{
        comma_list, json_partial, numbered_list, thinking_to_reasoning, without_thinking, xml_tag,
    },
    prelude::*,
};
use runnable_core::{Chunked, Listener, Run, RunEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Returns a document as an answer in chunks of four characters.
fn pieces(document: &str) -> Vec<Result<AiMessageChunk>> {
    let letters: Vec<_> = document.chars().collect();
    letters
        .chunks(4)
        .map(|piece| Ok(AiMessageChunk::new(piece.iter().collect::<String>())))
        .collect()
}

fn records(count: usize) -> String {
    let record = |n| json!({"id": n, "name": format!("record {n}"), "tags": ["a", "b"]});
    Value::from((0..count).map(record).collect::<Vec<_>>()).to_string()
}

/// Asserts that reading twice as many records allocates at most 2.4 times as many bytes.
fn assert_linear(case: &str, read: impl Fn(usize)) {
    // The first call initializes statics, which must not be measured.
    read(10);
    let bytes = |count| measure(|| read(count)).bytes_total;
    let (single, double) = (bytes(200), bytes(400));
    assert!(double * 10 < single * 24, "{case}: {single} bytes, then {double}");
}

#[test]
fn growing_json_is_parsed_in_linear_time() {
    assert_linear("records, chunk by chunk", |count| {
        let mut chunks = json_value().transform(stream::iter(pieces(&records(count))));
        while block_on(chunks.next()).is_some() {}
    });
    assert_linear("records, gathered", |count| {
        let chunks = json_value().transform(stream::iter(pieces(&records(count))));
        assert_eq!(block_on(chunks.concat()).unwrap().as_array().map(Vec::len), Some(count));
    });
    assert_linear("one long text", |count| {
        let document = json!({"text": "word ".repeat(count * 20)}).to_string();
        let chunks: Vec<_> = block_on(
            json_value().transform(stream::iter(pieces(&document))).map(Result::unwrap).collect(),
        );
        assert!(chunks.len() > count * 20);
    });
    assert_linear("one long number", |count| {
        let document = format!("[0.{}]", "1".repeat(count * 100));
        let chunks = json_value().transform(stream::iter(pieces(&document)));
        // Only the start of the number is shown while it grows, because a parse of all digits for each
        // chunk would take quadratic time without allocating.
        assert!(block_on(chunks.count()) < 20);
    });
}

#[test]
fn growing_json_is_deserialized_in_linear_time() {
    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Record {
        id: u64,
        name: String,
    }

    assert_linear("typed records", |count| {
        let chunks = json_partial::<Vec<Record>>().transform(stream::iter(pieces(&records(count))));
        assert_eq!(block_on(chunks.concat()).unwrap().0.len(), count);
    });
}

#[test]
fn text_is_parsed_in_linear_time() {
    assert_linear("a list", |count| {
        let text = "1. an item of a list\n".repeat(count);
        let items = numbered_list::<AiMessage>().transform(stream::iter(pieces(&text)));
        assert_eq!(block_on(items.concat()).unwrap().len(), count);
    });
    assert_linear("one long item", |count| {
        let text = "word ".repeat(count * 4);
        let items = comma_list::<AiMessage>().transform(stream::iter(pieces(&text)));
        assert_eq!(block_on(items.concat()).unwrap().len(), 1);
    });
    assert_linear("the text of a tag", |count| {
        let text = format!("<a>{}</a>", "some <b> text    ".repeat(count));
        let text = xml_tag::<AiMessage>("a").transform(stream::iter(pieces(&text)));
        assert!(block_on(text.concat()).unwrap().len() > count * 12);
    });
    assert_linear("thinking", |count| {
        let text = format!("<think>{}</think>{}", "hm < ".repeat(count), "word ".repeat(count));
        let text = without_thinking::<AiMessage>().transform(stream::iter(pieces(&text)));
        assert_eq!(block_on(text.concat()).unwrap().len(), count * 5);
    });
    assert_linear("thinking as reasoning", |count| {
        let text = format!("<think>{}</think>{}", "hm <  ".repeat(count), "word ".repeat(count));
        let answer = thinking_to_reasoning().transform(stream::iter(pieces(&text)));
        let answer = block_on(answer.concat()).unwrap();
        assert_eq!(answer.text().len(), count * 5);
        assert_eq!(answer.reasoning().len(), count * 6 - 2);
    });
}

#[test]
fn growing_json_in_an_observed_chain_takes_linear_time() {
    struct Silent;
    impl Listener for Silent {
        fn on_event(&self, _: &RunEvent<'_>) {}
        fn interest(&self, _: &Run) -> Option<runnable_core::Interest> {
            Some(runnable_core::Interest::everything())
        }
    }
    let chain = json_value().pipe(passthrough()).pipe(inspect(|_: &Value| ()));
    assert_linear("watched", |count| {
        let chunks = chain.transform(stream::iter(pieces(&records(count))));
        let config = RunConfig::new().listener(Silent);
        assert!(block_on(chunks.config(config).concat()).is_ok());
    });
}

#[test]
fn growing_arguments_are_merged_in_linear_time() {
    assert_linear("arguments", |count| {
        let args = json!({"text": "word ".repeat(count * 20)}).to_string();
        let letters: Vec<_> = args.chars().collect();
        let mut calls = letters.chunks(4).map(|piece| {
            let call = ToolCallChunk::new(piece.iter().collect::<String>());
            AiMessageChunk::from(
                BlockChunk::tool_call(call.with_id("1").with_name("write")).with_index(0),
            )
        });
        let mut merged = calls.next().unwrap();
        calls.for_each(|call| merged.merge(call));
        assert_eq!(AiMessage::from_chunk(merged).unwrap().tool_calls().count(), 1);
    });
}
