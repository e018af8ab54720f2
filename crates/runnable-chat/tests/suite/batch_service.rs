//! A Batch API in memory, whose behaviour a test decides.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};

use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, ready},
    stream::{self, BoxStream},
};
use runnable_chat::{
    ChatOptions,
    batch_api::{
        BatchAnswer, BatchCounts, BatchError, BatchLimits, BatchPart, BatchProvider, BatchState,
        PartRequests, PartStatus,
    },
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::ErrorKind;
use serde_json::{Value, json};

/// What the service does with a request. The text of the prompt determines it.
fn outcome(text: &str) -> Option<Result<AiMessage>> {
    match text {
        "error" => Some(Err(Error::new(ErrorKind::ContextLength, "the prompt is too long"))),
        "expired" => Some(Err(BatchError::Expired.into_error())),
        "lost" => None,
        text => {
            let mut answer = AiMessage::new(text.to_uppercase());
            answer.usage = Some(Usage::new(1_000_000, 0));
            (answer.provider, answer.model) = (Some("openai".into()), Some("gpt-4o-mini".into()));
            Some(Ok(answer))
        }
    }
}

/// The service. A clone is a handle to the same service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    limits: BatchLimits,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) files: Vec<String>,
    pub(crate) batches: Vec<Remote>,
    /// How often the status of a batch is requested until the batch ends.
    pub(crate) polls: u32,
    /// The state in which batches end, and the reason for a failure.
    pub(crate) end: (BatchState, Option<Error>),
    /// The number of results of each batch. The service stops after them.
    pub(crate) answered: usize,
    /// How often each result is repeated.
    pub(crate) repeats: usize,
    /// The next calls fail with these errors. An error of a creation marked with `true` comes after
    /// the batch was created.
    pub(crate) upload_errors: Vec<Error>,
    pub(crate) create_errors: Vec<(bool, Error)>,
    pub(crate) status_errors: Vec<Error>,
    /// The batches, and the downloads of results, that always fail.
    pub(crate) gone: BTreeSet<usize>,
    pub(crate) gone_results: BTreeSet<usize>,
    /// The next downloads break after so many results.
    pub(crate) breaks: Vec<usize>,
    pub(crate) calls: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Remote {
    pub(crate) file: String,
    /// The custom IDs and the texts.
    pub(crate) requests: Vec<(String, String)>,
    polled: u32,
    pub(crate) state: BatchState,
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with_limits(50_000, 1_000_000)
    }

    /// Creates a service that accepts at most this many requests and bytes in a batch.
    pub(crate) fn with_limits(requests: usize, bytes: usize) -> Self {
        let state = State {
            files: Vec::new(),
            batches: Vec::new(),
            polls: 0,
            end: (BatchState::Completed, None),
            answered: usize::MAX,
            repeats: 1,
            upload_errors: Vec::new(),
            create_errors: Vec::new(),
            status_errors: Vec::new(),
            gone: BTreeSet::new(),
            gone_results: BTreeSet::new(),
            breaks: Vec::new(),
            calls: Vec::new(),
        };
        Self { limits: BatchLimits::new(requests, bytes), state: Arc::new(Mutex::new(state)) }
    }

    pub(crate) fn model(&self) -> ChatModel {
        ChatModel::new(Model(self.clone()))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a lock without a panic")
    }

    /// Checks the published rules for a file, and returns its requests.
    fn read(&self, file: &str) -> Vec<(String, String)> {
        assert!(file.len() <= self.limits.max_bytes, "a file of {} bytes", file.len());
        let mut ids = HashSet::new();
        let read = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let id = line["id"].as_str().expect("a custom ID").to_owned();
            let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            assert!((1..=64).contains(&id.len()) && id.chars().all(is_valid), "{id}");
            assert!(ids.insert(id.clone()), "the custom ID {id} occurs twice");
            (id, line["text"].as_str().expect("a text").to_owned())
        };
        let requests: Vec<_> = file.lines().map(read).collect();
        assert!((1..=self.limits.max_requests).contains(&requests.len()));
        requests
    }

    fn at(&self, batch: &str) -> usize {
        batch.strip_prefix("batch-").and_then(|number| number.parse().ok()).expect("a batch")
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::NotFound, "no such file")
}

fn done<T: Send + 'static>(result: Result<T>) -> BoxFuture<'static, Result<T>> {
    ready(result).boxed()
}

impl BatchProvider for Service {
    fn provider(&self) -> &str {
        "fake"
    }

    fn limits(&self) -> BatchLimits {
        self.limits
    }

    fn encode(&self, custom_id: &str, request: &ChatRequest) -> Result<Vec<u8>> {
        assert!(!request.streaming);
        let text = request.prompt.text();
        if text == "unsupported" {
            return Err(Error::new(ErrorKind::Unsupported, "images are not supported"));
        }
        Ok(json!({"id": custom_id, "text": text, "t": request.options.temperature})
            .to_string()
            .into_bytes())
    }

    fn upload(&self, requests: Vec<u8>) -> BoxFuture<'static, Result<PartRequests>> {
        let mut state = self.state();
        state.calls.push("upload".into());
        if let Some(error) = state.upload_errors.pop() {
            return done(Err(error));
        }
        let file = String::from_utf8(requests).expect("text");
        self.read(&file);
        state.files.push(file);
        done(Ok(PartRequests::File(format!("file-{}", state.files.len() - 1))))
    }

    fn create(&self, requests: PartRequests) -> BoxFuture<'static, Result<String>> {
        let PartRequests::File(file) = requests else { panic!("a file") };
        let mut state = self.state();
        state.calls.push(format!("create {file}"));
        let error = state.create_errors.pop();
        if let Some((false, error)) = error {
            return done(Err(error));
        }
        let number: usize = file.strip_prefix("file-").unwrap().parse().expect("a file");
        let requests = self.read(&state.files[number]);
        state.batches.push(Remote { file, requests, polled: 0, state: BatchState::Validating });
        done(match error {
            Some((_, error)) => Err(error),
            None => Ok(format!("batch-{}", state.batches.len() - 1)),
        })
    }

    fn find(&self, file: &str) -> BoxFuture<'static, Result<Option<String>>> {
        let mut state = self.state();
        state.calls.push(format!("find {file}"));
        let found = state.batches.iter().position(|batch| batch.file == file);
        done(Ok(found.map(|index| format!("batch-{index}"))))
    }

    fn status(&self, batch: &str) -> BoxFuture<'static, Result<PartStatus>> {
        let index = self.at(batch);
        let mut state = self.state();
        state.calls.push(format!("status {batch}"));
        if let Some(error) = state.status_errors.pop() {
            return done(Err(error));
        }
        if state.gone.contains(&index) {
            return done(Err(gone()));
        }
        let (polls, end) = (state.polls, state.end.clone());
        let remote = &mut state.batches[index];
        if !remote.state.is_final() {
            remote.state = match remote.state {
                BatchState::Cancelling => BatchState::Cancelled,
                _ if remote.polled >= polls => end.0,
                _ => BatchState::InProgress,
            };
            remote.polled += 1;
        }
        let total = remote.requests.len() as u64;
        let mut status =
            PartStatus::new(remote.state).with_counts(BatchCounts::new(total, total, 0));
        status.error = end.1.filter(|_| remote.state == BatchState::Failed);
        done(Ok(status))
    }

    fn results(&self, batch: &str, _: &ChatOptions) -> BoxStream<'static, Result<BatchAnswer>> {
        let index = self.at(batch);
        let mut state = self.state();
        state.calls.push(format!("results {batch}"));
        if state.gone_results.contains(&index) {
            return stream::iter([Err(gone())]).boxed();
        }
        let remote = state.batches[index].clone();
        assert!(remote.state.is_final());
        let (answered, repeats, end) = (state.answered, state.repeats, state.breaks.pop());
        let requests = remote.requests.into_iter().take(answered);
        // In another order, with repeated results, and with a result for an unknown request.
        let answers: Vec<_> = requests
            .rev()
            .filter_map(|(id, text)| Some(BatchAnswer::new(id, outcome(&text)?)))
            .flat_map(|answer| vec![answer; repeats])
            .collect();
        let unknown = BatchAnswer::new("unknown", Ok(AiMessage::new("?")));
        let results = stream::iter([unknown].into_iter().chain(answers).map(Ok));
        match end {
            None => results.boxed(),
            Some(after) => {
                let broken = Error::new(ErrorKind::Connection, "the connection broke");
                results.take(after).chain(stream::iter([Err(broken)])).boxed()
            }
        }
    }

    fn cancel(&self, batch: &str) -> BoxFuture<'static, Result<()>> {
        let index = self.at(batch);
        let mut state = self.state();
        state.calls.push(format!("cancel {batch}"));
        state.batches[index].state = BatchState::Cancelling;
        done(Ok(()))
    }

    fn delete(&self, part: &BatchPart) -> BoxFuture<'static, Result<()>> {
        self.state().calls.push(format!("delete {}", part.file.as_deref().unwrap_or("nothing")));
        done(Ok(()))
    }
}

/// A model whose service is [`Service`].
#[derive(Debug)]
struct Model(Service);

impl ChatProvider for Model {
    fn run_name(&self) -> &str {
        "Fake"
    }

    fn batch_provider(&self) -> Option<Arc<dyn BatchProvider>> {
        Some(Arc::new(self.0.clone()))
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        panic!("a live call")
    }
}
