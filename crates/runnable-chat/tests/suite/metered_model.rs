//! A model for tests of usage, whose messages are its script.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures::{StreamExt, stream};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
    pricing::{Cost, Prices, TokenPrices},
};

/// A model whose answer is the command in the last message:
///
/// - `use 10 2` answers in two chunks, with a usage of 10 input tokens and 2 output tokens;
/// - `fail 10 2` reports this usage after its first chunk, and then fails;
/// - `reject` fails without an answer;
/// - `hang 10 2` reports this usage after its first chunk, and then never ends;
/// - `silent` answers without a usage.
#[derive(Clone, Debug)]
pub(crate) struct Metered {
    model: &'static str,
    /// The model that the answers state.
    answers_as: Option<&'static str>,
    /// The number of streams that were polled, which is the number of requests.
    pub(crate) requests: Arc<AtomicU64>,
    /// The number of requests for an answer in chunks.
    streamed: Arc<AtomicU64>,
}

/// A price of $1 for an input token and $2 for an output token of `anvil`, from `acme`.
pub(crate) fn acme_prices() -> Prices {
    let per_million = |dollars: u64| Cost::from_dollars(dollars * 1_000_000);
    Prices::empty().with_model("acme", "anvil", TokenPrices::new(per_million(1), per_million(2)))
}

impl Metered {
    pub(crate) fn new(model: &'static str) -> Self {
        Self { model, answers_as: None, requests: Arc::default(), streamed: Arc::default() }
    }

    pub(crate) fn answering_as(self, model: &'static str) -> Self {
        Self { answers_as: Some(model), ..self }
    }

    pub(crate) fn to_model(&self) -> ChatModel {
        ChatModel::new(self.clone())
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn streamed(&self) -> u64 {
        self.streamed.load(Ordering::Relaxed)
    }
}

impl ChatProvider for Metered {
    fn run_name(&self) -> &str {
        "Metered"
    }

    fn provider(&self) -> Option<&str> {
        Some("acme")
    }

    fn model(&self) -> Option<&str> {
        Some(self.model)
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let text =
            request.prompt.messages.last().map(Message::text).unwrap_or_default().into_owned();
        let mut words = text.split(' ');
        let command = words.next().unwrap_or_default().to_owned();
        let mut count = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let usage = Usage::new(count(), count());
        let first = AiMessageChunk::new("one ");
        let first = self.answers_as.map_or(first.clone(), |model| first.with_model(model));
        let first = if command == "silent" { first } else { first.with_usage(usage) };
        let failed = || Err(Error::new(ErrorKind::Unavailable, "the model is overloaded"));
        let chunks = match &*command {
            "use" | "silent" => vec![Ok(first), Ok(AiMessageChunk::new("two"))],
            "fail" => vec![Ok(first), failed()],
            "hang" => vec![Ok(first)],
            _ => vec![failed()],
        };
        let rest =
            if command == "hang" { stream::pending().boxed() } else { stream::empty().boxed() };
        let requests = Arc::clone(&self.requests);
        self.streamed.fetch_add(u64::from(request.streaming), Ordering::Relaxed);
        let sent = stream::once(async move {
            requests.fetch_add(1, Ordering::Relaxed);
            stream::iter(chunks).chain(rest)
        });
        ChunkStream::new(sent.flatten())
    }
}
