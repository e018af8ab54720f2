//! Values whose type is known at run time only: JSON, in chunks that keep the type they came with.

use std::{
    any::Any,
    collections::{BTreeMap, btree_map::Entry},
    fmt, mem,
};

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::Value;

use crate::{Chunk, Chunked, Dict, Error, ErrorKind, Result};

/// A piece of a JSON value.
///
/// It keeps the type that it was made of, so that pieces of a text are appended, and those of an
/// answer merged, by their own rules. A piece of another type than the one before it replaces it.
pub struct ValueChunk {
    chunk: Box<dyn ErasedChunk>,
}

impl ValueChunk {
    /// A piece of any value.
    pub fn new(chunk: impl Chunk) -> Self {
        Self { chunk: Box::new(chunk) }
    }

    /// The piece itself, if it is a `C`.
    pub fn downcast_ref<C: Chunk>(&self) -> Option<&C> {
        self.chunk.as_any().downcast_ref()
    }
}

impl Chunk for ValueChunk {
    type Whole = Value;

    fn merge(&mut self, next: Self) {
        if let Err(next) = self.chunk.try_merge(next.chunk) {
            self.chunk = next;
        }
    }

    fn has_content(&self) -> bool {
        self.chunk.has_content()
    }
}

/// JSON comes all at once where nothing is known of it but that it is JSON.
impl Chunked for Value {
    type Chunk = ValueChunk;

    fn into_chunk(self) -> ValueChunk {
        ValueChunk::new(Json(self))
    }

    fn from_chunk(chunk: ValueChunk) -> Result<Self> {
        chunk.chunk.into_whole()
    }

    fn from_no_chunks() -> Result<Self> {
        Ok(Self::Null)
    }
}

/// A piece of [`Dict`]: news of any of the values.
///
/// Gathered pieces have their values in the order in which their names first came.
#[derive(Clone, Debug, Default)]
pub struct DictChunk {
    news: BTreeMap<String, News>,
}

/// The news of one value.
#[derive(Clone, Debug)]
struct News {
    /// The number of names before this one.
    place: usize,
    /// `None` as long as only the place of the value is known.
    chunk: Option<ValueChunk>,
}

impl DictChunk {
    /// News of one value.
    pub fn new(name: impl Into<String>, chunk: ValueChunk) -> Self {
        Self::placed([(name.into(), Some(chunk))])
    }

    /// The news of one value, if there is any.
    pub fn get(&self, name: &str) -> Option<&ValueChunk> {
        self.news.get(name)?.chunk.as_ref()
    }

    /// No news, but names that come before those of the pieces that follow.
    pub(crate) fn of_names(names: impl IntoIterator<Item = String>) -> Self {
        Self::placed(names.into_iter().map(|name| (name, None)))
    }

    /// These news, but for those of some values, of which only the names are left.
    pub(crate) fn without(mut self, unwanted: impl Fn(&str) -> bool) -> Self {
        for (name, news) in &mut self.news {
            if unwanted(name) {
                news.chunk = None;
            }
        }
        self
    }

    /// Whether there is no news of any value.
    pub(crate) fn is_empty(&self) -> bool {
        self.chunks().next().is_none()
    }

    fn placed(news: impl IntoIterator<Item = (String, Option<ValueChunk>)>) -> Self {
        let news = news.into_iter().enumerate();
        Self { news: news.map(|(place, (name, chunk))| (name, News { place, chunk })).collect() }
    }

    fn chunks(&self) -> impl Iterator<Item = &ValueChunk> {
        self.news.values().filter_map(|news| news.chunk.as_ref())
    }

    /// The names and their news, in the order of the names.
    fn in_order(&mut self) -> Vec<(String, Option<ValueChunk>)> {
        let mut news: Vec<_> = mem::take(&mut self.news).into_iter().collect();
        news.sort_unstable_by_key(|(_, news)| news.place);
        news.into_iter().map(|(name, news)| (name, news.chunk)).collect()
    }
}

impl Chunk for DictChunk {
    type Whole = Dict;

    fn merge(&mut self, mut next: Self) {
        for (name, chunk) in next.in_order() {
            let place = self.news.len();
            match self.news.entry(name) {
                Entry::Occupied(merged) => match (&mut merged.into_mut().chunk, chunk) {
                    (Some(merged), Some(chunk)) => merged.merge(chunk),
                    (Some(_), None) => (),
                    (merged, chunk) => *merged = chunk,
                },
                Entry::Vacant(vacant) => {
                    vacant.insert(News { place, chunk });
                }
            }
        }
    }

    fn has_content(&self) -> bool {
        self.chunks().any(Chunk::has_content)
    }
}

impl Chunked for Dict {
    type Chunk = DictChunk;

    fn into_chunk(self) -> DictChunk {
        let news = self.into_values().map(|(name, value)| (name, Some(value.into_chunk())));
        DictChunk::placed(news)
    }

    fn from_chunk(mut chunk: DictChunk) -> Result<Self> {
        let values = chunk.in_order().into_iter();
        let values = values.filter_map(|(name, chunk)| Some((name, chunk?)));
        values.map(|(name, chunk)| Ok((name, Value::from_chunk(chunk)?))).collect()
    }

    fn from_no_chunks() -> Result<Self> {
        Ok(Self::new())
    }
}

impl Serialize for DictChunk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut news: Vec<_> = self.news.iter().collect();
        news.sort_unstable_by_key(|(_, news)| news.place);
        let news = news.into_iter();
        serializer.collect_map(news.filter_map(|(name, news)| Some((name, news.chunk.as_ref()?))))
    }
}

impl Serialize for ValueChunk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.chunk.to_json().map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl Clone for ValueChunk {
    fn clone(&self) -> Self {
        Self { chunk: self.chunk.clone_box() }
    }
}

impl fmt::Debug for ValueChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chunk.fmt(f)
    }
}

/// A value as JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| {
        Error::new(ErrorKind::InvalidInput, "a value under a name must be JSON").with_source(error)
    })
}

/// JSON that is nothing else.
#[derive(Clone, Debug)]
struct Json(Value);

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// It comes at once. What is empty has no content, as if it came with its type.
impl Chunk for Json {
    type Whole = Self;

    fn merge(&mut self, next: Self) {
        *self = next;
    }

    fn has_content(&self) -> bool {
        match &self.0 {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            Value::Bool(_) | Value::Number(_) => true,
        }
    }
}

impl Chunked for Json {
    type Chunk = Self;

    fn into_chunk(self) -> Self {
        self
    }

    fn from_chunk(chunk: Self) -> Result<Self> {
        Ok(chunk)
    }
}

/// [`Chunk`] without its type.
trait ErasedChunk: fmt::Debug + Send {
    fn as_any(&self) -> &dyn Any;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
    fn clone_box(&self) -> Box<dyn ErasedChunk>;
    fn to_json(&self) -> serde_json::Result<Value>;
    /// Gives `next` back if it is of another type.
    fn try_merge(&mut self, next: Box<dyn ErasedChunk>) -> Result<(), Box<dyn ErasedChunk>>;
    fn has_content(&self) -> bool;
    fn into_whole(self: Box<Self>) -> Result<Value>;
}

impl<C: Chunk> ErasedChunk for C {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }

    fn clone_box(&self) -> Box<dyn ErasedChunk> {
        Box::new(self.clone())
    }

    fn to_json(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self)
    }

    fn try_merge(&mut self, next: Box<dyn ErasedChunk>) -> Result<(), Box<dyn ErasedChunk>> {
        if !next.as_any().is::<C>() {
            return Err(next);
        }
        if let Ok(next) = next.into_any().downcast::<C>() {
            self.merge(*next);
        }
        Ok(())
    }

    fn has_content(&self) -> bool {
        Chunk::has_content(self)
    }

    fn into_whole(self: Box<Self>) -> Result<Value> {
        to_json(&C::Whole::from_chunk(*self)?)
    }
}
