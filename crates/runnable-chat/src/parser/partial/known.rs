//! Snapshots of a JSON document while it grows.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runnable_core::{Chunk, Chunked, Result};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The maximum number of smaller snapshots that a snapshot offers.
const SMALLER: usize = 8;

/// The values of a growing document. The document and its snapshots share them.
///
/// Parts are never removed, and strings and containers only grow at their end. An earlier state of
/// the document is therefore described by a few lengths, which a snapshot stores. Copying the
/// document for each chunk would take quadratic time.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    parts: Arc<Mutex<Vec<Part>>>,
}

/// A value in the document. A container refers to its items by their indexes in [`Parts`].
#[derive(Debug)]
enum Part {
    Object(Vec<(String, usize)>),
    Array(Vec<usize>),
    Text(String),
    Other(Value),
}

/// Exclusive access to the parts of a document, for adding parts.
pub(super) struct Growing<'a> {
    parts: MutexGuard<'a, Vec<Part>>,
}

impl Parts {
    pub(super) fn grow(&self) -> Growing<'_> {
        Growing { parts: self.parts.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Returns a snapshot of the document. `open` contains the indexes of the open containers,
    /// outermost first.
    pub(super) fn known(&self, open: &[usize], token: Token) -> KnownJson {
        let growing = self.grow();
        let open = open.iter().map(|container| growing.len(*container)).collect();
        drop(growing);
        KnownJson { parts: self.clone(), open, token }
    }
}

impl Growing<'_> {
    /// Adds a value to `container`, with a key if the container is an object. Returns the index of
    /// the value.
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

    /// Appends to the string that was added last.
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

    /// Returns `true` if the complete document is neither `null` nor empty.
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

    /// Returns the value with the index `number`, as it was at the time of a snapshot. `moment`
    /// describes that time: the lengths of the open containers, starting with this value, and the
    /// token that was being read. `moment` is `None` if the value was complete.
    fn value(&self, number: usize, moment: Option<(&[usize], &Token)>) -> Value {
        let (len, inner) = match moment {
            Some(([len, inner @ ..], token)) => (*len, Some((inner, token))),
            Some(([], Token::Text(len))) => (*len, None),
            _ => (usize::MAX, None),
        };
        // Only the last item of a container can have been incomplete. An incomplete number is not
        // an item yet, because it is added to the container only when it is complete.
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

/// The incomplete token at the end of a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// There is no incomplete token, or the token becomes visible only when it is complete.
    None,
    /// An incomplete string. The field is the length of its received part in bytes.
    Text(usize),
    /// A number: its key, which is empty if the number is not in an object, and its value.
    Number(String, Value),
}

/// A snapshot of a growing JSON document. It is converted to a JSON value only when a reader needs
/// the value.
#[derive(Clone)]
pub(in crate::parser) struct KnownJson {
    parts: Parts,
    /// The numbers of items in the open containers, outermost first.
    open: Vec<usize>,
    token: Token,
}

impl KnownJson {
    /// Returns this snapshot, and then smaller snapshots. Each of them leaves out one more incomplete
    /// value: first the incomplete token, then the container that would contain it, and so on.
    ///
    /// There are at most [`SMALLER`] smaller snapshots, so that a reader that tries all of them
    /// takes time in proportion to the size of the document.
    pub(in crate::parser) fn with_smaller(&self) -> impl Iterator<Item = Self> {
        let innermost = self.open.len();
        // A number is added to its container only when it is complete, but a string is added when
        // it starts.
        let without_number =
            matches!(self.token, Token::Number(..)).then(|| self.open.clone()).into_iter();
        let incomplete_items = if matches!(self.token, Token::Text(_)) {
            innermost
        } else {
            innermost.saturating_sub(1)
        };
        let without_items = (1..=incomplete_items).rev().filter_map(|depth| {
            let mut open = self.open[..depth].to_vec();
            let items = open.last_mut()?;
            *items = items.checked_sub(1)?;
            Some(open)
        });
        let smaller = without_number.chain(without_items).take(SMALLER);
        let smaller =
            smaller.map(|open| Self { parts: self.parts.clone(), open, token: Token::None });
        std::iter::once(self.clone()).chain(smaller)
    }

    /// Returns whether both snapshots describe the same moment of the same document.
    pub(in crate::parser) fn is_same_moment(&self, other: &Self) -> bool {
        self.open == other.open && self.token == other.token
    }

    pub(in crate::parser) fn to_value(&self) -> Value {
        match (&*self.open, &self.token) {
            ([], Token::Number(_, number)) => number.clone(),
            (open, token) => self.parts.grow().value(0, Some((open, token))),
        }
    }
}

/// When snapshots are merged, the later snapshot replaces the earlier one.
impl Chunk for KnownJson {
    type Whole = Known;

    fn merge(&mut self, next: Self) {
        *self = next;
    }

    /// Returns `false` for an empty object, array or string, because it is only the start of a
    /// document.
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

/// The type whose chunk type is [`KnownJson`]: the JSON value of the document.
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
