//! aimock, which sends scripted responses in the form of each API.

use std::time::{Duration, Instant};

use runnable_chat::{prelude::*, tool::ToolDefinition};
use runnable_http::HttpRetryPolicy;
use serde_json::json;

use crate::{dialect::Dialect, place::place};

fn model(dialect: Dialect) -> ChatModel {
    dialect.model(&place("E2E_AIMOCK"))
}

/// Returns the answer to a prompt, invoked and gathered from a stream.
async fn both(model: &ChatModel, prompt: impl Into<PromptValue>) -> [Result<AiMessage>; 2] {
    let prompt = prompt.into();
    let mut stream = model.stream(prompt.clone());
    let mut all = AiMessageChunk::default();
    let streamed = loop {
        match stream.next().await {
            Some(Ok(chunk)) => all.merge(chunk),
            Some(Err(error)) => break Err(error),
            None => break AiMessage::from_chunk(all),
        }
    };
    [model.invoke(prompt).await, streamed]
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn text_is_received_with_its_usage() {
    for dialect in Dialect::ALL {
        for answer in both(&model(dialect), "hello").await {
            let answer = answer.expect("an answer");
            let text = "Hello there, this is a longer greeting. 👋🏽";
            assert_eq!(answer.text(), text, "{dialect:?}");
            assert_eq!(answer.usage, Some(Usage::new(9, 11)), "{dialect:?}");
            assert_eq!(answer.finish_reason, Some(FinishReason::Stop), "{dialect:?}");
        }
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn tools_are_called_and_their_results_are_answered() {
    let schema = json!({
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"type": "string"}},
        "required": ["city", "unit"],
    });
    let tool = ToolDefinition::new("get_weather", "The weather in a city", schema);
    for dialect in Dialect::ALL {
        let model = model(dialect).tools([tool.clone()]);
        for first_answer in both(&model, "What is the weather?").await {
            let first_answer = first_answer.expect("calls");
            let calls: Vec<_> = first_answer.tool_calls().cloned().collect();
            let cities: Vec<_> = calls.iter().map(|call| call.args["city"].clone()).collect();
            assert_eq!(cities, ["Paris", "Zürich"], "{dialect:?}: {first_answer:?}");
            assert_eq!(first_answer.finish_reason, Some(FinishReason::ToolCalls), "{dialect:?}");

            let mut conversation = vec![human("What is the weather?"), first_answer.into()];
            for call in &calls {
                let id = call.id.clone().expect("an id");
                conversation.push(ToolMessage::new(id, "It is mild.").into());
            }
            for answer in both(&model, conversation).await {
                let text = "It is 21 °C in Paris, and 18 °C in Zürich.";
                assert_eq!(answer.expect("an answer").text(), text, "{dialect:?}");
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn reasoning_is_received_and_sent_back() {
    for dialect in Dialect::ALL {
        let model = model(dialect);
        for thought in both(&model, "Please think.").await {
            let thought = thought.expect("an answer");
            assert_eq!(thought.reasoning(), "Six times seven.", "{dialect:?}");
            assert_eq!(thought.text(), "The answer is 42.", "{dialect:?}");

            let conversation = vec![human("Please think."), thought.into(), human("hello")];
            let answer = model.invoke(conversation).await.expect("an answer");
            assert!(answer.text().starts_with("Hello there"), "{dialect:?}");
        }
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn an_error_has_its_kind() {
    for dialect in Dialect::ALL {
        for answer in both(&model(dialect), "the wrong key").await {
            let error = answer.expect_err("a refusal");
            assert_eq!(error.kind(), ErrorKind::Authentication, "{dialect:?}: {error}");
            assert!(error.to_string().contains("No such key."), "{dialect:?}: {error}");
        }
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn a_busy_service_is_retried_after_its_delay() {
    for dialect in Dialect::ALL {
        let retry =
            HttpRetryPolicy::default().max_attempts(2).initial_backoff(Duration::from_millis(1));
        let model =
            dialect.model_with(&place("E2E_AIMOCK"), move |client| client.retry_policy(retry));
        let start = Instant::now();

        // The first request of each prompt is rejected with a delay of one second.
        let answer = model.invoke(format!("busy with {dialect:?}")).await.expect("an answer");

        assert_eq!(answer.text(), "Here you are.", "{dialect:?}");
        assert!(start.elapsed() >= Duration::from_secs(1), "{dialect:?} did not wait");
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn a_truncated_answer_ends_in_an_error() {
    for dialect in Dialect::ALL {
        let mut stream = model(dialect).stream("a broken one");
        let mut text = String::new();
        let error = loop {
            match stream.next().await {
                Some(Ok(chunk)) => text += &chunk.text(),
                Some(Err(error)) => break error,
                None => panic!("{dialect:?}: the answer is whole: {text}"),
            }
        };

        assert!(text.starts_with("This "), "{dialect:?}: {text:?}");
        assert_eq!(error.kind(), ErrorKind::Connection, "{dialect:?}: {error}");
    }
}
