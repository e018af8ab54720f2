//! The number of requests of a call, alone and in a `with_retry`, for each API.

use providers_openai::{Api, OpenAiBuilder, openai};
use runnable_chat::prelude::*;
use runnable_testing::server::{FakeServer, Reply};
use serde_json::json;

async fn down() -> FakeServer {
    // A delay that is short enough for a test.
    let busy =
        Reply::json(503, &json!({"error": {"message": "busy"}})).header("retry-after-ms", "1");
    FakeServer::script([busy]).await.unwrap()
}

fn builder(server: &FakeServer) -> OpenAiBuilder {
    let builder = openai("gpt-5").env(|_| None).api_key("k").base_url(server.url());
    builder.http(|client| client.no_proxy())
}

/// Returns the error of a call, and the number of its requests.
async fn requests<R>(
    step: R,
    input: R::Input,
    streamed: bool,
    server: &FakeServer,
) -> (Error, usize)
where
    R: Runnable,
{
    let before = server.requests().len();
    let error = if streamed {
        step.stream(input).concat().await.map(drop).unwrap_err()
    } else {
        step.invoke(input).await.map(drop).unwrap_err()
    };
    (error, server.requests().len() - before)
}

fn five() -> RetryPolicy {
    RetryPolicy::new().max_attempts(5).without_backoff()
}

#[tokio::test]
async fn a_retry_makes_one_request_per_attempt_of_a_model() {
    let server = down().await;
    for api in [Api::ChatCompletions, Api::Responses] {
        let model = builder(&server).api(api).build().unwrap();
        for streamed in [false, true] {
            let (alone, made) = requests(model.clone(), "Hi".into(), streamed, &server).await;
            assert_eq!((made, alone.attempts()), (3, 3), "{api:?}: {alone}");
            let retried = model.clone().with_retry(five());
            let (retried, made) = requests(retried, "Hi".into(), streamed, &server).await;
            assert_eq!((made, retried.attempts()), (5, 5), "{api:?}: {retried}");
        }
    }
}

#[tokio::test]
async fn a_retry_makes_one_request_per_attempt_of_embeddings() {
    let server = down().await;
    let model = builder(&server).embeddings().build().unwrap();
    let texts = || vec!["a".to_owned()];
    let (alone, made) = requests(model.clone(), texts(), false, &server).await;
    assert_eq!((made, alone.attempts()), (3, 3), "{alone}");
    let (retried, made) = requests(model.with_retry(five()), texts(), false, &server).await;
    assert_eq!((made, retried.attempts()), (5, 5), "{retried}");
}
