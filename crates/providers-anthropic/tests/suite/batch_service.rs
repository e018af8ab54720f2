//! A server on the loopback interface with the Message Batches API.
//!
//! It checks each request against the published schemas, and answers an invalid request with an
//! error, as the service does. A test sets how batches end, and drives them by polling.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use providers_anthropic::{AnthropicBuilder, anthropic};
use runnable_chat::batch_api::{BatchApi, BatchPolling};
use runnable_testing::server::{FakeServer, ReceivedRequest, Reply};
use serde_json::{Value, json};

pub(crate) const KEY: &str = "sk-ant-secret-0123456789";

const BATCHES: &str = "/v1/messages/batches";

/// The server and its state.
#[derive(Debug)]
pub(crate) struct BatchService {
    server: FakeServer,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) batches: Vec<Remote>,
    /// The states that a new batch goes through, one for each request for its status. The last
    /// state remains.
    pub(crate) states: Vec<&'static str>,
    /// The number of requests that are answered before a batch ends.
    pub(crate) answered: usize,
    /// The type of the results that are not answered.
    pub(crate) rest: &'static str,
    /// The status of the next creation that fails.
    pub(crate) failing_creation: Option<u16>,
    /// How many bytes of the next download arrive before the connection closes.
    pub(crate) cut: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Remote {
    states: Vec<&'static str>,
    /// The custom IDs and the last message of each request.
    requests: Vec<(String, String)>,
    pub(crate) is_deleted: bool,
}

impl BatchService {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            batches: Vec::new(),
            states: vec!["in_progress", "in_progress", "ended"],
            answered: usize::MAX,
            rest: "expired",
            failing_creation: None,
            cut: None,
        }));
        let shared = Arc::clone(&state);
        let server = FakeServer::start(move |_, request| lock(&shared).reply(request)).await;
        Self { server: server.expect("a free port"), state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.server.requests()
    }

    pub(crate) fn builder(&self) -> AnthropicBuilder {
        let builder = anthropic("claude-haiku-4-5").api_key(KEY).base_url(self.server.url());
        builder.http(|client| client.no_proxy())
    }

    /// Returns the Batch API of the model. It polls without waits.
    pub(crate) fn api(&self) -> BatchApi {
        polling(self.builder().build().expect("valid settings").batch_api().expect("a Batch API"))
    }
}

pub(crate) fn polling(api: BatchApi) -> BatchApi {
    api.polling(BatchPolling::new().initial_wait(Duration::ZERO).max_wait(Duration::ZERO))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("a lock without a panic")
}

fn error(status: u16, kind: &str, message: &str) -> Reply {
    Reply::json(status, &error_body(kind, message))
}

fn error_body(kind: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"})
}

impl State {
    fn reply(&mut self, request: &ReceivedRequest) -> Reply {
        if request.header("x-api-key") != Some(KEY) {
            return error(401, "authentication_error", "invalid x-api-key");
        }
        if request.header("anthropic-version") != Some("2023-06-01") {
            return error(400, "invalid_request_error", "anthropic-version: header is required");
        }
        let Some(rest) = request.path().strip_prefix(BATCHES) else {
            return error(404, "not_found_error", "unknown path");
        };
        let words: Vec<_> = rest.split('/').filter(|word| !word.is_empty()).collect();
        match (request.method(), &words[..]) {
            ("POST", []) => self.create(&request.json()),
            ("GET", [id]) => self.with(id, Self::status),
            ("GET", [id, "results"]) => self.with(id, Self::results),
            ("POST", [id, "cancel"]) => self.with(id, Self::cancel),
            ("DELETE", [id]) => self.with(id, Self::delete),
            _ => error(405, "invalid_request_error", "unknown method"),
        }
    }

    fn with(&mut self, id: &str, reply: fn(&mut Self, usize) -> Reply) -> Reply {
        let number = id.strip_prefix("msgbatch_").and_then(|number| number.parse().ok());
        match number.filter(|number: &usize| *number < self.batches.len()) {
            Some(number) => reply(self, number),
            None => error(404, "not_found_error", "no such batch"),
        }
    }

    fn create(&mut self, body: &Value) -> Reply {
        if let Some(status) = self.failing_creation.take() {
            return error(status, "api_error", "Internal server error");
        }
        match checked(body) {
            Ok(requests) => {
                let states = self.states.clone();
                self.batches.push(Remote { states, requests, is_deleted: false });
                Reply::json(200, &self.object(self.batches.len() - 1))
            }
            Err(problem) => error(400, "invalid_request_error", &problem),
        }
    }

    fn object(&self, number: usize) -> Value {
        let Remote { states, requests, .. } = &self.batches[number];
        let (status, total) = (states[0], requests.len());
        let succeeded = if status == "ended" { total.min(self.answered) } else { 0 };
        let rest = |kind: &str| {
            if status == "ended" && self.rest == kind { total - succeeded } else { 0 }
        };
        json!({
            "id": format!("msgbatch_{number}"), "type": "message_batch",
            "processing_status": status,
            "request_counts": {
                "processing": if status == "ended" { 0 } else { total },
                "succeeded": succeeded, "errored": rest("errored"),
                "canceled": rest("canceled"), "expired": rest("expired"),
            },
            "ended_at": null, "created_at": "2024-08-20T18:37:24.100435Z",
            "expires_at": "2024-08-21T18:37:24.100435Z", "archived_at": null,
            "cancel_initiated_at": null,
            // A client must not send its key there.
            "results_url": "https://attacker.example/results",
        })
    }

    fn status(&mut self, number: usize) -> Reply {
        let states = &mut self.batches[number].states;
        if states.len() > 1 {
            states.remove(0);
        }
        Reply::json(200, &self.object(number))
    }

    fn results(&mut self, number: usize) -> Reply {
        if self.batches[number].states[0] != "ended" {
            return error(404, "not_found_error", "the batch has not ended");
        }
        let mut lines = String::new();
        // The order of the results is not the order of the requests.
        for (index, (id, text)) in self.batches[number].requests.iter().enumerate().rev() {
            let result = match text.as_str() {
                _ if index >= self.answered => json!({"type": self.rest}),
                "too long" => {
                    let error = error_body("invalid_request_error", "prompt is too long");
                    json!({"type": "errored", "error": error})
                }
                "busy" => {
                    json!({"type": "errored", "error": error_body("overloaded_error", "Overloaded")})
                }
                text => json!({"type": "succeeded", "message": message(&text.to_uppercase())}),
            };
            lines.push_str(&format!("{}\n", json!({"custom_id": id, "result": result})));
        }
        let reply = Reply::new(200).header("content-type", "application/x-jsonl");
        match self.cut.take() {
            Some(bytes) => reply.chunked().piece(&lines[..bytes]).close(),
            None => reply.piece(lines),
        }
    }

    fn cancel(&mut self, number: usize) -> Reply {
        self.batches[number].states = vec!["canceling", "canceling", "ended"];
        (self.answered, self.rest) = (1, "canceled");
        Reply::json(200, &self.object(number))
    }

    fn delete(&mut self, number: usize) -> Reply {
        self.batches[number].is_deleted = true;
        let id = format!("msgbatch_{number}");
        Reply::json(200, &json!({"id": id, "type": "message_batch_deleted"}))
    }
}

/// Checks the body against the published schema. Returns the custom IDs and the last messages.
fn checked(body: &Value) -> std::result::Result<Vec<(String, String)>, String> {
    let object = body.as_object().filter(|object| object.len() == 1).ok_or("no object")?;
    let list = object.get("requests").and_then(Value::as_array).ok_or("requests: required")?;
    if list.is_empty() || list.len() > 100_000 {
        return Err(format!("{} requests", list.len()));
    }
    let mut ids = HashSet::new();
    let mut requests = Vec::new();
    for request in list {
        let id = request["custom_id"].as_str().ok_or("custom_id: required")?;
        let is_valid =
            |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        if id.is_empty() || id.len() > 64 || !id.chars().all(is_valid) {
            return Err(format!("invalid custom_id {id}"));
        }
        if !ids.insert(id) {
            return Err(format!("the custom_id {id} is a duplicate"));
        }
        let params = &request["params"];
        if params["stream"] == true
            || !params["max_tokens"].is_u64()
            || !params["model"].is_string()
        {
            return Err(format!("invalid params {params}"));
        }
        let last = params["messages"].as_array().and_then(|all| all.last()).ok_or("no messages")?;
        let text = last["content"].as_str().or_else(|| last["content"][0]["text"].as_str());
        requests.push((id.to_owned(), text.ok_or("no text")?.to_owned()));
    }
    Ok(requests)
}

fn message(text: &str) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
        "stop_sequence": null,
        "usage": {"input_tokens": 1_000_000, "output_tokens": 0, "service_tier": "batch"},
    })
}
