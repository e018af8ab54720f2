//! [`DictChunk`]: the chunks of a [`Dict`].

use std::{
    collections::{BTreeMap, btree_map::Entry},
    mem,
};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    chunk::{Chunk, Chunked},
    dict::Dict,
    value_chunk::ValueChunk,
};
use crate::Result;

/// A chunk of a [`Dict`]. It contains new content for some of the values of the dict.
///
/// After merging, the values are in the order in which their names first appeared.
#[doc(alias = "AddableDict")]
#[derive(Clone, Debug, Default)]
pub struct DictChunk {
    entries: BTreeMap<String, DictEntry>,
}

/// The new content of one value.
#[derive(Clone, Debug)]
struct DictEntry {
    /// The position of the value: the number of names that come before its name.
    place: usize,
    /// The new content. `None` if only the position of the value is known so far.
    chunk: Option<ValueChunk>,
}

impl DictChunk {
    /// Creates a chunk that contains new content for one value of a dict.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Chunk, Chunked, Dict, DictChunk, ValueChunk, dict};
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// let mut chunk = DictChunk::new("text", ValueChunk::new("a".to_owned()));
    /// chunk.merge(DictChunk::new("text", ValueChunk::new("b".to_owned())));
    /// assert_eq!(Dict::from_chunk(chunk)?, dict! { text: "ab" });
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(name: impl Into<String>, chunk: ValueChunk) -> Self {
        Self::placed([(name.into(), Some(chunk))])
    }

    /// Returns the chunk of the value called `name`. Returns `None` if this chunk has no new
    /// content for it.
    pub fn get(&self, name: &str) -> Option<&ValueChunk> {
        self.entries.get(name)?.chunk.as_ref()
    }

    /// Creates a chunk that has names but no content. Its names come before the names of later
    /// chunks.
    pub(crate) fn of_names(names: impl IntoIterator<Item = String>) -> Self {
        Self::placed(names.into_iter().map(|name| (name, None)))
    }

    /// Removes the content of the values whose names match `unwanted`, and keeps their names.
    pub(crate) fn without(mut self, unwanted: impl Fn(&str) -> bool) -> Self {
        for (name, entry) in &mut self.entries {
            if unwanted(name) {
                entry.chunk = None;
            }
        }
        self
    }

    /// Returns whether the chunk has no content for any value.
    pub(crate) fn is_empty(&self) -> bool {
        self.chunks().next().is_none()
    }

    fn placed(entries: impl IntoIterator<Item = (String, Option<ValueChunk>)>) -> Self {
        let entries = entries.into_iter().enumerate();
        Self {
            entries: entries
                .map(|(place, (name, chunk))| (name, DictEntry { place, chunk }))
                .collect(),
        }
    }

    fn chunks(&self) -> impl Iterator<Item = &ValueChunk> {
        self.entries.values().filter_map(|entry| entry.chunk.as_ref())
    }

    /// Returns the names and their content, sorted by the positions of the names.
    fn in_order(&mut self) -> Vec<(String, Option<ValueChunk>)> {
        let mut entries: Vec<_> = mem::take(&mut self.entries).into_iter().collect();
        entries.sort_unstable_by_key(|(_, entry)| entry.place);
        entries.into_iter().map(|(name, entry)| (name, entry.chunk)).collect()
    }
}

impl Chunk for DictChunk {
    type Whole = Dict;

    fn merge(&mut self, mut next: Self) {
        for (name, chunk) in next.in_order() {
            let place = self.entries.len();
            match self.entries.entry(name) {
                Entry::Occupied(merged) => match (&mut merged.into_mut().chunk, chunk) {
                    (Some(merged), Some(chunk)) => merged.merge(chunk),
                    (Some(_), None) => (),
                    (merged, chunk) => *merged = chunk,
                },
                Entry::Vacant(vacant) => {
                    vacant.insert(DictEntry { place, chunk });
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
        let entries = self.into_values().map(|(name, value)| (name, Some(value.into_chunk())));
        DictChunk::placed(entries)
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
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable_by_key(|(_, entry)| entry.place);
        let entries = entries.into_iter();
        serializer
            .collect_map(entries.filter_map(|(name, entry)| Some((name, entry.chunk.as_ref()?))))
    }
}
