//! A Batch API in memory. The program can be killed at each call of the service.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, pending},
    stream::{self, BoxStream},
};
use runnable_chat::{
    AiMessage, ChatModel, ChatOptions, Usage,
    batch_api::{
        BatchAnswer, BatchLimits, BatchPart, BatchProvider, BatchState, PartRequests, PartStatus,
    },
    model::{ChatProvider, ChatRequest},
};
use runnable_core::prelude::*;
use serde_json::{Value, json};
use tokio::sync::watch;

/// The service. A clone is a handle to the same service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    state: Arc<Mutex<State>>,
    killed: Arc<watch::Sender<bool>>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    files: Vec<String>,
    /// The requests of each batch: their custom IDs and texts.
    pub(crate) batches: Vec<(String, Vec<(String, String)>)>,
    /// The number of requests that were answered without a batch.
    pub(crate) live: usize,
    /// The state in which batches end.
    pub(crate) end: Option<BatchState>,
    /// The number of calls that the program makes before it is killed.
    pub(crate) left: Option<usize>,
    /// How often each text was answered by a batch.
    answers: BTreeMap<String, u32>,
    pub(crate) upload_error: Option<Error>,
    /// The error of the next creation, after which the batch exists anyway.
    pub(crate) create_error: Option<Error>,
    /// The number of downloads of results.
    pub(crate) downloads: usize,
    /// The number of searches for the batch of a file.
    pub(crate) searches: usize,
    /// The batches that do not end.
    pub(crate) open: BTreeSet<usize>,
    /// The largest number of requests of a batch that the service accepts.
    pub(crate) most: Option<usize>,
    /// The error of the next request for the status of a batch.
    pub(crate) status_error: Option<(usize, Error)>,
}

impl Service {
    pub(crate) fn new() -> Self {
        Self { state: Arc::default(), killed: Arc::new(watch::Sender::new(false)) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a lock without a panic")
    }

    pub(crate) fn model(&self) -> ChatModel {
        ChatModel::new(Model(self.clone()))
    }

    /// Returns how often each text is in a batch.
    pub(crate) fn requested(&self) -> BTreeMap<String, u32> {
        let mut requested = BTreeMap::new();
        for (_, text) in self.state().batches.iter().flat_map(|(_, requests)| requests) {
            *requested.entry(text.clone()).or_default() += 1;
        }
        requested
    }

    /// Sets the number of calls until the program is killed.
    pub(crate) fn kill_after(&self, calls: Option<usize>) {
        self.state().left = calls;
        self.killed.send_replace(false);
    }

    /// Completes when the program is killed.
    pub(crate) async fn killed(&self) {
        let mut killed = self.killed.subscribe();
        _ = killed.wait_for(|killed| *killed).await;
    }

    /// Makes the call, unless the program is killed before.
    fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut State) -> Result<T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T>> {
        let service = self.clone();
        async move {
            service.step().await;
            let result = call(&mut service.state());
            // The program can be killed before it learns the result.
            service.step().await;
            result
        }
        .boxed()
    }

    async fn step(&self) {
        let is_killed = match &mut self.state().left {
            None => false,
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
        };
        if is_killed {
            self.killed.send_replace(true);
            pending::<()>().await;
        }
    }
}

fn number(id: &str) -> usize {
    id.rsplit('-').next().and_then(|number| number.parse().ok()).expect("a number")
}

impl BatchProvider for Service {
    fn provider(&self) -> &str {
        "fake"
    }

    fn limits(&self) -> BatchLimits {
        BatchLimits::new(4, 100_000)
    }

    fn encode(&self, custom_id: &str, request: &ChatRequest) -> Result<Vec<u8>> {
        let text = request.prompt.text();
        if text == "unsupported" {
            return Err(Error::new(ErrorKind::Unsupported, "images are not supported"));
        }
        Ok(json!([custom_id, text]).to_string().into_bytes())
    }

    fn upload(&self, requests: Vec<u8>) -> BoxFuture<'static, Result<PartRequests>> {
        self.call(|state| {
            if let Some(error) = state.upload_error.take() {
                return Err(error);
            }
            state.files.push(String::from_utf8(requests).expect("text"));
            Ok(PartRequests::File(format!("file-{}", state.files.len() - 1)))
        })
    }

    fn create(&self, requests: PartRequests) -> BoxFuture<'static, Result<String>> {
        self.call(move |state| {
            let PartRequests::File(file) = requests else { panic!("a file") };
            let lines = state.files[number(&file)].lines();
            let read = |line: &str| serde_json::from_str::<Value>(line).expect("a line of JSON");
            let requests = lines.map(read).map(|line| {
                let text = |index: usize| line[index].as_str().expect("a text").to_owned();
                (text(0), text(1))
            });
            let requests = requests.collect();
            state.batches.push((file, requests));
            if let Some(error) = state.create_error.take() {
                return Err(error);
            }
            Ok(format!("batch-{}", state.batches.len() - 1))
        })
    }

    fn find(&self, file: &str) -> BoxFuture<'static, Result<Option<String>>> {
        let file = file.to_owned();
        self.call(move |state| {
            state.searches += 1;
            let found = state.batches.iter().position(|(input, _)| *input == file);
            Ok(found.map(|index| format!("batch-{index}")))
        })
    }

    fn status(&self, batch: &str) -> BoxFuture<'static, Result<PartStatus>> {
        let index = number(batch);
        self.call(move |state| {
            if let Some((_, error)) = state.status_error.take_if(|(broken, _)| *broken == index) {
                return Err(error);
            }
            let requests = state.batches[index].1.len();
            if state.most.is_some_and(|most| requests > most) {
                let mut status = PartStatus::new(BatchState::Failed);
                status.error = Some(Error::new(ErrorKind::RateLimit, "the queue is full"));
                return Ok(status);
            }
            let is_open = state.open.contains(&index);
            let end = if is_open { Some(BatchState::InProgress) } else { state.end };
            Ok(PartStatus::new(end.unwrap_or(BatchState::Completed)))
        })
    }

    fn results(&self, batch: &str, _: &ChatOptions) -> BoxStream<'static, Result<BatchAnswer>> {
        let index = number(batch);
        let answers = self.call(move |state| {
            state.downloads += 1;
            let requests = state.batches[index].1.clone();
            if state.end.is_some() || state.most.is_some_and(|most| requests.len() > most) {
                return Ok(Vec::new());
            }
            let answers = requests.into_iter().map(|(id, text)| {
                let number = state.answers.entry(text.clone()).or_default();
                *number += 1;
                Ok(BatchAnswer::new(id, Ok(answer(&text))))
            });
            Ok(answers.collect())
        });
        let answers = answers.map(|answers| stream::iter(answers.expect("answers")));
        answers.flatten_stream().boxed()
    }

    fn cancel(&self, _: &str) -> BoxFuture<'static, Result<()>> {
        self.call(|_| Ok(()))
    }

    fn delete(&self, _: &BatchPart) -> BoxFuture<'static, Result<()>> {
        self.call(|_| Ok(()))
    }
}

fn answer(text: &str) -> AiMessage {
    let mut answer = AiMessage::new(text.to_uppercase());
    answer.usage = Some(Usage::new(1, 1));
    answer
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

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        self.0.state().live += 1;
        ChunkStream::once(answer(&request.prompt.text()))
    }
}
