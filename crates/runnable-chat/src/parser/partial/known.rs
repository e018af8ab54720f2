//! What is known of a JSON document, at each moment of its growth.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runnable_core::{Chunk, Chunked, Result};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The parts of a document that grows, shared with all that shows a moment of its growth.
///
/// Parts are only added, and texts and containers only grow at their end. So the document at an earlier
/// moment is what it is now, up to some lengths, and to remember a moment is to remember these. A copy of
/// the document for each chunk would make the work quadratic in the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    parts: Arc<Mutex<Vec<Part>>>,
}

/// A value of the document. Containers have their items by number.
#[derive(Debug)]
enum Part {
    Object(Vec<(String, usize)>),
    Array(Vec<usize>),
    Text(String),
    Other(Value),
}

/// The parts, to add to.
pub(super) struct Growing<'a> {
    parts: MutexGuard<'a, Vec<Part>>,
}

impl Parts {
    pub(super) fn grow(&self) -> Growing<'_> {
        Growing { parts: self.parts.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// The document at this moment, with the containers that are open, the outermost first.
    pub(super) fn known(&self, open: &[usize], token: Token) -> KnownJson {
        let growing = self.grow();
        let open = open.iter().map(|container| growing.len(*container)).collect();
        drop(growing);
        KnownJson { parts: self.clone(), open, token }
    }
}

impl Growing<'_> {
    /// Adds a value to the container that is open, under a key if that is an object. Returns its
    /// number.
    fn add(&mut self, container: Option<usize>, key: Option<String>, part: Part) -> usize {
        let number = self.parts.len();
        self.parts.push(part);
        match container.and_then(|container| self.parts.get_mut(container)) {
            Some(Part::Object(members)) => members.push((key.unwrap_or_default(), number)),
            Some(Part::Array(items)) => items.push(number),
            _ => (),
        }
        number
    }

    pub(super) fn add_object(&mut self, container: Option<usize>, key: Option<String>) -> usize {
        self.add(container, key, Part::Object(Vec::new()))
    }

    pub(super) fn add_array(&mut self, container: Option<usize>, key: Option<String>) -> usize {
        self.add(container, key, Part::Array(Vec::new()))
    }

    pub(super) fn add_text(&mut self, container: Option<usize>, key: Option<String>) {
        self.add(container, key, Part::Text(String::new()));
    }

    pub(super) fn add_value(
        &mut self,
        container: Option<usize>,
        key: Option<String>,
        value: Value,
    ) {
        self.add(container, key, Part::Other(value));
    }

    /// Adds to the text that was added last.
    pub(super) fn extend_text(&mut self, more: &str) {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            text.push_str(more);
        }
    }

    pub(super) fn text_len(&self) -> usize {
        match self.parts.last() {
            Some(Part::Text(text)) => text.len(),
            _ => 0,
        }
    }

    /// Whether the complete document is more than `null` or empty.
    fn has_content(&self) -> bool {
        match self.parts.first() {
            Some(Part::Object(members)) => !members.is_empty(),
            Some(Part::Array(items)) => !items.is_empty(),
            Some(Part::Text(text)) => !text.is_empty(),
            Some(Part::Other(value)) => !value.is_null(),
            None => false,
        }
    }

    fn len(&self, container: usize) -> usize {
        match self.parts.get(container) {
            Some(Part::Object(members)) => members.len(),
            Some(Part::Array(items)) => items.len(),
            _ => 0,
        }
    }

    /// A value as it was at a moment when these containers were open: itself, and those in it.
    fn value(&self, number: usize, moment: Option<(&[usize], &Token)>) -> Value {
        let (len, inner) = match moment {
            Some(([len, inner @ ..], token)) => (*len, Some((inner, token))),
            Some(([], Token::Text(len))) => (*len, None),
            _ => (usize::MAX, None),
        };
        // Of the items, only the last can have been open. The number that was being read is none yet.
        let open = match inner {
            Some(([], Token::None | Token::Number(..))) | None => None,
            inner => inner.zip(len.checked_sub(1)),
        };
        let item = |place: usize, item: usize| {
            self.value(item, open.filter(|(_, last)| *last == place).map(|(inner, _)| inner))
        };
        let number_read = || match inner {
            Some(([], Token::Number(key, number))) => Some((key, number)),
            _ => None,
        };
        match &self.parts[number] {
            Part::Object(members) => {
                let members = members.iter().take(len).enumerate();
                let members =
                    members.map(|(place, (key, value))| (key.clone(), item(place, *value)));
                let last = number_read().map(|(key, number)| (key.clone(), number.clone()));
                Value::Object(members.chain(last).collect())
            }
            Part::Array(items) => {
                let items = items.iter().take(len).enumerate();
                let items = items.map(|(place, value)| item(place, *value));
                items.chain(number_read().map(|(_, number)| number.clone())).collect()
            }
            Part::Text(text) => text.get(..len).unwrap_or(text).into(),
            Part::Other(value) => value.clone(),
        }
    }
}

/// What is being read, in the innermost container that is open.
#[derive(Clone, Debug)]
pub(super) enum Token {
    /// Nothing that shows.
    None,
    /// A text, as long as it was.
    Text(usize),
    /// A number, and its key if it stands in an object.
    Number(String, Value),
}

/// A JSON document as far as it was known at one moment. It is made into a value when it is read.
#[derive(Clone)]
pub(in crate::parser) struct KnownJson {
    parts: Parts,
    /// How many items the containers had that were open, the outermost first.
    open: Vec<usize>,
    token: Token,
}

impl KnownJson {
    pub(in crate::parser) fn to_value(&self) -> Value {
        match (&*self.open, &self.token) {
            ([], Token::Number(_, number)) => number.clone(),
            (open, token) => self.parts.grow().value(0, Some((open, token))),
        }
    }
}

/// It replaces what was known before.
impl Chunk for KnownJson {
    type Whole = Known;

    fn merge(&mut self, next: Self) {
        *self = next;
    }

    /// The beginning of a document shows nothing: an empty object, list or text.
    fn has_content(&self) -> bool {
        match (&*self.open, &self.token) {
            (_, Token::Number(..)) => true,
            ([], Token::Text(len)) => *len > 0,
            ([len, ..], _) => *len > 0,
            ([], Token::None) => self.parts.grow().has_content(),
        }
    }
}

impl Serialize for KnownJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl fmt::Debug for KnownJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}

/// What [`KnownJson`] makes up.
#[derive(Debug)]
pub(in crate::parser) struct Known(Value);

impl Chunked for Known {
    type Chunk = KnownJson;

    fn into_chunk(self) -> KnownJson {
        let parts = Parts::default();
        parts.grow().add_value(None, None, self.0);
        KnownJson { parts, open: Vec::new(), token: Token::None }
    }

    fn from_chunk(chunk: KnownJson) -> Result<Self> {
        Ok(Self(chunk.to_value()))
    }
}

impl Serialize for Known {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
