//! An embedding model with a cache.

use std::{collections::HashMap, sync::Arc};

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use runnable_chat::{
    Usage,
    embedding::{Embedding, EmbeddingProvider},
    metering::USAGE_REPORT,
};
use runnable_core::{Error, ErrorKind, Result, RunContext};

use crate::{AnswerCache, CacheKey, CacheOutcome, CacheReport, CachedValue, report::REPORT};

/// An embedding model that takes the vectors of known texts from a cache.
#[derive(Debug)]
pub(crate) struct CachedEmbeddings {
    model: Arc<dyn EmbeddingProvider>,
    cache: AnswerCache,
}

impl CachedEmbeddings {
    pub(crate) fn new(model: Arc<dyn EmbeddingProvider>, cache: AnswerCache) -> Self {
        Self { model, cache }
    }
}

impl EmbeddingProvider for CachedEmbeddings {
    fn run_name(&self) -> &str {
        self.model.run_name()
    }

    fn provider(&self) -> Option<&str> {
        self.model.provider()
    }

    fn model(&self) -> Option<&str> {
        self.model.model()
    }

    fn embed(
        &self,
        texts: Vec<String>,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>> {
        let (model, cache) = (Arc::clone(&self.model), self.cache.clone());
        embed(model, cache, texts, cx).boxed()
    }
}

async fn embed(
    model: Arc<dyn EmbeddingProvider>,
    cache: AnswerCache,
    texts: Vec<String>,
    cx: RunContext,
) -> Result<Vec<Embedding>> {
    let key_of = |text: &str| CacheKey::of_embedding(cache.namespace(), &*model, text);
    let mut vectors: Vec<Option<Embedding>> = Vec::with_capacity(texts.len());
    for text in &texts {
        let answer = match key_of(text) {
            Some(key) => cache.find(&key).await.unwrap_or_else(|error| {
                let failed = CacheReport::failed(CacheOutcome::LookupFailed, &error);
                cx.emit_report(REPORT, &failed);
                None
            }),
            None => None,
        };
        vectors.push(answer.and_then(|answer| match &answer.value {
            CachedValue::Embedding(vector) => Some(vector.clone()),
            _ => None,
        }));
    }
    let found = vectors.iter().flatten().count();
    cx.emit_report(REPORT, &CacheReport::of_texts(found, texts.len()));

    // A text that occurs several times is sent once.
    let mut missing: Vec<String> = Vec::new();
    let mut position_of: HashMap<&str, usize> = HashMap::new();
    for (text, _) in texts.iter().zip(&vectors).filter(|(_, vector)| vector.is_none()) {
        position_of.entry(text).or_insert_with(|| {
            missing.push(text.clone());
            missing.len() - 1
        });
    }
    if missing.is_empty() {
        cx.emit_report(USAGE_REPORT, &Usage::default().marked_as_cached());
        return Ok(vectors.into_iter().flatten().collect());
    }
    let missing_count = missing.len();
    let new = model.embed(missing.clone(), cx.clone()).await?;
    if new.len() != missing_count {
        let (name, vector_count) = (model.run_name(), new.len());
        let message = format!(
            "{name} returned {vector_count} vectors for {missing_count} texts; expected one vector \
             per text"
        );
        return Err(Error::new(ErrorKind::Other, message));
    }
    for (text, vector) in missing.iter().zip(&new) {
        if let Some(key) = key_of(text)
            && let Err(error) = cache.keep(key, CachedValue::Embedding(vector.clone())).await
        {
            let failed = CacheReport::failed(CacheOutcome::UpdateFailed, &error);
            cx.emit_report(REPORT, &failed);
        }
    }
    let of_text = |text: &String| position_of.get(text.as_str()).map(|index| new[*index].clone());
    let all = texts.iter().zip(vectors).map(|(text, vector)| vector.or_else(|| of_text(text)));
    Ok(all.flatten().collect())
}
