//! Tools and retrievers in chains.

use runnable_chat::{
    message::{BlockChunk, ToolStatus},
    prelude::*,
    run_kind::TOOL,
};
use runnable_events::{EventData, StreamEventsExt};
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::parts::{
    Echo, all, assert_each_run_ends_once, data_of, lines, prompt_values, recorded, shout,
};

#[derive(Deserialize, JsonSchema)]
struct Place {
    city: String,
}

fn weather() -> Tool {
    tool("weather", "Tells the weather.", |Place { city }, _| async move {
        match &*city {
            "Ys" => Err(Error::new(ErrorKind::NotFound, "Ys is under water")),
            _ => Ok(format!("rain in {city}")),
        }
    })
}

/// A model that calls the tool `weather` with this city.
fn asks_for(city: &str) -> ChatModel {
    let call = ToolCall::new("c1", "weather", json!({ "city": city }));
    let answer = ScriptedReply::message_chunks([BlockChunk::complete(call).into()]);
    ScriptedChatModel::new([answer]).repeat_last().to_model()
}

#[tokio::test]
async fn a_tool_in_a_chain_has_events_with_arguments_and_result() {
    let place = lambda(|city: String| json!({ "city": city })).with_name("place");
    let read = lambda(|text: Value| text.as_str().unwrap_or_default().to_owned()).with_name("read");
    let events = all(place.pipe(weather()).pipe(read).stream_events("Oslo")).await;
    assert_eq!(
        lines(&events),
        [
            "on_chain_start RunnableSequence",
            "on_chain_start place",
            "on_chain_stream place",
            "on_chain_end place",
            "on_tool_start weather",
            "on_tool_end weather",
            "on_chain_start read",
            "on_chain_stream read",
            "on_chain_stream RunnableSequence",
            "on_chain_end read",
            "on_chain_end RunnableSequence",
        ]
    );
    assert_eq!(
        data_of(&events, "weather"),
        [
            ("on_tool_start".into(), json!({ "input": { "city": "Oslo" } })),
            ("on_tool_end".into(), json!({ "output": "rain in Oslo" })),
        ]
    );
}

#[tokio::test]
async fn a_failed_tool_reports_its_error_and_the_call_id() {
    let (config, recorder) = recorded();
    let chain = asks_for("Ys").pipe(toolbox([weather()]));
    let results = chain.invoke("How is Ys?").config(config).await.unwrap();
    let events = recorder.events();
    let error = json!({ "kind": "not_found", "message": "Ys is under water" });
    let expected = [
        ("on_tool_start".to_owned(), json!({ "input": { "city": "Ys" } })),
        ("on_tool_error".to_owned(), json!({ "error": error, "tool_call_id": "c1" })),
    ];
    assert_eq!(data_of(&events, "weather"), expected);
    assert_each_run_ends_once(&events);
    assert_eq!((&*results[0].tool_call_id, results[0].status), ("c1", ToolStatus::Error));
    assert_eq!(results[0].text(), "Ys is under water");
}

#[tokio::test]
async fn a_model_inside_a_tool_has_token_events() {
    let model = ScriptedChatModel::new(["Hello you"]).with_run_name("Inner").to_model();
    let ask = tool("weather", "", move |Place { city }, cx: RunContext| {
        let model = model.clone();
        async move {
            cx.emit("asked", &city);
            let answer = model.invoke(city).config(&cx).await?;
            Ok(answer.text().into_owned())
        }
    });
    let events = all(asks_for("Oslo").pipe(toolbox([ask])).stream_events("hi")).await;
    let run = |name: &str| &events.iter().find(|event| event.run.name == name).unwrap().run;
    let (root, toolbox, tool) = (run("RunnableSequence"), run("tools"), run("weather"));
    assert_eq!(run("Inner").parent_ids[..], [root.id, toolbox.id, tool.id]);
    let tokens: Vec<_> = data_of(&events, "Inner")
        .into_iter()
        .filter(|(event, _)| event == "on_chat_model_stream")
        .map(|(_, data)| data["chunk"]["content"].clone())
        .collect();
    assert_eq!(tokens, ["Hello", " ", "you"]);
    let custom = events.iter().find_map(|event| match &event.data {
        EventData::Custom { name, data, .. } => Some((&**name, data.clone(), &event.run)),
        _ => None,
    });
    let (name, data, run) = custom.unwrap();
    assert_eq!((name, data, run.id, run.kind), ("asked", json!("Oslo"), tool.id, TOOL));
}

#[tokio::test]
async fn a_function_turns_a_chain_into_a_tool() {
    let chain = prompt("how is {text}").pipe(Echo::new().to_model()).pipe(text()).pipe(shout());
    let ask = tool("weather", "Tells the weather.", move |Place { city }, cx: RunContext| {
        let chain = chain.clone();
        async move { chain.invoke(prompt_values(city)).config(&cx).await }
    });
    assert_eq!(ask.definition(), &weather().definition().clone());
    assert_eq!(ask.invoke(json!({ "city": "Oslo" })).await.unwrap(), "HOW IS OSLO");
    let results = asks_for("Oslo").pipe(toolbox([ask])).invoke("hi").await.unwrap();
    assert_eq!(results, [ToolMessage::new("c1", "HOW IS OSLO").with_name("weather")]);
}

#[tokio::test]
async fn a_retriever_has_events_with_question_and_documents() {
    let shelf = retriever("Shelf", |question: String, _| async move {
        Ok(vec![Document::new(format!("about {question}")).with_metadata("shelf", 1)])
    });
    let join = lambda(|documents: Vec<Document>| {
        documents.into_iter().map(|document| document.page_content).collect::<String>()
    });
    let context = parallel_dict("text", shelf.pipe(join));
    let chain = context.pipe(prompt("{text}")).pipe(Echo::new().to_model()).pipe(text());
    let events = all(chain.stream_events("cats")).await;
    let [start, end] = &data_of(&events, "Shelf")[..] else { panic!("{events:?}") };
    assert_eq!(*start, ("on_retriever_start".into(), json!({ "input": { "query": "cats" } })));
    assert_eq!(end.0, "on_retriever_end");
    let document = &end.1["output"][0];
    assert_eq!(document["page_content"], "about cats");
    assert_eq!(document["metadata"], json!({ "shelf": 1 }));
    assert_eq!(data_of(&events, "StrOutputParser").last().unwrap().1["output"], "about cats");
    assert_each_run_ends_once(&events);
}
