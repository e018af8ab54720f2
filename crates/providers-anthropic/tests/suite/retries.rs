//! The number of requests of a call, alone and in a `with_retry`.

use providers_anthropic::anthropic;
use runnable_chat::prelude::*;
use runnable_testing::server::{FakeServer, Reply};
use serde_json::json;

#[tokio::test]
async fn a_retry_makes_one_request_per_attempt() {
    let body = json!({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}});
    // A delay that is short enough for a test.
    let busy = Reply::json(529, &body).header("retry-after-ms", "1");
    let server = FakeServer::script([busy]).await.unwrap();
    let builder = anthropic("claude-sonnet-4-5").base_url(server.url()).api_key("k");
    let model = builder.http(|client| client.no_proxy()).build().unwrap();
    let policy = RetryPolicy::new().max_attempts(5).without_backoff();
    for (chain, expected) in
        [(model.clone().into_dyn(), 3), (model.with_retry(policy).into_dyn(), 5)]
    {
        for streamed in [false, true] {
            let before = server.requests().len();
            let error = if streamed {
                chain.stream("Hi").concat().await.unwrap_err()
            } else {
                chain.invoke("Hi").await.unwrap_err()
            };
            let made = server.requests().len() - before;
            assert_eq!((made, error.attempts() as usize), (expected, expected), "{error}");
        }
    }
}
