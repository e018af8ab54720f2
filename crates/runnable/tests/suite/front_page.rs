//! The code on the front page needs only the prelude.

use runnable::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};

#[tokio::test]
async fn the_front_page_needs_one_import() {
    let model = ScriptedChatModel::new([ScriptedReply::words("Why not?")]).repeat_last().to_model();
    let chain = prompt((system("You are terse."), human_template("Tell a joke about {topic}.")))
        .pipe(model)
        .pipe(text());

    let mut pieces = Vec::new();
    let mut joke = chain.stream(dict! { topic: "cats" });
    while let Some(chunk) = joke.next().await {
        pieces.push(chunk.unwrap());
    }
    assert_eq!(pieces, ["Why", " ", "not?"]);

    let jokes = chain.batch([dict! { topic: "cats" }, dict! { topic: "dogs" }]).await;
    assert!(jokes.into_iter().all(|joke| joke.unwrap() == "Why not?"));
    let missing = chain.invoke(dict! { topics: "cats" }).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
#[cfg(feature = "events")]
async fn observing_the_front_page_needs_one_import() {
    let model = ScriptedChatModel::new(["Why not?"]).to_model();
    let mut events = model.stream_events("Hi");
    let mut names = Vec::new();
    while let Some(event) = events.next().await {
        names.push(event.unwrap().event_name());
    }
    assert_eq!(names.first().unwrap(), "on_chat_model_start");
    assert_eq!(names.last().unwrap(), "on_chat_model_end");
    let _: fn() -> ConsoleTree = ConsoleTree::stderr;
}
