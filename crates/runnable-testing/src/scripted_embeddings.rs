//! An embedding model with predictable vectors.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{FutureExt, future::BoxFuture};
use runnable_chat::{
    EmbeddingModel,
    embedding::{Embedding, EmbeddingProvider},
};
use runnable_core::{Error, Result, RunContext};

/// An embedding model for tests, with predictable vectors.
///
/// A text has the same vector in every run and on every machine. Vectors have the length 1, so the
/// dot product of two vectors is their similarity. Texts that share words or parts of words have
/// similar vectors, regardless of case. A test of a semantic search can therefore use texts with
/// similar words. With more dimensions, the vectors of different texts are less similar. To choose
/// the vector of a text, use [`vector`](Self::vector).
///
/// A clone is a handle to the same model.
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_testing::ScriptedEmbeddings;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let script = ScriptedEmbeddings::new(64).vector("north", [0.0, 1.0]);
/// let texts = ["Cats purr.", "A cat? Cats purr!", "Rust compiles.", "north"];
///
/// let vectors = script.to_model().invoke(texts.map(String::from).to_vec()).await?;
/// let similarity = |a: usize, b: usize| -> f32 {
///     vectors[a].iter().zip(&vectors[b]).map(|(a, b)| a * b).sum()
/// };
/// assert!(similarity(0, 1) > similarity(0, 2));
/// assert_eq!(vectors[3], [0.0, 1.0]);
/// assert_eq!(script.texts()[2], "Rust compiles.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
#[doc(alias("DeterministicFakeEmbedding", "FakeEmbeddings"))]
pub struct ScriptedEmbeddings {
    name: Cow<'static, str>,
    dimensions: usize,
    vectors: HashMap<String, Embedding>,
    error: Option<Error>,
    texts: Arc<Mutex<Vec<String>>>,
}

impl ScriptedEmbeddings {
    /// Creates a model whose vectors have this number of dimensions. The number 0 is treated as 1.
    pub fn new(dimensions: usize) -> Self {
        Self {
            name: Cow::Borrowed("ScriptedEmbeddings"),
            dimensions: dimensions.max(1),
            vectors: HashMap::new(),
            error: None,
            texts: Arc::default(),
        }
    }

    /// Sets the name of the model's runs.
    pub fn with_run_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the vector of a text. The model returns this vector unchanged. It can have any length.
    pub fn vector(mut self, text: impl Into<String>, vector: impl Into<Embedding>) -> Self {
        self.vectors.insert(text.into(), vector.into());
        self
    }

    /// Makes every call fail with this error.
    pub fn error(mut self, error: Error) -> Self {
        self.error = Some(error);
        self
    }

    /// Returns an [`EmbeddingModel`] that uses these vectors.
    pub fn to_model(&self) -> EmbeddingModel {
        EmbeddingModel::new(self.clone())
    }

    /// Returns the texts that all calls have received, in order.
    pub fn texts(&self) -> Vec<String> {
        self.state().clone()
    }

    fn state(&self) -> MutexGuard<'_, Vec<String>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn vector_of(&self, text: &str) -> Embedding {
        match self.vectors.get(text) {
            Some(vector) => vector.clone(),
            None => vector_of(text, self.dimensions),
        }
    }
}

impl EmbeddingProvider for ScriptedEmbeddings {
    fn run_name(&self) -> &str {
        &self.name
    }

    fn embed(
        &self,
        texts: Vec<String>,
        _: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>> {
        let model = self.clone();
        async move {
            model.state().extend_from_slice(&texts);
            match &model.error {
                Some(error) => Err(error.clone()),
                None => Ok(texts.iter().map(|text| model.vector_of(text)).collect()),
            }
        }
        .boxed()
    }
}

/// Returns the vector of a text: the sum of the vectors of all its [`parts`], scaled to the length
/// 1.
fn vector_of(text: &str, dimensions: usize) -> Embedding {
    let mut sum = vec![0.0; dimensions];
    for part in parts(text) {
        let mut state = hash(&part);
        for number in &mut sum {
            *number += scatter(&mut state);
        }
    }
    let length = sum.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length == 0.0 {
        // Return a vector of length 1 for a text without words, too.
        sum[0] = 1.0;
        return sum;
    }
    sum.into_iter().map(|number| number / length).collect()
}

/// Returns all sequences of three letters in the words of a text, without duplicates. With such
/// parts, long words have more weight than short words, and `call` is similar to `calls`.
fn parts(text: &str) -> BTreeSet<[char; 3]> {
    let mut parts = BTreeSet::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let mut part = [' '; 3];
        for letter in word.chars().flat_map(char::to_lowercase).chain([' ']) {
            part = [part[1], part[2], letter];
            parts.insert(part);
        }
    }
    parts
}

/// Returns the FNV-1a hash of a part. The hash functions of the standard library are not used,
/// because their results can change between versions.
fn hash(part: &[char]) -> u64 {
    let step = |hash: u64, c: &char| (hash ^ u64::from(*c)).wrapping_mul(0x0100_0000_01b3);
    part.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Returns the next pseudo-random number, from -1 to 1, and advances `state` (SplitMix64).
fn scatter(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    // An `f32` represents 24 bits exactly.
    (z >> 40) as f32 / (1 << 23) as f32 - 1.0
}
