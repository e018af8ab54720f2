//! [`Example`]: an input with the expected value.

use std::vec;

use runnable_jobs::{
    JobItem,
    inputs::{ItemIter, items},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An input with the expected value.
///
/// It can be deserialized from an object with the fields `input` and `expected`, such as a line of
/// a JSONL file. The expected value may be missing, for scorers that do not need it. It is then
/// `null`, and the report says so, because `null` is also what a misspelt field leads to.
///
/// # Examples
///
/// ```
/// use runnable_evaluations::Example;
///
/// let line = r#"{"input": "2 + 2", "expected": "4"}"#;
/// let example: Example<String> = serde_json::from_str(line)?;
/// assert_eq!(example, Example::new("2 + 2", "4"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "an example is its input and its expected value")]
pub struct Example<I> {
    /// The input of the candidates.
    pub input: I,
    /// The value that a scorer compares with the output of a candidate.
    #[serde(default)]
    pub expected: Value,
}

impl<I> Example<I> {
    /// Creates an example.
    pub fn new(input: impl Into<I>, expected: impl Into<Value>) -> Self {
        Self { input: input.into(), expected: expected.into() }
    }
}

/// Creates the examples of an evaluation from a list. The keys are the positions in the list,
/// starting at 1.
///
/// For examples with keys, use [`items`]. For files, use the other [`inputs`](crate::inputs).
///
/// # Examples
///
/// ```
/// use runnable_evaluations::{Example, examples};
///
/// let sums = examples([Example::<String>::new("2 + 2", "4"), Example::new("2 + 3", "5")]);
/// ```
pub fn examples<I>(
    list: impl IntoIterator<Item = Example<I>>,
) -> ItemIter<vec::IntoIter<JobItem<Example<I>>>> {
    let numbered = (1..)
        .zip(list)
        .map(|(number, example): (u64, _)| JobItem { key: number.to_string(), input: example });
    items(numbered.collect::<Vec<_>>())
}
