//! Embedding models with a cache.

use std::sync::{Arc, Mutex};

use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};
use runnable_cache::{AnswerCache, CacheExt};
use runnable_chat::{
    embedding::{Embedding, EmbeddingProvider},
    prelude::*,
};

/// Returns the length of each text, and records the texts.
#[derive(Clone, Debug, Default)]
struct Lengths(Arc<Mutex<Vec<Vec<String>>>>);

impl EmbeddingProvider for Lengths {
    fn run_name(&self) -> &str {
        "Lengths"
    }

    fn embed(
        &self,
        texts: Vec<String>,
        _: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>> {
        let vectors = texts.iter().map(|text| vec![text.len() as f32]).collect();
        self.0.lock().unwrap().push(texts);
        ready(Ok(vectors)).boxed()
    }
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn only_unknown_texts_are_sent_and_each_of_them_once() {
    let lengths = Lengths::default();
    let model = EmbeddingModel::new(lengths.clone()).with_cache(&AnswerCache::in_memory());
    let first = model.invoke(texts(&["a", "bb"])).await.unwrap();
    assert_eq!(first, [[1.0], [2.0]]);
    let second = model.invoke(texts(&["ccc", "bb", "ccc", "a", "dddd"])).await.unwrap();
    assert_eq!(second, [[3.0], [2.0], [3.0], [1.0], [4.0]]);
    assert_eq!(model.invoke(texts(&["dddd"])).await.unwrap(), [[4.0]]);
    assert_eq!(*lengths.0.lock().unwrap(), [texts(&["a", "bb"]), texts(&["ccc", "dddd"])]);
}
