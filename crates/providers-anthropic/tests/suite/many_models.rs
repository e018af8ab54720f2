//! A program that creates a model for each request, such as a server with a key for each user.

use allocation_counter::measure;
use providers_anthropic::{AnthropicBuilder, anthropic};
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

fn reply(streamed: bool) -> Reply {
    let message = json!({"id": "m", "content": [{"type": "text", "text": "a"}],
        "stop_reason": "end_turn"});
    if streamed {
        let start = json!({"type": "message_start", "message": message});
        Reply::events().piece(format!("data: {start}\n\ndata: {{\"type\":\"message_stop\"}}\n\n"))
    } else {
        Reply::json(200, &message)
    }
}

/// Calls a model this number of times.
async fn repeat(streamed: bool, times: usize, builder: AnthropicBuilder) {
    let model = builder.build().expect("valid settings");
    for _ in 0..times {
        let answer =
            if streamed { model.stream("Hi").concat().await } else { model.invoke("Hi").await };
        assert_eq!(answer.expect("an answer").text(), "a");
    }
}

/// Starts a server on another thread, because only the allocations of this thread are counted.
fn serving(streamed: bool) -> (Runtime, FakeServer) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(FakeServer::script([reply(streamed)])).expect("a free port");
    (runtime, server)
}

fn builder(server: &FakeServer, user: usize) -> AnthropicBuilder {
    let builder = anthropic("claude-sonnet-4-5").base_url(server.url());
    builder
        .api_key(format!("sk-user-{user}"))
        .http(|client| client.no_proxy().retry_policy(HttpRetryPolicy::none()))
}

#[test]
fn a_thousand_models_cost_what_one_costs() {
    for streamed in [false, true] {
        let (_serving, server) = serving(streamed);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        // The first call opens the connection.
        runtime.block_on(repeat(streamed, 1, builder(&server, 0)));
        let one = measure(|| runtime.block_on(repeat(streamed, CALLS, builder(&server, 0))));
        let many = measure(|| {
            runtime.block_on(async {
                for user in 0..CALLS {
                    repeat(streamed, 1, builder(&server, user)).await;
                }
            })
        });
        assert!(
            many.bytes_total <= one.bytes_total + MOST_BYTES * CALLS as u64,
            "{many:?}, {one:?}"
        );
        assert!(many.count_total <= one.count_total + MOST * CALLS as u64, "{many:?}");
        assert_eq!(server.accepted_connections(), 1);
        let requests = server.requests();
        assert_eq!(requests.len(), 2 * CALLS + 1);
        for (user, request) in requests[CALLS + 1..].iter().enumerate() {
            assert_eq!(request.header("x-api-key"), Some(&*format!("sk-user-{user}")));
        }
    }
}

#[test]
fn a_second_model_costs_next_to_nothing() {
    let build = || anthropic("claude-sonnet-4-5").api_key("sk-123").build().unwrap();
    drop(build());
    let counted = measure(|| drop(build()));
    assert!(counted.count_total <= MOST, "{counted:?}");
}
