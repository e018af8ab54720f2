//! Merging the chunks of an answer.

use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::select,
};
use runnable_chat::{
    message::{BlockChunk, BlockDelta, RateLimit, ReasoningBlock, ToolCallChunk},
    prelude::*,
};
use runnable_core::Chunk;
use serde_json::json;

fn merged(chunks: impl IntoIterator<Item = AiMessageChunk>) -> AiMessage {
    let merge = |mut all: AiMessageChunk, next| {
        all.merge(next);
        all
    };
    AiMessage::from_chunk(chunks.into_iter().reduce(merge).unwrap()).unwrap()
}

fn call(index: u32, chunk: ToolCallChunk) -> AiMessageChunk {
    BlockChunk::tool_call(chunk).with_index(index).into()
}

#[test]
fn tool_calls_are_merged_by_index() {
    let answer = merged([
        AiMessageChunk::new("Let me "),
        AiMessageChunk::new("see."),
        call(0, ToolCallChunk::new("{\"a\": 1").with_id("c1").with_name("add")),
        call(1, ToolCallChunk::new("").with_id("c2").with_name("now")),
        call(0, ToolCallChunk::new(", \"b\": 2}").with_name("add")),
    ]);
    assert_eq!(answer.text(), "Let me see.");
    let calls: Vec<_> = answer.tool_calls().cloned().collect();
    let add = ToolCall::new("c1", "add", json!({"a": 1, "b": 2}));
    assert_eq!(calls, [add, ToolCall::new("c2", "now", json!({}))]);
}

#[test]
fn calls_with_the_same_index_and_other_ids_stay_separate() {
    let answer = merged([
        call(0, ToolCallChunk::new("{}").with_id("c1").with_name("one")),
        call(0, ToolCallChunk::new("{\"a\"").with_id("c2").with_name("two")),
        call(0, ToolCallChunk::new(": 1}")),
    ]);
    let names: Vec<_> = answer.tool_calls().map(|call| (&*call.name, call.args.clone())).collect();
    assert_eq!(names, [("one", json!({})), ("two", json!({"a": 1}))]);
}

/// Returns the names and arguments of the valid calls of an answer, and the number of invalid
/// calls.
fn calls_of(chunks: impl IntoIterator<Item = AiMessageChunk>) -> (Vec<String>, usize) {
    let answer = merged(chunks);
    let calls = answer.tool_calls().map(|call| format!("{} {}", call.name, call.args)).collect();
    (calls, answer.invalid_tool_calls().count())
}

fn named(name: &str, args: &str) -> ToolCallChunk {
    ToolCallChunk::new(args).with_name(name)
}

#[test]
fn a_chunk_without_a_name_continues_the_call_of_its_index() {
    let one = [
        call(0, named("f", "{\"a\"").with_id("x")),
        call(0, ToolCallChunk::new(": ").with_id("y")),
        call(0, ToolCallChunk::new("1}").with_id("z").with_name("")),
    ];
    assert_eq!(calls_of(one), (vec!["f {\"a\":1}".into()], 0));
}

#[test]
fn a_name_after_complete_arguments_starts_a_call() {
    let two = [call(0, named("f", "{}")), call(0, named("g", "{\"a\": 1}"))];
    assert_eq!(calls_of(two), (vec!["f {}".into(), "g {\"a\":1}".into()], 0));
    let same = [call(0, named("f", "{}").with_id("x")), call(0, named("f", "{}").with_id("x"))];
    assert_eq!(calls_of(same), (vec!["f {}".into(), "f {}".into()], 0));
    let pieces = [
        call(0, named("f", "{\"a\"")),
        call(0, ToolCallChunk::new(": 1}")),
        call(0, named("g", "")),
        call(0, ToolCallChunk::new("{}")),
    ];
    assert_eq!(calls_of(pieces), (vec!["f {\"a\":1}".into(), "g {}".into()], 0));
}

#[test]
fn parts_of_a_name_are_joined_and_repeated_names_are_not() {
    let pieces = [
        call(0, named("get_", "").with_id("x")),
        call(0, named("weather", "")),
        call(0, ToolCallChunk::new("{}")),
    ];
    assert_eq!(calls_of(pieces), (vec!["get_weather {}".into()], 0));
    let repeated = ["", "{\"a\"", ": 1}", ""].map(|args| call(0, named("f", args).with_id("x")));
    assert_eq!(calls_of(repeated.clone()), (vec!["f {\"a\":1}".into()], 0));

    // Some services send empty strings in fields that others omit.
    let [first, rest @ ..] = repeated;
    let rest = rest.map(|_| call(0, ToolCallChunk::new("").with_id("").with_name("")));
    let args = ["{\"a\"", ": 1}"].map(|args| call(0, named("f", args).with_id("")));
    let all = [first].into_iter().chain(rest).chain(args);
    assert_eq!(calls_of(all), (vec!["f {\"a\":1}".into()], 0));
}

#[test]
fn calls_with_the_same_id_and_other_indexes_stay_separate() {
    let two = [
        call(0, named("f", "{\"a\"").with_id("x")),
        call(1, named("f", "{\"b\"").with_id("x")),
        call(0, ToolCallChunk::new(": 1}").with_id("x")),
        call(1, ToolCallChunk::new(": 2}").with_id("x")),
    ];
    assert_eq!(calls_of(two), (vec!["f {\"a\":1}".into(), "f {\"b\":2}".into()], 0));
}

#[test]
fn every_call_has_a_unique_and_stable_id() {
    let pieces = || {
        [
            call(0, named("f", "{}").with_id("x")),
            call(1, named("f", "{}").with_id("x")),
            call(2, named("f", "{}")),
            call(3, named("f", "{}").with_id("")),
            call(4, named("f", "{")),
            AiMessageChunk::default().with_block(BlockChunk::complete(ToolCall::new(
                "x",
                "g",
                json!({}),
            ))),
        ]
    };
    let answer = merged(pieces());
    let ids = answer.content.iter().map(|block| match block {
        ContentBlock::ToolCall(call) => call.id.clone(),
        ContentBlock::InvalidToolCall(call) => call.id.clone(),
        other => panic!("{other:?}"),
    });
    let mut ids: Vec<_> = ids.map(|id| id.expect("every call has an ID")).collect();
    assert_eq!(ids[5], "x", "a call that arrives complete keeps its ID");
    ids.sort();
    ids.dedup();
    assert!(ids.len() == 6 && ids.iter().all(|id| !id.is_empty()), "{ids:?}");
    assert_eq!(merged(pieces()), answer);
    let other = merged([pieces()[2].clone().with_id("another")]);
    let first = merged([pieces()[2].clone()]);
    assert_ne!(other.tool_calls().next(), first.tool_calls().next());
}

#[test]
fn arguments_at_an_unknown_index_continue_the_last_call() {
    let strayed = [call(0, named("f", "").with_id("x")), call(1, ToolCallChunk::new("{\"a\": 1}"))];
    assert_eq!(calls_of(strayed), (vec!["f {\"a\":1}".into()], 0));
    let complete = [call(0, named("f", "{}").with_id("x")), call(1, ToolCallChunk::new("{}"))];
    assert_eq!(calls_of(complete), (vec!["f {}".into()], 1));
}

#[test]
fn a_call_can_have_a_new_id_in_each_chunk() {
    let one = [
        call(0, named("f", "{\"a\"").with_id("x")),
        call(0, named("f", ": 1").with_id("y")),
        call(0, named("f", "}").with_id("z")),
    ];
    assert_eq!(calls_of(one), (vec!["f {\"a\":1}".into()], 0));
    let two = [call(0, named("f", "{\"a\"").with_id("x")), call(0, named("f", "{}").with_id("y"))];
    assert_eq!(calls_of(two), (vec!["f {}".into()], 1));
}

#[test]
fn calls_without_an_index_differ_by_id_and_name() {
    let piece = |chunk| AiMessageChunk::from(BlockChunk::tool_call(chunk));
    let by_id = [
        piece(named("f", "{\"a\"").with_id("x")),
        piece(named("g", "{\"b\"").with_id("y")),
        piece(ToolCallChunk::new(": 1").with_id("x")),
        piece(ToolCallChunk::new("}")),
        piece(ToolCallChunk::new(": 2}").with_id("y")),
    ];
    assert_eq!(calls_of(by_id), (vec!["f {\"a\":1}".into(), "g {\"b\":2}".into()], 0));
    let by_name = [piece(named("f", "")), piece(named("g", "{}"))];
    assert_eq!(calls_of(by_name), (vec!["f {}".into(), "g {}".into()], 0));
}

#[test]
fn a_late_id_or_name_belongs_to_the_call_before() {
    let id_first = [
        call(0, ToolCallChunk::new("").with_id("x")),
        call(0, named("f", "")),
        call(0, named("f", "{}")),
    ];
    let answer = merged(id_first);
    assert_eq!(answer.tool_calls().collect::<Vec<_>>(), [&ToolCall::new("x", "f", json!({}))]);
    let late = [call(0, named("f", "{")), call(0, ToolCallChunk::new("}").with_id("x"))];
    let answer = merged(late);
    assert_eq!(answer.tool_calls().collect::<Vec<_>>(), [&ToolCall::new("x", "f", json!({}))]);
}

#[test]
fn truncated_arguments_are_an_invalid_call() {
    let answer =
        merged([call(0, ToolCallChunk::new("{\"x\": 4815").with_id("c1").with_name("launch"))]);
    assert_eq!(answer.tool_calls().count(), 0);
    let invalid = answer.invalid_tool_calls().next().unwrap();
    assert_eq!(invalid.args.as_deref(), Some("{\"x\": 4815"));
    assert!(invalid.error.as_deref().unwrap().contains("not valid JSON"), "{invalid:?}");
}

#[test]
fn empty_arguments_of_a_truncated_call_are_invalid() {
    let named = |id: &str| ToolCallChunk::new("").with_id(id).with_name("clock");
    let cut = AiMessageChunk::default().with_finish_reason(FinishReason::Length);
    let answer = merged([call(0, named("a")), call(1, named("b")), cut.clone()]);
    // The first call was complete when the second started.
    assert_eq!(answer.tool_calls().next().unwrap().args, json!({}));
    assert_eq!(answer.tool_calls().count(), 1);
    assert_eq!(answer.invalid_tool_calls().next().unwrap().id.as_deref(), Some("b"));

    let answer = merged([call(0, named("a")), call(0, ToolCallChunk::new("{\"x\": 1}")), cut]);
    // The closing brace shows that the arguments are complete.
    assert_eq!(answer.tool_calls().next().unwrap().args, json!({"x": 1}));
}

#[test]
fn arguments_of_a_custom_tool_are_free_text() {
    let mut begin = ToolCallChunk::new("[1, ").with_id("a").with_name("python");
    begin.extras.insert("type".into(), "custom".into());
    let pieces = [call(0, begin), call(0, ToolCallChunk::new("2]"))];
    assert_eq!(merged(pieces.clone()).tool_calls().next().unwrap().args, "[1, 2]");

    let [begin, rest] = pieces;
    let answer = merged([begin, rest.with_finish_reason(FinishReason::Length)]);
    assert_eq!(answer.invalid_tool_calls().next().unwrap().args.as_deref(), Some("[1, 2]"));
}

#[test]
fn reasoning_and_text_with_the_same_index_stay_separate() {
    let mut signature = ReasoningBlock::new("");
    signature.signature = Some("s1g".into());
    let answer = merged([
        BlockChunk::reasoning("H").with_index(0).into(),
        BlockChunk::text("Hel").with_index(0).into(),
        BlockChunk::reasoning("m.").with_index(0).into(),
        AiMessageChunk::from(BlockChunk::from(BlockDelta::Reasoning(signature)).with_index(0)),
        BlockChunk::text("lo").with_index(0).into(),
    ]);
    assert_eq!((&*answer.reasoning(), &*answer.text()), ("Hm.", "Hello"));
    let ContentBlock::Reasoning(thought) = &answer.content[0] else { panic!("{answer:?}") };
    assert_eq!(thought.signature.as_deref(), Some("s1g"));
}

#[test]
fn later_usage_replaces_earlier_and_added_usage_is_added() {
    let total = |a, b| AiMessageChunk::new("").with_usage(Usage::new(a, b));
    let more = |a, b| AiMessageChunk::new("").with_added_usage(Usage::new(a, b));
    assert_eq!(merged([total(5, 1), total(5, 2)]).usage, Some(Usage::new(5, 2)));
    assert_eq!(merged([more(5, 0), more(0, 2)]).usage, Some(Usage::new(5, 2)));
    assert_eq!(merged([more(9, 9), total(5, 1), more(0, 1)]).usage, Some(Usage::new(5, 2)));
}

#[test]
fn repeated_details_are_kept_once() {
    let chunk =
        AiMessageChunk::new("a").with_raw_finish_reason("stop").with_model("m").with_id("i");
    let answer = merged([chunk.clone(), chunk]);
    assert_eq!(answer.raw_finish_reason(), Some("stop"));
    assert_eq!((answer.model.as_deref(), answer.id.as_deref()), (Some("m"), Some("i")));
}

#[test]
fn other_choices_are_merged_by_index() {
    let answer = merged([
        AiMessageChunk::new("He").with_other_choice(1, AiMessageChunk::new("H")),
        AiMessageChunk::new("y").with_other_choice(2, AiMessageChunk::new("Yo")),
        AiMessageChunk::new("").with_other_choice(1, AiMessageChunk::new("i")),
    ]);
    let others: Vec<_> = answer.other_choices.iter().map(AiMessage::text).collect();
    assert_eq!((&*answer.text(), &others[..]), ("Hey", &["Hi".into(), "Yo".into()][..]));
}

/// Uses so many blocks that they are found with a map instead of a linear search.
#[test]
fn chunks_find_their_block_among_many() {
    let begin = (0..40)
        .map(|n| call(n, ToolCallChunk::new("{\"n\"").with_id(format!("c{n}")).with_name("f")));
    let end = (0..40).rev().map(|n| call(n, ToolCallChunk::new(format!(": {n}}}"))));
    let answer = merged(begin.chain(end));
    let numbers: Vec<_> =
        answer.tool_calls().map(|call| call.args["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..40).collect::<Vec<_>>());
}

#[test]
fn the_last_value_of_each_rate_limit_is_kept() {
    let left = |name, remaining| {
        let mut limit = RateLimit::new(name);
        limit.remaining = Some(remaining);
        limit
    };
    let first =
        AiMessageChunk::new("a").with_rate_limits([left("requests", 9), left("tokens", 80)]);
    let second = AiMessageChunk::new("b").with_rate_limits([left("tokens", 70), left("images", 1)]);
    let answer = merged([first, second]);
    assert_eq!(answer.rate_limits, [left("requests", 9), left("tokens", 70), left("images", 1)]);
}

fn blocks() -> impl Strategy<Value = BlockChunk> {
    let text = "[a-z]{1,3}";
    prop_oneof![
        (text, option::of(0..3u32)).prop_map(|(text, index)| placed(BlockChunk::text(text), index)),
        (text, option::of(0..3u32))
            .prop_map(|(text, index)| placed(BlockChunk::reasoning(text), index)),
        (call_pieces(), option::of(0..2u32))
            .prop_map(|(call, index)| placed(BlockChunk::tool_call(call), index)),
        (text, option::of(3..5u32)).prop_map(|(name, index)| {
            placed(BlockChunk::complete(ToolCall::new(&*name, &*name, json!({}))), index)
        }),
    ]
}

/// Generates chunks with arbitrary IDs, names and indexes, because some services send wrong ones.
fn call_pieces() -> impl Strategy<Value = ToolCallChunk> {
    let args = select(vec!["", "{}", "{\"a\"", ": 1}"]);
    let ids = option::of(select(vec!["", "x", "y"]));
    (args, option::of(select(vec!["", "f", "g"])), ids).prop_map(|(args, name, id)| {
        let mut chunk = ToolCallChunk::new(args);
        (chunk.name, chunk.id) = (name.map(Into::into), id.map(Into::into));
        chunk
    })
}

fn placed(block: BlockChunk, index: Option<u32>) -> BlockChunk {
    index.map_or(block.clone(), |index| block.with_index(index))
}

fn chunks() -> impl Strategy<Value = AiMessageChunk> {
    let reasons = option::of("[a-z]{1,6}");
    let usages = option::of((any::<bool>(), 0..9u64, 0..9u64));
    let limits = btree_map("[a-c]", option::of(0..9u64), 0..3);
    (vec(blocks(), 0..4), reasons, usages, option::of("[a-z]{1,4}"), limits).prop_map(
        |(blocks, reason, usage, model, limits)| {
            let mut chunk =
                blocks.into_iter().fold(AiMessageChunk::default(), AiMessageChunk::with_block);
            chunk = match usage {
                Some((true, a, b)) => chunk.with_usage(Usage::new(a, b)),
                Some((false, a, b)) => chunk.with_added_usage(Usage::new(a, b)),
                None => chunk,
            };
            if let Some(reason) = reason {
                chunk = chunk.with_raw_finish_reason(reason);
            }
            if !limits.is_empty() {
                chunk = chunk.with_rate_limits(limits.into_iter().map(|(name, remaining)| {
                    let mut limit = RateLimit::new(name);
                    limit.remaining = remaining;
                    limit
                }));
            }
            model.into_iter().fold(chunk, AiMessageChunk::with_model)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_chunks_of_answers_is_associative(a in chunks(), b in chunks(), c in chunks()) {
        let merge = |mut first: AiMessageChunk, second: &AiMessageChunk| {
            first.merge(second.clone());
            first
        };
        let left = merge(merge(a.clone(), &b), &c);
        let right = merge(a, &merge(b, &c));
        prop_assert_eq!(left, right);
    }

    #[test]
    fn an_answer_survives_serialization_and_chunking(chunk in chunks()) {
        let answer = AiMessage::from_chunk(chunk).unwrap();
        let json = serde_json::to_value(&answer).unwrap();
        let read: AiMessage = serde_json::from_value(json).unwrap();
        prop_assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::to_value(&answer).unwrap());
        let again = AiMessage::from_chunk(answer.clone().into_chunk()).unwrap();
        prop_assert_eq!(again, answer);
    }

    #[test]
    fn chunks_survive_serialization(chunk in chunks()) {
        let json = serde_json::to_value(&chunk).unwrap();
        let read: AiMessageChunk = serde_json::from_value(json.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&read).unwrap(), json);
    }
}
