//! The comparison with golden traces: reported and accepted differences.

use std::{path::PathBuf, sync::Arc};

use futures::StreamExt;
use runnable_chat::{
    message::{BlockChunk, ToolCallChunk},
    prelude::*,
};
use runnable_core::{Metadata, Run, combinators::RetryPolicy};
use runnable_events::{EventData, StreamEvent, StreamEventsExt};
use runnable_testing::{ScriptedChatModel, ScriptedReply, golden::Case};
use serde_json::json;

type Trace = Vec<Result<StreamEvent>>;

fn case(name: &str) -> Case {
    case_in("cases", name)
}

fn case_in(folder: &str, name: &str) -> Case {
    let folder = [env!("CARGO_MANIFEST_DIR"), "tests", "golden", folder];
    let path = folder.iter().collect::<PathBuf>().join(name).with_extension("json");
    Case::read(path).unwrap().rename("GenericFakeChatModel", "ScriptedChatModel")
}

/// Returns the golden case that most tests use, and a trace that matches it.
async fn classic() -> (Case, Trace) {
    let template = prompt((system("You are terse."), human_template("Say hi to {topic}")));
    let model = ScriptedChatModel::new(["Hello brave new world"]).to_model();
    let chain = template.pipe(model).pipe(text());
    let trace: Trace = chain.stream_events(dict! { topic: "cats" }).collect().await;
    let case = case("events_prompt_model_parser");
    case.assert_events(&trace);
    (case, trace)
}

fn at(trace: &Trace, event: &str) -> usize {
    trace.iter().position(|item| item.as_ref().unwrap().event_name() == event).unwrap()
}

fn event<'a>(trace: &'a mut Trace, event: &str) -> &'a mut StreamEvent {
    let index = at(trace, event);
    trace[index].as_mut().unwrap()
}

/// Returns the run of an event, to change it in this event only.
fn run_of(event: &mut StreamEvent) -> &mut Run {
    Arc::make_mut(&mut event.run)
}

/// Returns the text of all differences.
fn differences(case: &Case, trace: &Trace) -> String {
    case.compare(trace).expect_err("the traces must differ").to_string()
}

#[tokio::test]
async fn a_missing_event_is_reported() {
    let (case, trace) = classic().await;
    for index in 0..trace.len() {
        let mut trace = trace.clone();
        let removed = trace.remove(index).unwrap();
        let text = differences(&case, &trace);
        assert!(text.contains(&format!("missing {} ", removed.event_name())), "{text}");
    }
}

#[tokio::test]
async fn a_duplicate_event_is_reported() {
    let (case, trace) = classic().await;
    for index in 0..trace.len() {
        let mut trace = trace.clone();
        let again = trace[index].clone();
        let event = again.as_ref().unwrap().event_name();
        trace.insert(index, again);
        let text = differences(&case, &trace);
        assert!(text.contains(&event) && text.contains("unexpected"), "{text}");
    }
}

#[tokio::test]
async fn reordered_chunks_of_a_run_are_reported() {
    let (case, mut trace) = classic().await;
    let first = at(&trace, "on_parser_stream");
    let mut chunks: Vec<_> = trace
        .iter_mut()
        .filter(|item| item.as_ref().unwrap().event_name() == "on_parser_stream")
        .collect();
    let EventData::Chunk { chunk, .. } = &mut chunks[2].as_mut().unwrap().data else { panic!() };
    *chunk = json!("Hello");
    let EventData::Chunk { chunk, .. } = &mut trace[first].as_mut().unwrap().data else { panic!() };
    *chunk = json!("brave");
    let text = differences(&case, &trace);
    assert!(text.contains(r#"chunk: expected "Hello", found "brave""#), "{text}");
    assert!(text.contains(r#"chunk: expected "brave", found "Hello""#), "{text}");
}

#[tokio::test]
async fn a_chunk_before_its_source_chunk_is_reported() {
    let (case, mut trace) = classic().await;
    let cause = at(&trace, "on_parser_stream");
    assert_eq!(at(&trace, "on_chain_stream"), cause + 1);
    trace.swap(cause, cause + 1);
    let text = differences(&case, &trace);
    assert!(text.contains(r#"on_chain_stream {"chunk":"Hello"} precedes the chunk of"#), "{text}");
}

#[tokio::test]
async fn events_outside_of_their_parent_are_reported() {
    let (case, trace) = classic().await;
    let mut late = trace.clone();
    let end = late.remove(at(&late, "on_parser_end"));
    late.push(end);
    let text = differences(&case, &late);
    assert!(text.contains("StrOutputParser [seq:step:3]: on_parser_end"), "{text}");
    assert!(text.contains("is outside of its parent"), "{text}");

    let mut early = trace;
    let start = early.remove(at(&early, "on_prompt_start"));
    early.insert(0, start);
    assert!(differences(&case, &early).contains("ChatPromptTemplate"));
}

#[tokio::test]
async fn unexpected_and_missing_runs_are_reported() {
    let (case, trace) = classic().await;
    let (_, other) = classic().await;
    let mut twice = trace.clone();
    twice.extend(other.clone());
    let text = differences(&case, &twice);
    assert!(text.contains("RunnableSequence: unexpected run"), "{text}");

    let mut inside = trace.clone();
    let root = trace[0].as_ref().unwrap().run.id;
    let stranger = other.into_iter().filter(|item| item.as_ref().unwrap().run.name.contains("Str"));
    for mut item in stranger {
        run_of(item.as_mut().unwrap()).parent_ids = [root].into();
        inside.insert(inside.len() - 1, item);
    }
    let text = differences(&case, &inside);
    assert!(text.contains("StrOutputParser [seq:step:3]: unexpected run"), "{text}");

    let mut without = trace;
    without.retain(|item| item.as_ref().unwrap().run.kind.as_str() != "parser");
    let text = differences(&case, &without);
    assert!(text.contains("StrOutputParser [seq:step:3]: missing run"), "{text}");
}

#[tokio::test]
async fn a_wrong_name_tag_parent_or_metadata_is_reported() {
    let (case, trace) = classic().await;
    let change = |change: fn(&mut StreamEvent)| {
        let mut trace = trace.clone();
        let parser = trace.iter_mut().flatten().filter(|event| event.run.kind.as_str() == "parser");
        parser.for_each(change);
        differences(&case, &trace)
    };
    let text = change(|event| run_of(event).name = "text".into());
    assert!(text.contains("StrOutputParser [seq:step:3]: missing run"), "{text}");
    assert!(text.contains("text [seq:step:3]: unexpected run"), "{text}");

    let text = change(|event| run_of(event).tags = ["seq:step:2".into()].into());
    assert!(text.contains(r#"tags: expected ["seq:step:3"], found ["seq:step:2"]"#), "{text}");

    let text = change(|event| run_of(event).parent_ids = [].into());
    assert!(
        text.contains("RunnableSequence > StrOutputParser [seq:step:3]: missing run"),
        "{text}"
    );

    let text = change(|event| {
        run_of(event).metadata = Metadata::from_iter([("k".to_owned(), json!(1))]).into();
    });
    assert!(text.contains(r#"metadata: expected {}, found {"k":1}"#), "{text}");
    assert_eq!(text.lines().count(), 10, "a line for each of the parser's nine events: {text}");
}

#[tokio::test]
async fn metadata_of_the_implementation_is_ignored() {
    let (case, mut trace) = classic().await;
    for event in trace.iter_mut().flatten() {
        run_of(event).metadata =
            Metadata::from_iter([("ls_provider".to_owned(), json!("x"))]).into();
    }
    case.assert_events(&trace);
}

#[tokio::test]
async fn wrong_data_is_reported_for_every_event() {
    let (case, trace) = classic().await;
    let wrong = || json!("wrong");
    for index in 0..trace.len() {
        let mut trace = trace.clone();
        let event = trace[index].as_mut().unwrap();
        match &mut event.data {
            EventData::Start { input, .. } => *input = Some(wrong()),
            EventData::Chunk { chunk, .. } => *chunk = wrong(),
            EventData::End { output, .. } => *output = wrong(),
            other => panic!("{other:?}"),
        }
        assert!(differences(&case, &trace).contains(r#"found "wrong""#));
    }
    let mut trace = trace;
    let EventData::End { input, .. } = &mut event(&mut trace, "on_parser_end").data else {
        panic!()
    };
    *input = Some(json!({ "content": "Hello" }));
    let text = differences(&case, &trace);
    assert!(text.contains("StrOutputParser [seq:step:3]: on_parser_end: input"), "{text}");
}

#[tokio::test]
async fn an_early_input_must_equal_the_golden_input_at_the_end() {
    let step = |name| lambda(|n: i64| n + 1).with_name(name);
    let chain =
        step("add_one").pipe(lambda(|n: i64| n * 2).with_name("double")).pipe(step("again"));
    let mut trace: Trace = chain.stream_events(1).collect().await;
    let case = case("events_sequence_three");
    case.assert_events(&trace);
    let start = trace.iter_mut().flatten().find(|event| event.run.name == "double").unwrap();
    let EventData::Start { input, .. } = &mut start.data else { panic!() };
    assert_eq!(input.replace(json!(3)), Some(json!(2)));
    let text = differences(&case, &trace);
    for event in ["on_chain_start", "on_chain_end"] {
        assert!(text.contains(&format!("{event}: input: expected 2, found 3")), "{text}");
    }
}

#[tokio::test]
async fn all_differences_are_reported_at_once() {
    let (case, mut trace) = classic().await;
    trace.remove(at(&trace, "on_parser_end")).unwrap();
    trace.remove(at(&trace, "on_chat_model_stream")).unwrap();
    trace.remove(at(&trace, "on_prompt_end")).unwrap();
    let mismatch = case.compare(&trace).unwrap_err();
    assert_eq!(mismatch.differences().len(), 3, "{mismatch}");
    assert_eq!(format!("{mismatch}"), format!("{mismatch:?}"));
}

#[tokio::test]
async fn an_empty_trace_is_a_mismatch() {
    let (case, _) = classic().await;
    assert_eq!(case.compare(&[]).unwrap_err().differences().len(), 4);
}

#[tokio::test]
async fn a_run_must_fail_exactly_if_the_golden_run_has_no_end() {
    let fail = || try_lambda(|_: i64| Err::<i64, _>("boom")).with_name("fail");
    let add_one = || lambda(|n: i64| n + 1).with_name("add_one");
    let case = case("events_error_mid_chain");
    let trace: Trace = add_one().pipe(fail()).stream_events(1).collect().await;
    case.assert_events(&trace);

    let works: Trace =
        add_one().pipe(lambda(|n: i64| n).with_name("fail")).stream_events(1).collect().await;
    let text = differences(&case, &works);
    assert!(text.contains("fail [seq:step:2]: expected an error or a cancellation"), "{text}");
    assert!(text.contains("error: expected boom, found no error"), "{text}");

    let mut open = trace.clone();
    open.retain(|item| !matches!(item, Ok(event) if event.event_name() == "on_chain_error"));
    assert!(differences(&case, &open).contains("expected an error"));

    let other = try_lambda(|_: i64| Err::<i64, _>("bang")).with_name("fail");
    let trace: Trace = add_one().pipe(other).stream_events(1).collect().await;
    assert_eq!(
        differences(&case, &trace).lines().nth(1).unwrap().trim(),
        "- error: expected boom, found bang"
    );

    let trace: Trace = fail().with_name("add_one").stream_events(1).collect().await;
    assert!(self::case("events_lambda").compare(&trace).is_err());
}

#[tokio::test]
async fn additional_attempts_are_accepted_only_if_allowed() {
    let policy = || RetryPolicy::new().max_attempts(2).without_backoff().when(|_| true);
    let flaky = |works: bool| {
        let step = move |n: i64| if works { Ok(n * 10) } else { Err("not yet") };
        try_lambda(step).with_name("flaky").with_retry(policy())
    };
    let trace: Trace = flaky(true).stream_events(1).collect().await;
    let case = case("events_retry");
    assert!(differences(&case, &trace).contains("unexpected run"));
    case.clone().allow_retries().assert_events(&trace);

    let trace: Trace = flaky(false).stream_events(1).collect().await;
    let text = differences(&case.allow_retries(), &trace);
    assert!(text.contains("error: expected no error, found not yet"), "{text}");
}

/// The golden chunks also have repaired arguments, and the golden end event has merged chunks.
#[tokio::test]
async fn tool_calls_are_compared_in_chunks_and_at_the_end() {
    let case = case("events_model_tool_call_chunks").rename("ChunkModel", "ScriptedChatModel");
    let piece = |index, call| AiMessageChunk::from(BlockChunk::tool_call(call).with_index(index));
    let chunks = |last: &str| {
        ScriptedReply::message_chunks([
            piece(0, ToolCallChunk::new("{\"a\": 1").with_name("add").with_id("c1")),
            piece(0, ToolCallChunk::new(", \"b\": 2}")),
            piece(1, ToolCallChunk::new("{\"a\"").with_name("mul").with_id("c2")),
            piece(1, ToolCallChunk::new(last)),
            AiMessageChunk::new(""),
        ])
    };
    let trace = |last| ScriptedChatModel::new([chunks(last)]).to_model().stream_events("hi");
    case.assert_events(&trace(": 3}").collect::<Trace>().await);
    let text = differences(&case, &trace(": 4}").collect().await);
    for event in ["on_chat_model_stream", "on_chat_model_end"] {
        assert!(text.contains(event), "{text}");
    }
}

#[tokio::test]
async fn an_incomplete_filter_is_reported() {
    let template = prompt((system("You are terse."), human_template("Say hi to {topic}")));
    let llm = ScriptedChatModel::new(["Hello you"]).repeat_last().to_model().with_name("llm");
    let chain = template.with_name("ask").pipe(llm).pipe(text().with_name("text"));
    let call = || chain.stream_events(dict! { topic: "cats" });
    let case = case("events_filter_include_types");
    let trace: Trace = call().include_kinds(["parser"]).collect().await;
    case.assert_events(&trace);

    let trace: Trace = call().include_kinds(["parser", "chat_model"]).collect().await;
    let text = differences(&case, &trace);
    assert!(text.contains("… > llm [seq:step:2]: unexpected run"), "{text}");
}

#[tokio::test]
async fn parallel_steps_may_interleave_but_must_have_equal_chunks() {
    let one = || lambda(|n: i64| n + 1).with_name("add_one");
    let two = || lambda(|n: i64| n * 2).with_name("double");
    let case = case("events_parallel");
    let trace: Trace =
        parallel_dict("one", one()).with("two", two()).stream_events(3).collect().await;
    case.assert_events(&trace);
    let crossed: Trace = parallel_dict("one", one())
        .with("two", lambda(|n: i64| n * 3).with_name("double"))
        .stream_events(3)
        .collect()
        .await;
    let text = differences(&case, &crossed);
    assert!(text.contains(r#"chunk: expected {"two":6}, found {"two":9}"#), "{text}");
}

#[tokio::test]
async fn custom_events_are_compared_by_name_and_data() {
    let works = |name: &'static str, count: u64| {
        let work = async_lambda(move |n: i64, cx: RunContext| async move {
            (0..count).for_each(|done| cx.emit(name, &json!({ "done": done })));
            Ok(n)
        });
        work.with_name("work").stream_events(1).collect::<Trace>()
    };
    let case = case("events_custom");
    case.assert_events(&works("progress", 2).await);
    let text = differences(&case, &works("progress", 3).await);
    assert!(text.contains("on_custom_event progress"), "{text}");
    let text = differences(&case, &works("advance", 2).await);
    assert!(text.contains("work: missing on_custom_event progress"), "{text}");

    let mut trace = works("progress", 2).await;
    let EventData::Custom { data, .. } = &mut event(&mut trace, "on_custom_event").data else {
        panic!()
    };
    *data = json!("wrong");
    let text = differences(&case, &trace);
    assert!(text.contains(r#"data: expected {"done":0}, found "wrong""#), "{text}");
}

#[test]
fn an_invalid_golden_file_is_an_error() {
    let missing = Case::read("no/such/file.json").unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.message().contains("no/such/file.json"), "{missing}");
    assert_eq!(Case::parse("{").unwrap_err().kind(), ErrorKind::Parse);
    assert_eq!(Case::parse("{}").unwrap_err().kind(), ErrorKind::Parse);
}

/// The comparison sorts only chunks of parallel branches.
#[tokio::test]
async fn a_computed_value_before_the_input_of_assign_is_reported() {
    let length = lambda(|values: Dict| values.get("text").map_or(0, |_| 4i64)).with_name("length");
    let chain = assign("length", length);
    let mut trace: Trace = chain.stream_events(dict! { text: "four" }).collect().await;
    let case = case("events_assign");
    case.assert_events(&trace);
    let is_own = |item: &Result<StreamEvent>| {
        let event = item.as_ref().unwrap();
        event.run.parent_ids.is_empty() && event.event_name() == "on_chain_stream"
    };
    let own: Vec<_> = (0..trace.len()).filter(|&at| is_own(&trace[at])).collect();
    let (input, computed) = (trace[own[0]].clone(), trace[own[1]].clone());
    trace[own[0]] = computed;
    trace[own[1]] = input;
    let text = differences(&case, &trace);
    assert!(text.contains("RunnableAssign<length>"), "{text}");
}

#[tokio::test]
async fn errors_and_call_ids_of_tools_are_compared() {
    let fail = |message: &'static str| {
        tool("weather", "", move |_: serde_json::Value, _| async move {
            Err::<i64, _>(Error::other(message))
        })
    };
    let case = case_in("further", "events_tool_error");
    let call = |message| fail(message).stream_events(json!({ "city": "Ys" })).collect::<Trace>();
    case.assert_events(&call("Ys is under water").await);
    let text = differences(&case, &call("Ys is gone").await);
    assert!(text.contains(r#"error: expected "Ys is under water", found "Ys is gone""#), "{text}");

    let mut trace = call("Ys is under water").await;
    run_of(event(&mut trace, "on_tool_error")).metadata =
        Metadata::from_iter([("tool_call_id".to_owned(), json!("c1"))]).into();
    let text = differences(&case, &trace);
    assert!(text.contains(r#"tool_call_id: expected null, found "c1""#), "{text}");
}

#[tokio::test]
async fn a_tool_that_ends_after_its_chunk_is_reported() {
    let say = tool("weather", "", |_: serde_json::Value, _| async { Ok("r") });
    let chain = say.pipe(lambda(|text: serde_json::Value| text));
    let mut trace: Trace = chain.stream_events(json!({ "city": "X" })).collect().await;
    let end = trace.remove(at(&trace, "on_tool_end"));
    trace.insert(at(&trace, "on_chain_end"), end);
    let text = differences(&case_in("further", "events_tool_then_stream"), &trace);
    assert!(text.contains("weather [seq:step:1]: expected the end before"), "{text}");
}
