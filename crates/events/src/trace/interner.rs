//! [`Interner`]: stores equal values and equal texts once.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hasher},
    io::{self, Write},
    sync::Arc,
};

use runnable_core::Metadata;
use serde::Serialize;
use serde_json::Value;

/// Stores equal values and equal texts once, because the same document is often the input and the
/// output of many runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Interner {
    texts: HashSet<Arc<str>>,
    /// The values, by the hash of their JSON.
    values: HashMap<u64, Vec<Arc<Value>>>,
    metadata: HashMap<u64, Vec<Arc<Metadata>>>,
}

impl Interner {
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&text));
        text
    }

    pub(super) fn value(&mut self, value: &Value) -> Arc<Value> {
        shared(&mut self.values, value)
    }

    pub(super) fn metadata(&mut self, metadata: &Metadata) -> Arc<Metadata> {
        shared(&mut self.metadata, metadata)
    }
}

fn shared<T: Serialize + Clone + PartialEq>(
    known: &mut HashMap<u64, Vec<Arc<T>>>,
    value: &T,
) -> Arc<T> {
    // The hash of the JSON depends on the order of the keys. The `Hash` of a `Value` does not, so
    // objects with another order of the same keys would lose their order.
    let same_hash = known.entry(json_of(value).hash).or_default();
    if let Some(shared) = same_hash.iter().find(|shared| ***shared == *value) {
        return Arc::clone(shared);
    }
    let shared = Arc::new(value.clone());
    same_hash.push(Arc::clone(&shared));
    shared
}

/// The hash and the size of the JSON of a value.
pub(crate) struct Json {
    pub(crate) hash: u64,
    pub(super) bytes: usize,
}

/// Returns the hash and the size of the JSON of a value, without creating the JSON.
pub(crate) fn json_of(value: &impl Serialize) -> Json {
    let mut json = HashWriter { hasher: DefaultHasher::new(), bytes: 0 };
    // If the value cannot be serialized, the hash covers the part that was written. Values with
    // equal hashes are compared, so the hash need not be unique.
    serde_json::to_writer(&mut json, value).ok();
    Json { hash: json.hasher.finish(), bytes: json.bytes }
}

struct HashWriter {
    hasher: DefaultHasher,
    bytes: usize,
}

impl Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The result of `Hasher::write` does not depend on how the bytes are divided into calls.
        self.hasher.write(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_values_are_stored_once() {
        let mut interner = Interner::default();
        let (first, second) = (json!({"text": "long", "n": 1}), json!({"text": "long", "n": 1}));
        assert!(Arc::ptr_eq(&interner.value(&first), &interner.value(&second)));
        assert!(!Arc::ptr_eq(&interner.value(&first), &interner.value(&json!("long"))));
    }

    #[test]
    fn the_order_of_keys_is_kept() {
        let mut interner = Interner::default();
        interner.value(&json!({"a": 1, "b": 2}));
        let other = interner.value(&json!({"b": 2, "a": 1}));
        assert_eq!(other.to_string(), r#"{"b":2,"a":1}"#);
    }
}
