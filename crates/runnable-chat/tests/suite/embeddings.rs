//! Embedding models.

use futures::{FutureExt, future::BoxFuture};
use runnable_chat::{
    EmbeddingModel,
    embedding::{Embedding, EmbeddingProvider},
    prelude::*,
    run_kind::EMBEDDING,
};

/// A model that returns the length of each text as its vector, for at most `max_vectors` texts.
#[derive(Debug)]
struct Lengths {
    max_vectors: usize,
}

impl EmbeddingProvider for Lengths {
    fn run_name(&self) -> &str {
        "Lengths"
    }

    fn provider(&self) -> Option<&str> {
        Some("test")
    }

    fn embed(
        &self,
        texts: Vec<String>,
        _: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>> {
        assert!(!texts.is_empty(), "a provider is not called without texts");
        let lengths = texts.iter().map(|text| vec![text.len() as f32]);
        let vectors = lengths.take(self.max_vectors).collect();
        async move { Ok(vectors) }.boxed()
    }
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

#[tokio::test]
async fn each_text_has_a_vector() {
    let model = EmbeddingModel::new(Lengths { max_vectors: 9 });
    assert_eq!(model.invoke(texts(["a", "abc"])).await.unwrap(), [[1.0], [3.0]]);
    assert!(model.invoke(Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_missing_vector_is_an_error() {
    let model = EmbeddingModel::new(Lengths { max_vectors: 1 });
    let error = model.invoke(texts(["a", "b"])).await.unwrap_err().to_string();
    assert!(error.contains("Lengths returned 1 vectors for 2 texts"), "{error}");
}

#[test]
fn the_runs_of_an_embedding_model_have_its_kind() {
    let info = format!("{:?}", EmbeddingModel::new(Lengths { max_vectors: 1 }).info());
    assert_eq!(EMBEDDING.as_str(), "embedding");
    assert!(info.contains("\"embedding\"") && info.contains("ls_provider"), "{info}");
}
