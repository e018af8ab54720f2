//! The chat model: options, usage, concurrent calls and errors.

use candle_core::quantized::GgmlDType;
use futures::{FutureExt, StreamExt};
use runnable_chat::{prelude::*, tool::ToolDefinition};
use runnable_core::Metadata;

use providers_local::{LocalBuilder, LocalError, local};

use crate::test_model::Tiny;

static_assertions::assert_impl_all!(LocalBuilder: Send, Sync, Unpin, Clone);
static_assertions::assert_impl_all!(LocalError: Send, Sync, Unpin, std::error::Error);

async fn model() -> ChatModel {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tiny.gguf");
    std::fs::write(&file, Tiny::new(GgmlDType::F32).bytes().0).unwrap();
    local().path(file).load().await.unwrap().temperature(0.0).max_tokens(20)
}

#[tokio::test]
async fn an_answer_has_a_model_usage_and_finish_reason() {
    let answer = model().await.invoke("hello").await.unwrap();
    assert_eq!(answer.model.as_deref(), Some("tiny"));
    assert_eq!(answer.finish_reason, Some(FinishReason::Length));
    let usage = answer.usage.unwrap();
    assert_eq!(usage.output_tokens, 20);
    assert!(usage.input_tokens > 5, "{usage:?}");
}

#[tokio::test]
async fn the_model_counts_the_tokens_that_it_reads() {
    let model = model().await;
    let usage = model.invoke("hello").await.unwrap().usage.unwrap();
    assert_eq!(model.count_tokens("hello").await.unwrap(), Some(usage.input_tokens));
    let tool = ToolDefinition::new("clock", "", Metadata::default());
    let error = model.tools([tool]).count_tokens("hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_streamed_answer_equals_the_invoked_one() {
    let model = model().await;
    let whole = model.invoke("hello").await.unwrap();
    let chunks: Vec<_> = model.stream("hello").map(Result::unwrap).collect().await;
    assert!(chunks.len() > 5, "{}", chunks.len());
    assert_eq!(chunks.iter().map(AiMessageChunk::text).collect::<String>(), whole.text());
    assert_eq!(model.stream("hello").concat().await.unwrap(), whole);
    let counts = chunks.iter().map(|chunk| chunk.usage().unwrap().output_tokens);
    assert!(counts.is_sorted(), "each chunk has the usage so far");
}

#[tokio::test]
async fn options_reach_the_model() {
    let model = model().await;
    let ask = |model: ChatModel| async move { model.invoke("hello").await.unwrap() };
    let seeded = |seed| ask(model.clone().temperature(1.5).seed(seed));
    assert_eq!(seeded(1).await.text(), seeded(1).await.text());
    assert_ne!(seeded(1).await.text(), seeded(2).await.text());
    assert_eq!(ask(model.clone().max_tokens(3)).await.usage.unwrap().output_tokens, 3);

    let whole = ask(model.clone()).await.text().into_owned();
    let word: String = whole.chars().skip(4).take(2).collect();
    let cut = ask(model.clone().stop([word.clone()])).await;
    assert_eq!(cut.text(), whole.split(&word).next().unwrap());
    assert_eq!(cut.finish_reason, Some(FinishReason::Stop));
}

#[tokio::test]
async fn concurrent_calls_do_not_change_their_answers() {
    let model = model().await;
    let (one, two) = (model.invoke("one").await.unwrap(), model.invoke("two").await.unwrap());
    let at_once = model.batch(["one", "two"]).await;
    assert_eq!(at_once[0].as_ref().unwrap().text(), one.text());
    assert_eq!(at_once[1].as_ref().unwrap().text(), two.text());
}

#[tokio::test]
async fn an_idle_stream_does_not_block_other_calls() {
    let model = model().await;
    let mut idle = model.stream("one");
    idle.next().await.unwrap().unwrap();
    assert_eq!(model.invoke("two").await.unwrap().usage.unwrap().output_tokens, 20);
    assert!(idle.next().await.unwrap().is_ok(), "the idle stream continues");
}

#[tokio::test]
async fn a_dropped_answer_releases_its_turn() {
    let model = model().await;
    for _ in 0..10 {
        let mut answer = model.stream("one");
        assert!(answer.next().now_or_never().is_none(), "it computes on another thread");
    }
    assert!(model.invoke("two").await.is_ok());
}

#[tokio::test]
async fn a_prompt_that_is_too_long_has_its_own_error_kind() {
    let file = Tiny::new(GgmlDType::F32).write();
    let model = local().path(file.path()).context_length(16).load().await.unwrap();
    let error = model.invoke("much too long to be read by a model this small").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContextLength);
    assert!(error.message().contains("room for 15"), "{error}");
}

#[tokio::test]
async fn the_error_of_a_missing_file_names_it() {
    let error = local().path("no/such.gguf").load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains("no/such.gguf"), "{error}");
    assert!(matches!(error.downcast_ref(), Some(LocalError::Read { .. })));
}

#[test]
fn a_missing_runtime_is_an_error_with_advice() {
    let error = futures::executor::block_on(local().load()).unwrap_err();
    assert!(error.message().contains("tokio::main"), "{error}");
}

#[tokio::test]
async fn unsupported_content_is_refused_by_name() {
    let model = model().await;
    let photo = ContentBlock::Image(Media::from_url("https://example.com/a.png"));
    let error =
        model.invoke(HumanMessage::new("What is this?").with_block(photo)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("an image"), "{error}");

    let weather = ToolDefinition::new("weather", "", Metadata::new());
    let error = model.tools([weather]).invoke("Rain?").await.unwrap_err();
    assert!(error.message().contains("`weather`"), "{error}");
}

#[tokio::test]
async fn a_lazy_model_is_loaded_by_its_first_call_and_retried() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tiny.gguf");
    let model = local().path(&file).build().temperature(0.0).max_tokens(20);
    assert_eq!(model.invoke("hello").await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(model.model(), Some("tiny"));

    std::fs::write(&file, Tiny::new(GgmlDType::F32).bytes().0).unwrap();
    let (one, two) = futures::join!(model.invoke("hello"), model.invoke("hello"));
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(model.model(), Some("tiny"));
}

mod every_model {
    use super::model;

    runnable_testing::model_suite!(model().await);
}
