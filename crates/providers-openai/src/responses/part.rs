//! The parts of items, each with the content block to which it belongs.

use std::collections::HashMap;

use runnable_chat::AiMessageChunk;
use runnable_core::Result;
use runnable_http::chat::{MAX_PARTS, MAX_TOKENS, too_many};

use crate::{shared::Token, wire::List};

/// The kind of a part of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PartKind {
    Text,
    Refusal,
    Summary,
    /// A part of the reasoning itself, and not of its summary.
    Reasoning,
}

/// What has been received of a part of an item.
#[derive(Debug)]
pub(super) struct PartReader {
    pub(super) kind: PartKind,
    pub(super) index: u64,
    pub(super) block: u32,
    /// The text so far.
    pub(super) emitted: String,
    pub(super) annotations: usize,
}

/// The parts of an item. Nearly all items have only one part, which is found without a map.
#[derive(Debug, Default)]
pub(super) struct Parts {
    parts: Vec<PartReader>,
    /// Maps the kind and the index of a part to its position in `parts`. The part at position 0 is
    /// not in the map.
    places: HashMap<(PartKind, u64), usize>,
}

impl Parts {
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(super) fn place_of(&self, kind: PartKind, index: u64) -> Option<usize> {
        let first = self.parts.first()?;
        if first.kind == kind && first.index == index {
            return Some(0);
        }
        self.places.get(&(kind, index)).copied()
    }

    pub(super) fn get(&self, kind: PartKind, index: u64) -> Option<&PartReader> {
        self.parts.get(self.place_of(kind, index)?)
    }

    pub(super) fn get_mut(&mut self, place: usize) -> &mut PartReader {
        &mut self.parts[place]
    }

    pub(super) fn push(&mut self, part: PartReader) -> usize {
        let place = self.parts.len();
        if place > 0 {
            self.places.insert((part.kind, part.index), place);
        }
        self.parts.push(part);
        place
    }
}

/// Counts the blocks of an answer.
#[derive(Debug, Default)]
pub(super) struct Blocks(u32);

impl Blocks {
    pub(super) fn next(&mut self) -> u32 {
        let block = self.0;
        self.0 = block.saturating_add(1);
        block
    }

    /// Returns an error if there are too many blocks.
    pub(super) fn check(&self) -> Result<()> {
        match usize::try_from(self.0) {
            Ok(count) if count <= MAX_PARTS => Ok(()),
            _ => Err(too_many("blocks", MAX_PARTS)),
        }
    }
}

/// Adds the log-probabilities of tokens, if there are any.
pub(super) fn with_logprobs(
    chunk: AiMessageChunk,
    tokens: List<Token<'_>, MAX_TOKENS>,
) -> AiMessageChunk {
    if tokens.0.is_empty() {
        chunk
    } else {
        chunk.with_logprobs(tokens.into_iter().map(Into::into))
    }
}
