//! Text models, and answers with reasoning, tool calls and JSON.

use futures::{StreamExt, stream};
use runnable_chat::{
    message::{BlockChunk, ToolCallChunk},
    prelude::*,
};
use runnable_core::Chunk;
use runnable_events::StreamEventsExt;
use runnable_testing::{ScriptedChatModel, ScriptedReply, ScriptedTextModel};
use serde_json::{Value, json};

use crate::parts::{all, data_of, prompt_values, recorded};

/// A step that converts a conversation to text for a text model.
fn as_text() -> impl Runnable<Input = PromptValue, Output = String> {
    lambda(|prompt: PromptValue| {
        let line = |message: &Message| format!("{}: {}", message.role(), message.text());
        prompt.messages.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

#[tokio::test]
async fn a_chain_with_a_text_model_works_in_every_method() {
    let script = ScriptedTextModel::new(["bear, dog, cat"]).repeat_last().with_run_name("Writer");
    let split = async_lambda(|list: String, _| async move {
        Ok(list.split(", ").map(str::to_owned).collect::<Vec<_>>())
    });
    let ask = prompt((system("You are nice."), human_template("{text}")));
    let chain = ask.pipe(as_text()).pipe(script.to_model()).pipe(split);

    let animals = ["bear", "dog", "cat"];
    assert_eq!(chain.invoke(prompt_values("one")).await.unwrap(), animals);
    for result in chain.batch(["two", "three"].map(prompt_values)).await {
        assert_eq!(result.unwrap(), animals);
    }
    assert_eq!(chain.stream(prompt_values("four")).concat().await.unwrap(), animals);
    let questions = ["one", "two", "three", "four"];
    let prompts = questions.map(|text| format!("system: You are nice.\nuser: {text}"));
    assert_eq!(script.prompts(), prompts);
}

#[tokio::test]
async fn a_text_model_has_llm_events_and_chunks() {
    let model = ScriptedTextModel::new(["Hello you"]).with_run_name("Writer").to_model();
    let events = all(as_text().pipe(model).stream_events("hi")).await;
    let data = data_of(&events, "Writer");
    let names: Vec<_> = data.iter().map(|(event, _)| &**event).collect();
    let stream = "on_llm_stream";
    assert_eq!(names, ["on_llm_start", stream, stream, stream, "on_llm_end"]);
    assert_eq!(data[0].1["input"], json!({ "prompts": ["user: hi"] }));
    let pieces: Vec<_> = data[1..4].iter().map(|(_, data)| data["chunk"].clone()).collect();
    assert_eq!(pieces, ["Hello", " ", "you"]);
    assert_eq!(data[4].1["output"]["generations"][0][0]["text"], "Hello you");
    let run = &events.iter().find(|event| event.run.name == "Writer").unwrap().run;
    assert_eq!(run.metadata["ls_model_type"], "llm");
}

#[tokio::test]
async fn reasoning_and_text_stay_separate_in_a_chain() {
    // Some services number the parts of a message, so that reasoning and text have the same index.
    let answer = ScriptedReply::message_chunks([
        BlockChunk::reasoning("Why ").with_index(0).into(),
        BlockChunk::reasoning("not?").with_index(0).into(),
        BlockChunk::text("Yes, ").with_index(0).into(),
        BlockChunk::text("so.").with_index(0).into(),
    ]);
    let model = ScriptedChatModel::new([answer]).repeat_last().to_model();
    let chain = prompt("{text}").pipe(model);
    let pieces = chain.clone().pipe(text()).stream(prompt_values("hi"));
    let pieces: Vec<_> = pieces.map(Result::unwrap).collect().await;
    assert_eq!(pieces.concat(), "Yes, so.");

    let (config, recorder) = recorded();
    let answer = chain.invoke(prompt_values("hi")).config(config).await.unwrap();
    assert_eq!((&*answer.reasoning(), &*answer.text()), ("Why not?", "Yes, so."));
    let data = data_of(&recorder.events(), "ScriptedChatModel");
    assert_eq!(
        data.last().unwrap().1["output"]["content"],
        json!([
            { "type": "reasoning", "reasoning": "Why not?" },
            { "type": "text", "text": "Yes, so." },
        ])
    );
}

/// LangChain parses the arguments anew for each chunk, which takes minutes for a long call.
#[tokio::test]
async fn a_long_tool_call_is_parsed_once_when_complete() {
    let words: Vec<_> = (0..10_000).map(|n| format!("word {n}")).collect();
    let args = json!({ "words": words }).to_string();
    let pieces: Vec<_> = args.as_bytes().chunks(8).map(String::from_utf8_lossy).collect();
    let begin = BlockChunk::tool_call(ToolCallChunk::new("").with_id("c1").with_name("count"))
        .with_index(0);
    let piece = |text: &str| BlockChunk::tool_call(ToolCallChunk::new(text)).with_index(0).into();
    let chunks: Vec<AiMessageChunk> =
        [begin.into()].into_iter().chain(pieces.iter().map(|text| piece(text))).collect();
    let model =
        ScriptedChatModel::new([ScriptedReply::message_chunks(chunks)]).repeat_last().to_model();

    let mut sent = model.stream("hi");
    let (mut count, mut whole) = (0, AiMessageChunk::default());
    while let Some(chunk) = sent.next().await {
        count += 1;
        whole.merge(chunk.unwrap());
    }
    assert_eq!(count, pieces.len() + 1);
    let call = AiMessage::from_chunk(whole).unwrap().tool_calls().next().cloned();
    assert_eq!(call.unwrap().args["words"].as_array().unwrap().len(), words.len());

    let length =
        tool(
            "count",
            "",
            |args: Value, _| async move { Ok(args["words"].as_array().map(Vec::len)) },
        );
    let results = model.pipe(toolbox([length])).stream("hi").concat().await.unwrap();
    assert_eq!(results, [ToolMessage::new("c1", "10000").with_name("count")]);
}

#[tokio::test]
async fn tool_calls_are_merged_and_truncated_calls_are_invalid() {
    let piece = |index, call| BlockChunk::tool_call(call).with_index(index).into();
    let answer = ScriptedReply::message_chunks([
        piece(0, ToolCallChunk::new("{\"a\"").with_id("c1").with_name("add")),
        piece(1, ToolCallChunk::new("{\"b\": ").with_id("c2").with_name("add")),
        piece(0, ToolCallChunk::new(": 1}").with_name("add")),
        piece(1, ToolCallChunk::new("48")),
    ]);
    let same = tool("add", "", |args: Value, _| async move { Ok(args) });
    let model = ScriptedChatModel::new([answer]).to_model();
    let results = model.pipe(toolbox([same])).invoke("hi").await.unwrap();
    assert_eq!(results[0], ToolMessage::new("c1", "{\"a\":1}").with_name("add"));
    assert_eq!(&*results[1].tool_call_id, "c2");
    assert!(results[1].text().contains("not valid JSON"), "{results:?}");
}

#[tokio::test]
async fn json_streams_through_a_chain_and_is_never_repaired() {
    let pieces = ["```json\n{\"na", "me\": \"A", "da\", \"a", "ge\": 3", "6}\n```"];
    let model = ScriptedChatModel::new([ScriptedReply::chunks(pieces)]).to_model();
    let known = model.pipe(json_value()).stream("hi");
    let known: Vec<_> = known.map(|chunk| json!(chunk.unwrap())).collect().await;
    let ada = |age: u64| json!({ "name": "Ada", "age": age });
    assert_eq!(
        known,
        [json!({}), json!({ "name": "A" }), json!({ "name": "Ada" }), ada(3), ada(36)]
    );

    let cut = stream::iter(pieces.into_iter().take(4).map(|text| Ok(AiMessageChunk::new(text))));
    let error = json_value().transform(cut).concat().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
}

/// LangChain repairs these texts. In this library, the stream contains the valid part, and the call
/// fails.
#[tokio::test]
async fn truncated_json_has_streamed_its_valid_part() {
    let bar = json!({ "foo": "bar" });
    let cases = [
        (r#"{"foo": "bar", "bar": "foo"#, json!({ "foo": "bar", "bar": "foo" })),
        (r#"{"foo": "bar", "bar": "foo}"#, json!({ "foo": "bar", "bar": "foo}" })),
        (r#"{"foo": "bar", "bar": "foo["#, json!({ "foo": "bar", "bar": "foo[" })),
        (r#"{"foo": "bar", "bar": "foo\""#, json!({ "foo": "bar", "bar": "foo\"" })),
        (r#"{"foo": "bar", "bar":"#, bar.clone()),
        (r#"{"foo": "bar", "bar""#, bar.clone()),
        (r#"{"foo": "bar", "#, bar.clone()),
        (r#"{"foo":"bar\"#, bar),
        (r#"{"foo": [1, 2, oops"#, json!({ "foo": [1, 2] })),
        (r#"{"foo": 1."#, json!({ "foo": 1 })),
    ];
    for (text, shown) in cases {
        let chain = ScriptedChatModel::new([ScriptedReply::words(text)]).repeat_last().to_model();
        let chain = chain.pipe(json_value());
        let known: Vec<_> = chain.stream("hi").collect().await;
        let [.., last, Err(error)] = &known[..] else { panic!("{text}: {known:?}") };
        assert_eq!(json!(last.as_ref().unwrap()), shown, "{text}");
        assert_eq!(error.kind(), ErrorKind::Parse, "{text}");
        assert_eq!(chain.invoke("hi").await.unwrap_err().kind(), ErrorKind::Parse, "{text}");
    }
}
