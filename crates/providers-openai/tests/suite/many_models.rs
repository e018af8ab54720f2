//! A program that creates a model for each request, such as a server with a key for each user.

use allocation_counter::measure;
use providers_openai::{Api, OpenAiBuilder, openai};
use runnable_chat::prelude::*;
use runnable_http::HttpRetryPolicy;
use runnable_testing::server::{FakeServer, Reply};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

/// The number of calls, and of models that are created for them.
const CALLS: usize = 1_000;

/// The maximum number of allocations of a model that shares its client with other models. Most of them
/// are texts, such as the key and the URL.
const MOST: u64 = 80;

/// The maximum size of these allocations together, in bytes.
const MOST_BYTES: u64 = 10_000;

/// A way of calling a model.
#[derive(Clone, Copy, Debug)]
enum Call {
    Invoke(Api),
    Stream(Api),
    Embed,
}

impl Call {
    fn reply(self) -> Reply {
        let chat = r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#;
        let items = json!([{"type": "message", "content": [{"type": "output_text", "text": "a"}]}]);
        let response = json!({"status": "completed", "output": items});
        match self {
            Self::Embed => {
                Reply::json(200, &json!({"data": [{"index": 0, "embedding": [1.0, 2.0]}]}))
            }
            Self::Invoke(Api::Responses) => Reply::json(200, &response),
            Self::Invoke(_) => Reply::json(
                200,
                &json!({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}),
            ),
            Self::Stream(Api::Responses) => {
                let end = json!({"type": "response.completed", "response": response});
                Reply::events().piece(format!("data: {end}\n\n"))
            }
            Self::Stream(_) => Reply::events().piece(format!("data: {chat}\n\ndata: [DONE]\n\n")),
        }
    }

    /// Calls a model this number of times.
    async fn repeat(self, times: usize, builder: OpenAiBuilder) {
        match self {
            Self::Embed => {
                let model = builder.embeddings().build().expect("valid settings");
                for _ in 0..times {
                    let vectors = model.invoke(vec!["Hi".to_owned()]).await.expect("an answer");
                    assert_eq!(vectors, [[1.0, 2.0]]);
                }
            }
            Self::Invoke(api) => {
                let model = builder.api(api).build().expect("valid settings");
                for _ in 0..times {
                    assert_eq!(model.invoke("Hi").await.expect("an answer").text(), "a");
                }
            }
            Self::Stream(api) => {
                let model = builder.api(api).build().expect("valid settings");
                for _ in 0..times {
                    assert_eq!(model.stream("Hi").concat().await.expect("an answer").text(), "a");
                }
            }
        }
    }
}

/// Starts a server on another thread, because only the allocations of this thread are counted.
fn serving(call: Call) -> (Runtime, FakeServer) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(FakeServer::script([call.reply()])).expect("a free port");
    (runtime, server)
}

fn builder(server: &FakeServer, user: usize) -> OpenAiBuilder {
    let builder = openai("m").base_url(server.url()).api_key(format!("sk-user-{user}"));
    builder.http(|client| client.no_proxy().retry_policy(HttpRetryPolicy::none()))
}

#[test]
fn a_thousand_models_cost_what_one_costs() {
    for call in [
        Call::Invoke(Api::ChatCompletions),
        Call::Stream(Api::ChatCompletions),
        Call::Invoke(Api::Responses),
        Call::Stream(Api::Responses),
        Call::Embed,
    ] {
        let (_serving, server) = serving(call);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        // The first call opens the connection.
        runtime.block_on(call.repeat(1, builder(&server, 0)));
        let one = measure(|| runtime.block_on(call.repeat(CALLS, builder(&server, 0))));
        let many = measure(|| {
            runtime.block_on(async {
                for user in 0..CALLS {
                    call.repeat(1, builder(&server, user)).await;
                }
            })
        });
        assert!(
            many.bytes_total <= one.bytes_total + MOST_BYTES * CALLS as u64,
            "{many:?}, {one:?}"
        );
        assert!(many.count_total <= one.count_total + MOST * CALLS as u64, "{call:?}: {many:?}");
        assert_eq!(server.accepted_connections(), 1, "{call:?}");
        let requests = server.requests();
        assert_eq!(requests.len(), 2 * CALLS + 1, "{call:?}");
        for (user, request) in requests[CALLS + 1..].iter().enumerate() {
            let key = format!("Bearer sk-user-{user}");
            assert_eq!(request.header("authorization"), Some(&*key), "{call:?}");
        }
    }
}

#[test]
fn a_second_model_costs_next_to_nothing() {
    let build = || openai("gpt-4o").api_key("sk-123").build().expect("valid settings");
    drop(build());
    let counted = measure(|| drop(build()));
    assert!(counted.count_total <= MOST, "{counted:?}");
    let embeddings = || openai("m").api_key("sk-123").embeddings().build().expect("valid settings");
    let counted = measure(|| drop(embeddings()));
    assert!(counted.count_total <= MOST, "{counted:?}");
}
