//! Texts into vectors.

use futures::{FutureExt, future::BoxFuture};
use runnable_chat::{
    EmbeddingModel,
    embedding::{Embedding, EmbeddingProvider},
    prelude::*,
    run_kind::EMBEDDING,
};

/// Gives the length of each text, up to a most number of them.
#[derive(Debug)]
struct Lengths {
    most: usize,
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
        assert!(!texts.is_empty(), "no texts need no vectors");
        let vectors = texts.iter().take(self.most).map(|text| vec![text.len() as f32]).collect();
        async move { Ok(vectors) }.boxed()
    }
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

#[tokio::test]
async fn each_text_has_its_vector() {
    let model = EmbeddingModel::new(Lengths { most: 9 });
    assert_eq!(model.invoke(texts(["a", "abc"])).await.unwrap(), [[1.0], [3.0]]);
    assert!(model.invoke(Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_vector_too_few_is_an_error() {
    let error = EmbeddingModel::new(Lengths { most: 1 }).invoke(texts(["a", "b"])).await;
    let said = error.unwrap_err().to_string();
    assert!(said.contains("Lengths gave 1 vectors for 2 texts"), "{said}");
}

#[test]
fn its_runs_are_of_their_own_kind() {
    let info = format!("{:?}", EmbeddingModel::new(Lengths { most: 1 }).info());
    assert_eq!(EMBEDDING.as_str(), "embedding");
    assert!(info.contains("\"embedding\"") && info.contains("ls_provider"), "{info}");
}
