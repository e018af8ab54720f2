//! Chains of a prompt, a model and a parser.

use futures::StreamExt;
use runnable_chat::prelude::*;

use crate::parrot::Parrot;

fn chain() -> impl Runnable<Input = Dict, Output = String> {
    prompt("Tell me about {topic}.").pipe(ChatModel::new(Parrot)).pipe(text())
}

#[tokio::test]
async fn a_chain_streams_the_words_of_the_model() {
    let chunks: Vec<_> =
        chain().stream(dict! { topic: "cats" }).map(Result::unwrap).collect().await;
    assert_eq!(chunks, ["Tell ", "me ", "about ", "cats."]);
}

#[tokio::test]
async fn streamed_and_invoked_answers_have_the_same_details() {
    let model = ChatModel::new(Parrot);
    let whole = model.invoke("one two three").await.unwrap();
    assert_eq!(whole.text(), "one two three");
    assert_eq!(whole.usage, Some(Usage::new(3, 3)), "the last usage is kept");
    assert_eq!(whole.finish_reason, Some(FinishReason::Stop));
    assert_eq!(whole.model.as_deref(), Some("grey"));

    assert_eq!(model.stream("one two three").concat().await.unwrap(), whole);
}

#[tokio::test]
async fn a_model_accepts_text_messages_and_prompts() {
    let model = ChatModel::new(Parrot);
    let text_of = |answer: Result<AiMessage>| answer.unwrap().text().into_owned();
    assert_eq!(text_of(model.invoke("hi").await), "hi");
    assert_eq!(text_of(model.invoke(String::from("hi")).await), "hi");
    assert_eq!(text_of(model.invoke(human("hi")).await), "hi");
    assert_eq!(text_of(model.invoke([system("be kind"), human("hi")]).await), "hi");
    assert_eq!(text_of(model.invoke(vec![human("hi")]).await), "hi");
    let filled = prompt("hi {name}").invoke(dict! { name: "Ada" }).await.unwrap();
    assert_eq!(text_of(model.invoke(filled).await), "hi Ada");
}

#[tokio::test]
async fn invalid_options_are_errors_that_name_the_option() {
    let model = || ChatModel::new(Parrot);
    for (model, name) in [
        (model().temperature(-1.0), "temperature"),
        (model().temperature(f32::NAN), "temperature"),
        (model().top_p(0.0), "top_p"),
        (model().top_p(1.5), "top_p"),
        (model().max_tokens(0), "max_tokens"),
        (model().stop([""]), "stop sequence"),
    ] {
        let error = model.invoke("hi").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains(name), "{error}");
    }
}
