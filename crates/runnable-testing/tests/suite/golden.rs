//! The comparison with golden traces finds what differs, and nothing else.

use std::path::PathBuf;

use futures::StreamExt;
use runnable_chat::{
    message::{BlockChunk, ToolCallChunk},
    prelude::*,
};
use runnable_core::{Metadata, combinators::RetryPolicy};
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

/// The case that most of these tests take, and a trace of ours that is as it should be.
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

/// What is found, all in one text.
fn found(case: &Case, trace: &Trace) -> String {
    case.compare(trace).expect_err("nothing was found").to_string()
}

#[tokio::test]
async fn an_event_that_is_missing_is_found_wherever_it_was() {
    let (case, trace) = classic().await;
    for index in 0..trace.len() {
        let mut trace = trace.clone();
        let gone = trace.remove(index).unwrap();
        let found = found(&case, &trace);
        assert!(found.contains(&format!("no {} ", gone.event_name())), "{found}");
    }
}

#[tokio::test]
async fn an_event_that_comes_twice_is_found_wherever_it_is() {
    let (case, trace) = classic().await;
    for index in 0..trace.len() {
        let mut trace = trace.clone();
        let again = trace[index].clone();
        let event = again.as_ref().unwrap().event_name();
        trace.insert(index, again);
        let found = found(&case, &trace);
        assert!(found.contains(&event) && found.contains("not in gold"), "{found}");
    }
}

#[tokio::test]
async fn chunks_of_a_run_in_another_order_are_found() {
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
    let found = found(&case, &trace);
    assert!(found.contains(r#"chunk "Hello" in gold, "brave" in ours"#), "{found}");
    assert!(found.contains(r#"chunk "brave" in gold, "Hello" in ours"#), "{found}");
}

#[tokio::test]
async fn a_chunk_before_that_which_it_is_made_of_is_found() {
    let (case, mut trace) = classic().await;
    let cause = at(&trace, "on_parser_stream");
    assert_eq!(at(&trace, "on_chain_stream"), cause + 1);
    trace.swap(cause, cause + 1);
    let found = found(&case, &trace);
    assert!(found.contains(r#"on_chain_stream {"chunk":"Hello"} before that of"#), "{found}");
}

#[tokio::test]
async fn events_outside_of_the_run_around_them_are_found() {
    let (case, trace) = classic().await;
    let mut late = trace.clone();
    let end = late.remove(at(&late, "on_parser_end"));
    late.push(end);
    let text = found(&case, &late);
    assert!(text.contains("StrOutputParser [seq:step:3]: on_parser_end"), "{text}");
    assert!(text.contains("outside of its parent"), "{text}");

    let mut early = trace;
    let start = early.remove(at(&early, "on_prompt_start"));
    early.insert(0, start);
    assert!(found(&case, &early).contains("ChatPromptTemplate"));
}

#[tokio::test]
async fn a_run_that_is_too_much_or_missing_is_found() {
    let (case, trace) = classic().await;
    let (_, other) = classic().await;
    let mut twice = trace.clone();
    twice.extend(other.clone());
    let text = found(&case, &twice);
    assert!(text.contains("RunnableSequence: a run that is not in gold"), "{text}");

    let mut inside = trace.clone();
    let root = trace[0].as_ref().unwrap().run.id;
    let stranger = other.into_iter().filter(|item| item.as_ref().unwrap().run.name.contains("Str"));
    for mut item in stranger {
        item.as_mut().unwrap().run.parent_ids = [root].into();
        inside.insert(inside.len() - 1, item);
    }
    let text = found(&case, &inside);
    assert!(text.contains("StrOutputParser [seq:step:3]: a run that is not in gold"), "{text}");

    let mut without = trace;
    without.retain(|item| item.as_ref().unwrap().run.kind.as_str() != "parser");
    let text = found(&case, &without);
    assert!(text.contains("StrOutputParser [seq:step:3]: no such run"), "{text}");
}

#[tokio::test]
async fn a_wrong_name_tag_parent_or_metadata_is_found() {
    let (case, trace) = classic().await;
    let change = |change: fn(&mut StreamEvent)| {
        let mut trace = trace.clone();
        let parser = trace.iter_mut().flatten().filter(|event| event.run.kind.as_str() == "parser");
        parser.for_each(change);
        found(&case, &trace)
    };
    let text = change(|event| event.run.name = "text".into());
    assert!(text.contains("StrOutputParser [seq:step:3]: no such run"), "{text}");
    assert!(text.contains("text [seq:step:3]: a run that is not in gold"), "{text}");

    let text = change(|event| event.run.tags = ["seq:step:2".into()].into());
    assert!(text.contains(r#"tags ["seq:step:3"] in gold, ["seq:step:2"] in ours"#), "{text}");

    let text = change(|event| event.run.parent_ids = [].into());
    assert!(
        text.contains("RunnableSequence > StrOutputParser [seq:step:3]: no such run"),
        "{text}"
    );

    let text = change(|event| {
        event.run.metadata = Metadata::from_iter([("k".to_owned(), json!(1))]).into();
    });
    assert!(text.contains(r#"metadata {} in gold, {"k":1} in ours"#), "{text}");
    assert_eq!(text.lines().count(), 10, "each of the nine events of the parser: {text}");
}

#[tokio::test]
async fn metadata_that_an_implementation_adds_about_itself_is_none() {
    let (case, mut trace) = classic().await;
    for event in trace.iter_mut().flatten() {
        event.run.metadata = Metadata::from_iter([("ls_provider".to_owned(), json!("x"))]).into();
    }
    case.assert_events(&trace);
}

#[tokio::test]
async fn wrong_data_is_found_in_every_event() {
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
        assert!(found(&case, &trace).contains(r#""wrong" in ours"#));
    }
    let mut trace = trace;
    let EventData::End { input, .. } = &mut event(&mut trace, "on_parser_end").data else {
        panic!()
    };
    *input = Some(json!({ "content": "Hello" }));
    let found = found(&case, &trace);
    assert!(found.contains("StrOutputParser [seq:step:3]: on_parser_end: input"), "{found}");
}

#[tokio::test]
async fn an_input_at_the_start_must_be_the_one_that_gold_has_at_the_end() {
    let step = |name| lambda(|n: i64| n + 1).with_name(name);
    let chain =
        step("add_one").pipe(lambda(|n: i64| n * 2).with_name("double")).pipe(step("again"));
    let mut trace: Trace = chain.stream_events(1).collect().await;
    let case = case("events_sequence_three");
    case.assert_events(&trace);
    let start = trace.iter_mut().flatten().find(|event| event.run.name == "double").unwrap();
    let EventData::Start { input, .. } = &mut start.data else { panic!() };
    assert_eq!(input.replace(json!(3)), Some(json!(2)));
    let found = found(&case, &trace);
    for event in ["on_chain_start", "on_chain_end"] {
        assert!(found.contains(&format!("{event}: input 2 in gold, 3 in ours")), "{found}");
    }
}

#[tokio::test]
async fn all_differences_are_told_at_once() {
    let (case, mut trace) = classic().await;
    trace.remove(at(&trace, "on_parser_end")).unwrap();
    trace.remove(at(&trace, "on_chat_model_stream")).unwrap();
    trace.remove(at(&trace, "on_prompt_end")).unwrap();
    let mismatch = case.compare(&trace).unwrap_err();
    assert_eq!(mismatch.differences().len(), 3, "{mismatch}");
    assert_eq!(format!("{mismatch}"), format!("{mismatch:?}"));
}

#[tokio::test]
async fn nothing_at_all_is_no_trace() {
    let (case, _) = classic().await;
    assert_eq!(case.compare(&[]).unwrap_err().differences().len(), 4);
}

#[tokio::test]
async fn a_run_must_fail_where_gold_has_no_end_and_only_there() {
    let fail = || try_lambda(|_: i64| Err::<i64, _>("boom")).with_name("fail");
    let add_one = || lambda(|n: i64| n + 1).with_name("add_one");
    let case = case("events_error_mid_chain");
    let trace: Trace = add_one().pipe(fail()).stream_events(1).collect().await;
    case.assert_events(&trace);

    let works: Trace =
        add_one().pipe(lambda(|n: i64| n).with_name("fail")).stream_events(1).collect().await;
    let text = found(&case, &works);
    assert!(text.contains("fail [seq:step:2]: fails in gold, not in ours"), "{text}");
    assert!(text.contains("raised: boom in gold, nothing in ours"), "{text}");

    let mut open = trace.clone();
    open.retain(|item| !matches!(item, Ok(event) if event.event_name() == "on_chain_error"));
    assert!(found(&case, &open).contains("fails in gold"));

    let other = try_lambda(|_: i64| Err::<i64, _>("bang")).with_name("fail");
    let trace: Trace = add_one().pipe(other).stream_events(1).collect().await;
    assert_eq!(
        found(&case, &trace).lines().nth(1).unwrap().trim(),
        "- raised: boom in gold, bang in ours"
    );

    let trace: Trace = fail().with_name("add_one").stream_events(1).collect().await;
    assert!(self::case("events_lambda").compare(&trace).is_err());
}

#[tokio::test]
async fn more_attempts_are_a_difference_unless_the_test_says_so() {
    let policy = || RetryPolicy::new().max_attempts(2).without_backoff().when(|_| true);
    let flaky = |works: bool| {
        let step = move |n: i64| if works { Ok(n * 10) } else { Err("not yet") };
        try_lambda(step).with_name("flaky").with_retry(policy())
    };
    let trace: Trace = flaky(true).stream_events(1).collect().await;
    let case = case("events_retry");
    assert!(found(&case, &trace).contains("a run that is not in gold"));
    case.clone().allow_retries().assert_events(&trace);

    let trace: Trace = flaky(false).stream_events(1).collect().await;
    let found = found(&case.allow_retries(), &trace);
    assert!(found.contains("raised: nothing in gold, not yet in ours"), "{found}");
}

/// The chunks of the golden case have repaired arguments besides, and its end the merged pieces.
#[tokio::test]
async fn tool_calls_are_compared_by_their_pieces_in_chunks_and_whole_at_the_end() {
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
    let found = found(&case, &trace(": 4}").collect().await);
    for event in ["on_chat_model_stream", "on_chat_model_end"] {
        assert!(found.contains(event), "{found}");
    }
}

#[tokio::test]
async fn a_filter_that_lets_too_much_through_is_found() {
    let template = prompt((system("You are terse."), human_template("Say hi to {topic}")));
    let llm = ScriptedChatModel::new(["Hello you"]).repeat_last().to_model().with_name("llm");
    let chain = template.with_name("ask").pipe(llm).pipe(text().with_name("text"));
    let call = || chain.stream_events(dict! { topic: "cats" });
    let case = case("events_filter_include_types");
    let trace: Trace = call().include_kinds(["parser"]).collect().await;
    case.assert_events(&trace);

    let trace: Trace = call().include_kinds(["parser", "chat_model"]).collect().await;
    let found = found(&case, &trace);
    assert!(found.contains("… > llm [seq:step:2]: a run that is not in gold"), "{found}");
}

#[tokio::test]
async fn steps_side_by_side_may_interleave_and_their_chunks_may_not_differ() {
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
    let found = found(&case, &crossed);
    assert!(found.contains(r#"chunk {"two":6} in gold, {"two":9} in ours"#), "{found}");
}

#[tokio::test]
async fn what_a_step_says_of_its_own_is_compared_by_name_and_data() {
    let works = |name: &'static str, of: u64| {
        let work = async_lambda(move |n: i64, cx: RunContext| async move {
            (0..of).for_each(|done| cx.emit(name, &json!({ "done": done })));
            Ok(n)
        });
        work.with_name("work").stream_events(1).collect::<Trace>()
    };
    let case = case("events_custom");
    case.assert_events(&works("progress", 2).await);
    let text = found(&case, &works("progress", 3).await);
    assert!(text.contains("on_custom_event progress"), "{text}");
    let text = found(&case, &works("advance", 2).await);
    assert!(text.contains("work: no on_custom_event progress"), "{text}");

    let mut trace = works("progress", 2).await;
    let EventData::Custom { data, .. } = &mut event(&mut trace, "on_custom_event").data else {
        panic!()
    };
    *data = json!("wrong");
    let text = found(&case, &trace);
    assert!(text.contains(r#"data {"done":0} in gold, "wrong" in ours"#), "{text}");
}

#[test]
fn a_file_that_is_none_says_so() {
    let missing = Case::read("no/such/file.json").unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.message().contains("no/such/file.json"), "{missing}");
    assert_eq!(Case::parse("{").unwrap_err().kind(), ErrorKind::Parse);
    assert_eq!(Case::parse("{}").unwrap_err().kind(), ErrorKind::Parse);
}

/// The comparison sorts the chunks of branches that run side by side, and no others.
#[tokio::test]
async fn a_computed_value_before_the_input_of_assign_is_found() {
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
    let found = found(&case, &trace);
    assert!(found.contains("RunnableAssign<length>"), "{found}");
}

#[tokio::test]
async fn the_message_of_a_tools_error_and_the_id_of_its_call_are_compared() {
    let fail = |message: &'static str| {
        tool("weather", "", move |_: serde_json::Value, _| async move {
            Err::<i64, _>(Error::other(message))
        })
    };
    let case = case_in("further", "events_tool_error");
    let call = |message| fail(message).stream_events(json!({ "city": "Ys" })).collect::<Trace>();
    case.assert_events(&call("Ys is under water").await);
    let text = found(&case, &call("Ys is gone").await);
    assert!(text.contains(r#"error "Ys is under water" in gold, "Ys is gone" in ours"#), "{text}");

    let mut trace = call("Ys is under water").await;
    event(&mut trace, "on_tool_error").run.metadata =
        Metadata::from_iter([("tool_call_id".to_owned(), json!("c1"))]).into();
    let text = found(&case, &trace);
    assert!(text.contains(r#"tool_call_id null in gold, "c1" in ours"#), "{text}");
}

#[tokio::test]
async fn a_tool_that_ends_after_the_chunk_that_it_caused_is_found() {
    let say = tool("weather", "", |_: serde_json::Value, _| async { Ok("r") });
    let chain = say.pipe(lambda(|said: serde_json::Value| said));
    let mut trace: Trace = chain.stream_events(json!({ "city": "X" })).collect().await;
    let end = trace.remove(at(&trace, "on_tool_end"));
    trace.insert(at(&trace, "on_chain_end"), end);
    let text = found(&case_in("further", "events_tool_then_stream"), &trace);
    assert!(text.contains("weather [seq:step:1]: ends after a chunk of its parent"), "{text}");
}
