//! The cost of an answer from a cache: `cargo bench -p runnable-cache`.
//!
//! `step` calls a model that answers at once, without a cache. The difference between `hit` and
//! `step` is what a cache costs for a request that it has answered before: it must be at most 2 µs.

use std::pin::pin;

use divan::{Bencher, black_box};
use futures::FutureExt;
use runnable_cache::{AnswerCache, CacheExt};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};

fn main() {
    divan::main();
}

/// A model that answers at once.
#[derive(Debug)]
struct Instant;

impl ChatProvider for Instant {
    fn run_name(&self) -> &str {
        "Instant"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let mut answer = AiMessage::new("The capital of France is Paris.");
        answer.usage = Some(Usage::new(32, 8));
        ChunkStream::once(answer)
    }
}

fn question() -> PromptValue {
    PromptValue::from([system("You are terse."), human("What is the capital of France?")])
}

fn ask(model: &ChatModel) -> AiMessage {
    let call = pin!(model.invoke(question()));
    call.now_or_never().and_then(Result::ok).unwrap_or_default()
}

#[divan::bench]
fn step(bencher: Bencher<'_, '_>) {
    let model = ChatModel::new(Instant);
    bencher.bench_local(|| black_box(ask(&model)));
}

#[divan::bench]
fn hit(bencher: Bencher<'_, '_>) {
    let model = ChatModel::new(Instant).with_cache(&AnswerCache::in_memory());
    ask(&model);
    bencher.bench_local(|| black_box(ask(&model)));
}

#[divan::bench]
fn miss(bencher: Bencher<'_, '_>) {
    let cache = AnswerCache::in_memory().keep_if(|_| false);
    let model = ChatModel::new(Instant).with_cache(&cache);
    bencher.bench_local(|| black_box(ask(&model)));
}
