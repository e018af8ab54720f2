//! Reads changed answers to requests for embeddings, for the list of models, and for a token count.

use std::panic::{AssertUnwindSafe, catch_unwind};

use providers_anthropic::anthropic;
use providers_openai::openai;
use runnable_chat::ChatOptions;
use runnable_core::{Error, ErrorKind, Result, RunnableExt};
use runnable_http::HttpRetryPolicy;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    mutant::{self, Mutant},
    reply::Reply,
    table::Table,
};

/// A verb: its name, a regular answer, and a function that reads an answer and returns the result as
/// JSON.
struct Verb {
    name: &'static str,
    answer: Value,
    read: fn(Reply, &Runtime) -> Result<Value>,
    /// The result of the regular answer.
    result: Value,
    /// The ends of the paths of the fields that the result needs.
    needed: &'static [&'static str],
}

fn verbs() -> [Verb; 4] {
    let models = json!({"object": "list", "has_more": false, "last_id": "b", "data": [
        {"id": "a", "object": "model", "created": 1, "owned_by": "me"},
        {"id": "b", "object": "model", "display_name": "B", "created_at": "2026-01-01T00:00:00Z"},
    ]});
    [
        Verb {
            name: "embeddings",
            answer: json!({"object": "list", "model": "m", "data": [
                {"object": "embedding", "index": 0, "embedding": [1.0, 2.0]},
                {"object": "embedding", "index": 1, "embedding": "AABAQAAAgEA="},
            ], "usage": {"prompt_tokens": 4, "total_tokens": 4}}),
            read: embed,
            result: json!([[1.0, 2.0], [3.0, 4.0]]),
            needed: &[".data", "]", ".embedding"],
        },
        Verb {
            name: "models, openai",
            answer: models.clone(),
            read: list_openai,
            result: json!(["a", "b"]),
            needed: &[".data", "]", ".id"],
        },
        Verb {
            name: "models, anthropic",
            answer: models,
            read: list_anthropic,
            result: json!(["a", "b"]),
            needed: &[".data", "]", ".id"],
        },
        Verb {
            name: "tokens, anthropic",
            answer: json!({"input_tokens": 14, "context_management": {"original": 20}}),
            read: count,
            result: json!(14),
            needed: &[".input_tokens"],
        },
    ]
}

/// Checks all changes of the answers: a field that the result does not need must not change it, and
/// any other change gives another result or an error, but no panic.
pub(crate) fn check(table: &mut Table, runtime: &Runtime) {
    for verb in verbs() {
        for mutant in mutant::of_fields(&[(None, verb.answer.clone())]) {
            let body = mutant.events[0].data.clone();
            let reply = Reply { body, is_streamed: false };
            let Ok(read) = catch_unwind(AssertUnwindSafe(|| (verb.read)(reply, runtime))) else {
                table.add_failure(verb.name, &mutant, "it panics");
                continue;
            };
            table.add(verb.name, mutant.kind, read.as_ref().err());
            if let Some(failure) = failure(&verb, &mutant, read) {
                table.add_failure(verb.name, &mutant, &failure);
            }
        }
    }
}

fn failure(verb: &Verb, mutant: &Mutant, read: Result<Value>) -> Option<String> {
    let is_needed = verb.needed.iter().any(|end| mutant.path.ends_with(end))
        || mutant.path.contains(".embedding");
    match read {
        Ok(result) if result == verb.result || is_needed => None,
        Ok(result) => Some(format!("the result is {result}")),
        Err(error) if is_needed => unexpected(&error).then(|| format!("it fails with {error:?}")),
        Err(error) => Some(format!("it is refused: {error}")),
    }
}

/// Returns whether an error is not about the content of the answer.
fn unexpected(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Parse | ErrorKind::Other)
}

fn embed(reply: Reply, runtime: &Runtime) -> Result<Value> {
    let model = openai("m").env(|_| None).api_key("sk-123");
    let model = model.http(|client| client.retry_policy(HttpRetryPolicy::none()).transport(reply));
    let model = model.embeddings().build()?;
    let vectors = runtime.block_on(async { model.invoke(vec!["a".into(), "b".into()]).await })?;
    Ok(json!(vectors))
}

fn list_openai(reply: Reply, runtime: &Runtime) -> Result<Value> {
    let client = openai("m").env(|_| None).api_key("sk-123");
    let client =
        client.http(|client| client.retry_policy(HttpRetryPolicy::none()).transport(reply));
    let models = runtime.block_on(client.build_client()?.list_models())?;
    Ok(models.into_iter().map(|model| model.id).collect())
}

fn list_anthropic(reply: Reply, runtime: &Runtime) -> Result<Value> {
    let client = anthropic("m").api_key("sk-123");
    let client =
        client.http(|client| client.retry_policy(HttpRetryPolicy::none()).transport(reply));
    let models = runtime.block_on(client.build_client()?.list_models())?;
    Ok(models.into_iter().map(|model| model.id).collect())
}

fn count(reply: Reply, runtime: &Runtime) -> Result<Value> {
    let client = anthropic("m").api_key("sk-123");
    let client =
        client.http(|client| client.retry_policy(HttpRetryPolicy::none()).transport(reply));
    let client = client.build_client()?;
    Ok(json!(runtime.block_on(client.count_tokens("Hi", ChatOptions::new()))?))
}
