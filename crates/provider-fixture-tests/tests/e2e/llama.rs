//! The server of llama.cpp with a real model. The model is small and the machine may be busy, so
//! the tests request only a few tokens and ignore their text.

use std::time::Duration;

use providers_openai::llama_cpp;
use runnable_chat::prelude::*;
use runnable_http::HttpRetryPolicy;

use crate::{dialect::Dialect, place::place};

/// Returns whether the finish reason is correct. The Responses API of the server always reports
/// completion.
fn has_finish_reason(dialect: Dialect, answer: &AiMessage) -> bool {
    dialect == Dialect::Responses || answer.finish_reason == Some(FinishReason::Length)
}

/// Returns a model that retries once. The server closes idle connections immediately, so a request
/// may be sent on a connection that is just being closed.
fn model(dialect: Dialect) -> ChatModel {
    let retry =
        HttpRetryPolicy::default().max_attempts(2).initial_backoff(Duration::from_millis(1));
    let model = dialect.model_with(&place("E2E_LLAMA"), move |client| client.retry_policy(retry));
    model.max_tokens(8).temperature(0.0)
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn a_model_answers() {
    for dialect in Dialect::ALL {
        let answer = model(dialect).invoke("Tell a story.").await.expect("an answer");

        assert!(!answer.text().is_empty(), "{dialect:?}: {answer:?}");
        assert!(has_finish_reason(dialect, &answer), "{dialect:?}: {answer:?}");
        let usage = answer.usage.unwrap_or_default();
        assert!(usage.input_tokens > 5, "{dialect:?}: {usage:?}");
        assert_eq!(usage.output_tokens, 8, "{dialect:?}");
        assert_eq!(usage.total_tokens, usage.input_tokens + 8, "{dialect:?}");
        assert!(answer.id.is_some(), "{dialect:?}: {answer:?}");
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn a_model_streams_its_answer() {
    for dialect in Dialect::ALL {
        let mut stream = model(dialect).stream("Tell a story.");
        let (mut pieces, mut all) = (0, AiMessageChunk::default());
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.expect("a piece");
            pieces += usize::from(!chunk.text().is_empty());
            all.merge(chunk);
        }
        let answer = AiMessage::from_chunk(all).expect("an answer");

        assert!(pieces > 3, "{dialect:?}: {pieces} pieces of {answer:?}");
        assert!(has_finish_reason(dialect, &answer), "{dialect:?}: {answer:?}");
        let usage = answer.usage.unwrap_or_default();
        assert!(usage.input_tokens > 5, "{dialect:?}: {usage:?}");
        assert_eq!(usage.output_tokens, 8, "{dialect:?}");
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn a_chain_runs_a_batch_in_parallel() {
    for dialect in Dialect::ALL {
        let chain = prompt("Write about {topic}.").pipe(model(dialect)).pipe(text());
        let topics = ["the sea", "old maps", "winter"].map(|topic| dict! { topic: topic });

        let answers = chain.batch(topics).max_concurrency(3).await;

        for answer in answers {
            assert_ne!(answer.expect("an answer"), "", "{dialect:?}");
        }
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn a_prompt_that_is_too_long_has_its_own_error_kind() {
    let long = "All work and no play makes a dull story. ".repeat(1_500);
    for dialect in Dialect::ALL {
        let error = model(dialect).invoke(long.clone()).await.expect_err("too long");

        assert_eq!(error.kind(), ErrorKind::ContextLength, "{dialect:?}: {error}");
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn each_text_has_a_vector() {
    let url = format!("{}/v1", place("E2E_VECTORS"));
    let model = llama_cpp("smollm2").base_url(url).embeddings().build().expect("a model");
    let texts = ["The cat sits on the mat.", "Stocks fell.", "The cat sits on the mat."];

    let vectors = model.invoke(texts.map(String::from).to_vec()).await.expect("vectors");

    let near = |one: &[f32], two: &[f32]| one.iter().zip(two).map(|(a, b)| a * b).sum::<f32>();
    let [cat, stocks, again] = &vectors[..] else { panic!("{} vectors", vectors.len()) };
    assert_eq!(cat.len(), 576);
    // The server normalizes vectors to unit length.
    for vector in &vectors {
        assert!((near(vector, vector) - 1.0).abs() < 0.001);
    }
    assert!((near(cat, again) - 1.0).abs() < 0.001);
    assert!(near(cat, stocks) < 0.999, "{}", near(cat, stocks));
}
