//! [`Dataset`]: the examples of an evaluation.

use std::collections::HashSet;

use futures_util::StreamExt;
use runnable_core::{Error, ErrorKind, Result};
use runnable_jobs::{JobInputs, JobItem, ReadItem};
use serde::Serialize;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::example::Example;

/// The examples of an evaluation, in memory, because each candidate needs them.
pub(super) struct Dataset<I> {
    pub(super) entries: Vec<Entry<I>>,
}

/// An example, with its key.
pub(super) struct Entry<I> {
    pub(super) key: String,
    pub(super) example: Example<I>,
    /// The input as JSON.
    pub(super) input: Value,
    /// The digest of the input and the expected value.
    pub(super) digest: String,
    /// The key of the item in the job of a candidate. It differs if the input differs, so that a
    /// changed example is answered again.
    pub(super) answer_key: String,
}

impl<I: Serialize + Send + 'static> Dataset<I> {
    pub(super) async fn read(inputs: Box<dyn JobInputs<Example<I>>>) -> Result<Self> {
        let mut stream = inputs.read();
        let mut entries = Vec::new();
        let mut keys = HashSet::new();
        while let Some(item) = stream.next().await.transpose()? {
            let item = match item {
                ReadItem::Item(item) => item,
                // The error names the example and its source.
                ReadItem::Malformed { error, .. } => return Err(error),
                _ => continue,
            };
            if !keys.insert(item.key.clone()) {
                let message = format!("two examples have the key `{}`; keys must differ", item.key);
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
            entries.push(entry(item)?);
        }
        if entries.is_empty() {
            let message = "the evaluation has no examples; the source of `examples` is empty";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(Self { entries })
    }
}

fn entry<I: Serialize>(JobItem { key, input: example }: JobItem<Example<I>>) -> Result<Entry<I>> {
    let input = serde_json::to_value(&example.input).map_err(|error| {
        let message =
            format!("failed to convert the input of the example `{key}` to JSON: {error}");
        Error::new(ErrorKind::InvalidInput, message).with_source(error)
    })?;
    let (answer_key, digest) = (
        item_key(&key, &input),
        digest(&Value::from(vec![input.clone(), example.expected.clone()])),
    );
    Ok(Entry { key, example, input, digest, answer_key })
}

/// Returns the key of an item that differs if `value` differs.
pub(super) fn item_key(key: &str, value: &Value) -> String {
    format!("{key}#{}", digest(value))
}

/// Returns a digest that is the same in all versions. The order of fields does not matter.
fn digest(value: &Value) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    format!("{:016x}", xxh3_64(sorted.to_string().as_bytes()))
}
