//! [`PayloadPool`]: the values of a page, of which each is stored once.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Map, Value, json};

/// The size from which a value is shared, in bytes of its JSON.
const SHARED_BYTES: usize = 100;

/// The values of a page. Equal values that are not small are stored once, and so are equal parts of
/// different values, such as a message that several prompts contain.
#[derive(Debug, Default)]
pub(super) struct PayloadPool {
    values: Vec<Value>,
    /// The number of each value, by its JSON.
    numbers: HashMap<String, usize>,
    /// What was written for the values of the trace, which are shared already.
    ///
    /// The key is the address of the value. The pool keeps the value alive, so that no other value
    /// gets this address.
    written: HashMap<usize, (Arc<Value>, Value)>,
}

impl PayloadPool {
    /// Returns the value with references instead of shared values.
    pub(super) fn write(&mut self, value: &Arc<Value>) -> Value {
        let address = Arc::as_ptr(value) as usize;
        if let Some((_, written)) = self.written.get(&address) {
            return written.clone();
        }
        let written = self.write_value(value);
        self.written.insert(address, (Arc::clone(value), written.clone()));
        written
    }

    /// Returns the value with references instead of shared values.
    ///
    /// Parts are written before the value that contains them, so that an entry of the pool refers
    /// only to entries before it.
    pub(super) fn write_value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) if text.len() + 2 < SHARED_BYTES => value.clone(),
            Value::String(_) => self.share(value.clone()),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.write_value(item)).collect();
                self.share(Value::Array(items))
            }
            Value::Object(fields) => {
                let fields =
                    fields.iter().map(|(key, field)| (escaped(key), self.write_value(field)));
                let fields: Map<String, Value> = fields.collect();
                self.share(Value::Object(fields))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Returns the stored values.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns a reference to a value whose parts are written, or the value itself if it is small.
    fn share(&mut self, value: Value) -> Value {
        let text = value.to_string();
        if text.len() < SHARED_BYTES {
            return value;
        }
        let next = self.values.len();
        let number = *self.numbers.entry(text).or_insert(next);
        if number == next {
            self.values.push(value);
        }
        json!({ "$": number })
    }
}

/// Returns a key of an object of the trace. A key that begins with `$` gets another `$`, so that the
/// object is not taken for a reference.
fn escaped(key: &str) -> String {
    if key.starts_with('$') { format!("${key}") } else { key.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the value for which `written` stands.
    fn read(written: &Value, pool: &[Value]) -> Value {
        match written {
            Value::Array(items) => items.iter().map(|item| read(item, pool)).collect(),
            Value::Object(fields) => match fields.get("$").and_then(Value::as_u64) {
                Some(number) => read(&pool[number as usize], &pool[..number as usize]),
                None => fields
                    .iter()
                    .map(|(key, field)| {
                        let key = if key.starts_with("$$") { &key[1..] } else { key };
                        (key.to_owned(), read(field, pool))
                    })
                    .collect::<Map<_, _>>()
                    .into(),
            },
            _ => written.clone(),
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            "[a-z$]{0,5}".prop_map(Value::from),
            Just(Value::from("a long text ".repeat(20))),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let key = prop_oneof![Just("$".to_owned()), "[$a-c]{0,3}"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..5)
                    .prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_can_be_read_again(values in prop::collection::vec(values(), 1..6)) {
            let mut pool = PayloadPool::default();
            let written: Vec<_> = values.iter().map(|value| pool.write_value(value)).collect();
            for (value, written) in values.iter().zip(&written) {
                prop_assert_eq!(&read(written, pool.values()), value);
            }
        }
    }

    #[test]
    fn a_document_in_several_messages_is_stored_once() {
        let document = "x".repeat(60_000);
        let mut pool = PayloadPool::default();
        for number in 0..10 {
            pool.write_value(&json!({ "messages": [{ "content": document, "number": number }] }));
        }
        let size: usize = pool.values().iter().map(|value| value.to_string().len()).sum();
        assert!(size < 62_000, "{size}");
    }
}
