//! A server on the loopback interface with the Batch APIs of OpenAI and of Mistral.
//!
//! It checks each request against the published schemas, and answers an invalid request with an
//! error, as the services do. A test sets how batches end, and drives them by polling.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};

use providers_openai::OpenAiBuilder;
use runnable_chat::{batch_api::BatchPolling, prelude::*};
use runnable_testing::server::{FakeServer, ReceivedRequest, Reply};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const KEY: &str = "sk-secret-0123456789";

/// The kind of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    OpenAi,
    Azure,
    Groq,
    Mistral,
}

/// The server and its state.
#[derive(Debug)]
pub(crate) struct BatchService {
    server: FakeServer,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
pub(crate) struct State {
    flavor: Flavor,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) batches: Vec<Remote>,
    /// The states that a new batch goes through, one for each request for its status. The last
    /// state remains.
    pub(crate) states: Vec<&'static str>,
    /// The number of requests that are answered before a batch ends.
    pub(crate) answered: usize,
    /// The errors with which a batch fails.
    pub(crate) errors: Value,
    /// How many requests for the creation of a batch fail, and whether the batch exists anyway.
    pub(crate) failing_creations: Vec<(u16, bool)>,
    /// How many bytes of the next downloads arrive before the connection closes.
    pub(crate) cut: Vec<usize>,
    /// The number of batches in a page of the list. A service may return fewer than were requested.
    pub(crate) page: usize,
    /// How often the status of an uploaded file is `pending`.
    pub(crate) pending: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Remote {
    id: String,
    pub(crate) input: String,
    endpoint: String,
    pub(crate) states: Vec<&'static str>,
    total: usize,
    output: Option<String>,
    error: Option<String>,
}

type Checked<T> = std::result::Result<T, String>;

impl BatchService {
    pub(crate) async fn start(flavor: Flavor) -> Self {
        let states = match flavor {
            Flavor::Mistral => vec!["QUEUED", "RUNNING", "SUCCESS"],
            _ => vec!["validating", "in_progress", "finalizing", "completed"],
        };
        let state = Arc::new(Mutex::new(State {
            flavor,
            files: BTreeMap::new(),
            batches: Vec::new(),
            states,
            answered: usize::MAX,
            errors: Value::Null,
            failing_creations: Vec::new(),
            cut: Vec::new(),
            page: 100,
            pending: 0,
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

    /// Returns the model of the builder, with this server as its service.
    pub(crate) fn model(&self, model: OpenAiBuilder) -> ChatModel {
        let base_url = match self.state().flavor {
            Flavor::Azure => self.server.url(),
            _ => format!("{}/v1", self.server.url()),
        };
        model
            .api_key(KEY)
            .base_url(base_url)
            .http(|client| client.no_proxy())
            .build()
            .expect("valid settings")
    }

    /// Returns the Batch API of the model. It polls without waits.
    pub(crate) fn api(&self, model: OpenAiBuilder) -> runnable_chat::batch_api::BatchApi {
        let api = self.model(model).batch_api().expect("a Batch API");
        api.polling(BatchPolling::new().initial_wait(Duration::ZERO).max_wait(Duration::ZERO))
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("a lock without a panic")
}

fn error(status: u16, message: &str) -> Reply {
    let error = json!({"message": message, "type": "invalid_request_error", "code": null});
    Reply::json(status, &json!({"error": error}))
}

impl State {
    fn reply(&mut self, request: &ReceivedRequest) -> Reply {
        let key = match self.flavor {
            Flavor::Azure => request.header("api-key").map(str::to_owned),
            _ => request
                .header("authorization")
                .and_then(|it| it.strip_prefix("Bearer "))
                .map(str::to_owned),
        };
        if key.as_deref() != Some(KEY) {
            return error(401, &format!("Incorrect API key provided: {key:?}"));
        }
        let (path, query) = request.path().split_once('?').unwrap_or((request.path(), ""));
        // Azure has two forms of paths: `/openai/v1/files`, and `/openai/files?api-version=…`.
        let azure = path.strip_prefix("/openai");
        let has_version = query.starts_with("api-version=") || query.contains("&api-version=");
        let azure = azure.map(|path| if has_version { format!("/v1{path}") } else { path.into() });
        if azure.is_some() != (self.flavor == Flavor::Azure) {
            return error(404, "no such resource");
        }
        let path = azure.as_deref().unwrap_or(path);
        let batches = if self.flavor == Flavor::Mistral { "/v1/batch/jobs" } else { "/v1/batches" };
        if let Some(rest) = path.strip_prefix(batches) {
            let words: Vec<_> = rest.split('/').filter(|word| !word.is_empty()).collect();
            return match (request.method(), &words[..]) {
                ("POST", []) => self.create(&request.json()),
                ("GET", []) => self.list(query),
                ("GET", [id]) => self.status(id),
                ("POST", [id, "cancel"]) => self.cancel(id),
                _ => error(405, "unknown method"),
            };
        }
        let words: Vec<_> = path.split('/').filter(|word| !word.is_empty()).collect();
        match (request.method(), &words[..]) {
            ("POST", ["v1", "files"]) => match self.upload(request) {
                Ok(file) => Reply::json(200, &file),
                Err(problem) => error(400, &problem),
            },
            ("GET", ["v1", "files", id]) => {
                let status = self.file_status();
                Reply::json(200, &json!({"id": id, "object": "file", "status": status}))
            }
            ("GET", ["v1", "files", id, "content"]) => self.download(id),
            ("DELETE", ["v1", "files", id]) => match self.files.remove(*id) {
                Some(_) => Reply::json(200, &json!({"id": id, "object": "file", "deleted": true})),
                None => error(404, "No such File object"),
            },
            _ => error(404, &format!("Invalid URL ({} {path})", request.method())),
        }
    }

    fn file_status(&mut self) -> &'static str {
        match self.pending.checked_sub(1) {
            Some(left) => {
                self.pending = left;
                "pending"
            }
            None => "processed",
        }
    }

    fn store(&mut self, content: Vec<u8>) -> String {
        let id = format!("file-{}", self.files.len());
        self.files.insert(id.clone(), content);
        id
    }

    fn upload(&mut self, request: &ReceivedRequest) -> Checked<Value> {
        let parts = multipart(request)?;
        let field = |name: &str| parts.iter().find(|part| part.name == name);
        let purpose = field("purpose").ok_or("'purpose' is a required property")?;
        if purpose.content != b"batch" {
            return Err("invalid purpose".into());
        }
        let file = field("file").ok_or("'file' is a required property")?;
        if !file.head.contains("filename=\"requests.jsonl\"") {
            return Err("Only .jsonl is supported".into());
        }
        let (bytes, id) = (file.content.len(), self.store(file.content.clone()));
        let status = self.file_status();
        Ok(json!({
            "id": id, "object": "file", "bytes": bytes, "created_at": 1, "filename": "requests.jsonl",
            "purpose": "batch", "status": status,
        }))
    }

    /// Checks the lines of a file against the published schema. Returns the custom IDs, the bodies
    /// and the endpoints.
    fn lines(&self, file: &[u8]) -> Checked<Vec<(String, Value, String)>> {
        let text = std::str::from_utf8(file).map_err(|error| error.to_string())?;
        let mut lines: Vec<(String, Value, String)> = Vec::new();
        let mut ids = HashSet::new();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
            let line = line.as_object().ok_or("each line must be an object")?;
            let text = |key: &str| Some(line.get(key)?.as_str()?.to_owned());
            let id = text("custom_id").filter(|id| !id.is_empty()).ok_or("no custom_id")?;
            if !ids.insert(id.clone()) {
                return Err(format!("The custom_id for this request is a duplicate: {id}"));
            }
            let body = line.get("body").filter(|body| body.is_object()).ok_or("no body")?;
            let mut keys: Vec<_> = line.keys().map(String::as_str).collect();
            keys.sort_unstable();
            let (meant, url) = match self.flavor {
                Flavor::Mistral => (vec!["body", "custom_id"], String::new()),
                _ => (vec!["body", "custom_id", "method", "url"], text("url").ok_or("no url")?),
            };
            if keys != meant || (self.flavor != Flavor::Mistral && line["method"] != "POST") {
                return Err(format!("unexpected keys {keys:?}"));
            }
            if body.get("stream").is_some_and(|stream| stream != false) {
                return Err("streaming is not supported in a batch".into());
            }
            if lines.first().is_some_and(|(_, first, _)| first["model"] != body["model"]) {
                return Err("all requests must have the same model".into());
            }
            lines.push((id, body.clone(), url));
        }
        let most = if self.flavor == Flavor::Azure { 100_000 } else { 50_000 };
        match lines.len() {
            0 => Err("the file is empty".into()),
            count if count > most => Err(format!("{count} requests exceed the limit of {most}")),
            _ => Ok(lines),
        }
    }

    fn create(&mut self, body: &Value) -> Reply {
        let failure = self.failing_creations.pop();
        if let Some((status, false)) = failure {
            return error(status, "The server had an error");
        }
        match self.created(body) {
            Ok(batch) => match failure {
                Some((status, _)) => error(status, "The server had an error"),
                None => Reply::json(200, &batch),
            },
            Err(problem) => error(400, &problem),
        }
    }

    fn created(&mut self, body: &Value) -> Checked<Value> {
        let keys: Vec<_> =
            body.as_object().ok_or("no object")?.keys().map(String::as_str).collect();
        let meant: &[&str] = match self.flavor {
            Flavor::Mistral => &["input_files", "model", "endpoint"],
            _ => &["input_file_id", "endpoint", "completion_window"],
        };
        if keys != meant {
            return Err(format!("unexpected keys {keys:?}"));
        }
        let input = if self.flavor == Flavor::Mistral {
            body["input_files"][0].as_str()
        } else if body["completion_window"] == "24h" {
            body["input_file_id"].as_str()
        } else {
            return Err("invalid completion_window".into());
        };
        let endpoint = body["endpoint"].as_str().unwrap_or_default();
        let endpoints: &[&str] = match self.flavor {
            Flavor::OpenAi => &["/v1/chat/completions", "/v1/responses"],
            Flavor::Azure => &["/chat/completions"],
            Flavor::Groq | Flavor::Mistral => &["/v1/chat/completions"],
        };
        if !endpoints.contains(&endpoint) {
            return Err(format!("invalid endpoint {endpoint}"));
        }
        let input = input.and_then(|id| Some((id, self.files.get(id)?)));
        let (input, file) = input.ok_or("unknown input file")?;
        let lines = self.lines(file)?;
        // Azure reads the API from the lines.
        let is_other = |url: &str| match self.flavor {
            Flavor::Azure => !["/chat/completions", "/v1/responses"].contains(&url),
            Flavor::Mistral => false,
            _ => url != endpoint,
        };
        if lines.iter().any(|(_, _, url)| is_other(url)) {
            return Err("The URL provided for this request does not match the endpoint".into());
        }
        let remote = Remote {
            id: format!("batch_{}", self.batches.len()),
            input: input.to_owned(),
            endpoint: endpoint.to_owned(),
            states: self.states.clone(),
            total: lines.len(),
            output: None,
            error: None,
        };
        self.batches.push(remote.clone());
        Ok(self.object(&remote))
    }

    fn object(&self, remote: &Remote) -> Value {
        let status = remote.states[0];
        let done = remote.output.is_some() || remote.error.is_some();
        let succeeded = if done { remote.total.min(self.answered) } else { 0 };
        if self.flavor == Flavor::Mistral {
            return json!({
                "id": remote.id, "object": "batch", "input_files": [remote.input],
                "metadata": null, "endpoint": remote.endpoint, "model": "m", "agent_id": null,
                "output_file": remote.output, "error_file": remote.error,
                "errors": self.errors, "status": status, "created_at": 1,
                "total_requests": remote.total, "completed_requests": succeeded,
                "succeeded_requests": succeeded, "failed_requests": 0,
                "started_at": null, "completed_at": null,
            });
        }
        json!({
            "id": remote.id, "object": "batch", "endpoint": remote.endpoint,
            "errors": {"object": "list", "data": self.errors}, "input_file_id": remote.input,
            "completion_window": "24h", "status": status, "output_file_id": remote.output,
            "error_file_id": remote.error, "created_at": 1, "in_progress_at": null,
            "request_counts": {"total": remote.total, "completed": succeeded, "failed": 0},
            "metadata": null,
        })
    }

    fn list(&self, query: &str) -> Reply {
        let value = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        let newest: Vec<_> = self.batches.iter().rev().collect();
        let number = |name: &str| value(name).and_then(|number| number.parse::<usize>().ok());
        let (skipped, most) = if self.flavor == Flavor::Mistral {
            let size = number("page_size").unwrap_or(100);
            (number("page").unwrap_or(0) * size, size)
        } else {
            let after = value("after");
            let position = newest.iter().position(|batch| Some(&*batch.id) == after);
            (position.map_or(0, |position| position + 1), number("limit").unwrap_or(20))
        };
        if most > 100 {
            return error(400, "the limit exceeds 100");
        }
        if self.flavor == Flavor::Mistral {
            let page = newest.iter().skip(skipped).take(most);
            let page: Vec<_> = page.map(|batch| self.object(batch)).collect();
            let total = newest.len();
            return Reply::json(200, &json!({"object": "list", "data": page, "total": total}));
        }
        let most = most.min(self.page);
        let page: Vec<_> =
            newest.iter().skip(skipped).take(most).map(|batch| self.object(batch)).collect();
        let has_more = skipped + most < newest.len();
        Reply::json(200, &json!({"object": "list", "data": page, "has_more": has_more}))
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.batches.iter().position(|batch| batch.id == id)
    }

    fn status(&mut self, id: &str) -> Reply {
        let Some(index) = self.find(id) else { return error(404, "No batch found") };
        let mut remote = self.batches[index].clone();
        if remote.states.len() > 1 {
            remote.states.remove(0);
        }
        let has_results = !matches!(remote.states[0], "failed" | "FAILED");
        if remote.states.len() == 1 && remote.output.is_none() && has_results {
            self.answer(&mut remote);
        }
        self.batches[index] = remote.clone();
        Reply::json(200, &self.object(&remote))
    }

    fn cancel(&mut self, id: &str) -> Reply {
        let Some(index) = self.find(id) else { return error(404, "No batch found") };
        let is_mistral = self.flavor == Flavor::Mistral;
        let remote = &mut self.batches[index];
        if remote.states.len() == 1 {
            return error(
                409,
                &format!("Cannot cancel a batch with status '{}'.", remote.states[0]),
            );
        }
        remote.states = if is_mistral {
            vec!["CANCELLATION_REQUESTED", "CANCELLED"]
        } else {
            vec!["cancelling", "cancelling", "cancelled"]
        };
        let remote = remote.clone();
        Reply::json(200, &self.object(&remote))
    }

    /// Writes the files with the results.
    fn answer(&mut self, remote: &mut Remote) {
        let lines = self.lines(&self.files[&remote.input]).expect("checked lines");
        let state = remote.states[0];
        let (mut output, mut errors) = (String::new(), String::new());
        for (index, (id, body, url)) in lines.iter().enumerate() {
            let code = match state {
                "expired" => "batch_expired",
                _ => "batch_cancelled",
            };
            let text = prompt(body);
            let line = |response: Value, error: Value| {
                json!({"id": format!("batch_req_{index}"), "custom_id": id, "response": response, "error": error})
                    .to_string()
            };
            if index >= self.answered {
                // Mistral has no lines for requests that were not answered.
                if self.flavor != Flavor::Mistral {
                    let error =
                        json!({"code": code, "message": "This request could not be executed."});
                    errors += &(line(Value::Null, error) + "\n");
                }
                continue;
            }
            let response = |status: u16, body: Value| json!({"status_code": status, "request_id": format!("req_{index}"), "body": body});
            match &*text {
                "too long" => {
                    let error = json!({"message": "too long", "type": "invalid_request_error",
                        "code": "context_length_exceeded"});
                    errors += &(line(response(400, json!({"error": error})), Value::Null) + "\n");
                }
                "busy" => {
                    let error =
                        json!({"message": format!("slow down, {KEY}"), "code": "rate_limit"});
                    errors += &(line(response(429, json!({"error": error})), Value::Null) + "\n");
                }
                "lost" => {}
                "unreadable" => output += "{\"custom_id\": \n",
                "odd" => {
                    output += &(line(response(200, json!({"choices": 7})), Value::Null) + "\n")
                }
                text => {
                    let body = completion(body, text, url.ends_with("responses"));
                    output += &(line(response(200, body), Value::Null) + "\n\n");
                }
            }
        }
        remote.output = (!output.is_empty()).then(|| self.store(output.trim_end().into()));
        remote.error = (!errors.is_empty()).then(|| self.store(errors.into_bytes()));
    }

    fn download(&mut self, id: &str) -> Reply {
        let Some(content) = self.files.get(id) else { return error(404, "No such File object") };
        let reply = Reply::new(200).header("content-type", "application/octet-stream");
        match self.cut.pop().filter(|cut| *cut < content.len()) {
            Some(cut) => reply.piece(&content[..cut]).close(),
            None => reply.piece(content),
        }
    }
}

/// Returns the text of the last message of a request.
fn prompt(body: &Value) -> String {
    let messages = body["messages"].as_array().or(body["input"].as_array()).expect("messages");
    let content = &messages.last().expect("a message")["content"];
    let part = content[0]["text"].as_str().map(str::to_owned);
    part.or(content.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Returns the body of a response that repeats the prompt in upper case.
fn completion(request: &Value, text: &str, responses: bool) -> Value {
    let text = text.to_uppercase();
    let model = &request["model"];
    if responses {
        let content = json!([{"type": "output_text", "text": text, "annotations": []}]);
        return json!({
            "id": "resp_1", "object": "response", "status": "completed", "model": model,
            "output": [{"type": "message", "id": "msg_1", "role": "assistant",
                "status": "completed", "content": content}],
            "usage": {"input_tokens": 1_000_000, "output_tokens": 0, "total_tokens": 1_000_000},
        });
    }
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
        "service_tier": "default",
        "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0, "total_tokens": 1_000_000},
    })
}

struct Part {
    name: String,
    head: String,
    content: Vec<u8>,
}

/// Splits a body of the type `multipart/form-data`.
fn multipart(request: &ReceivedRequest) -> Checked<Vec<Part>> {
    let content_type = request.header("content-type").unwrap_or_default();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").ok_or("no form")?;
    let body = String::from_utf8(request.body().to_vec()).map_err(|error| error.to_string())?;
    let body = body.strip_suffix(&format!("--{boundary}--\r\n")).ok_or("no end of the form")?;
    let delimiter = format!("--{boundary}\r\n");
    let parts = body.split(&delimiter).skip(1).map(|part| {
        let (head, content) = part.split_once("\r\n\r\n").ok_or("no head")?;
        let content = content.strip_suffix("\r\n").ok_or("no end of a part")?;
        let name = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next());
        let name = name.ok_or("no name")?.to_owned();
        Ok(Part { name, head: head.to_owned(), content: content.into() })
    });
    parts.collect::<Checked<_>>()
}
