//! The parts of items, and the blocks that they become.

use std::collections::HashMap;

use runnable_chat::AiMessageChunk;
use runnable_core::Result;
use runnable_http::chat::{MAX_PARTS, MAX_TOKENS, too_many};

use crate::{shared::Token, wire::List};

/// What a part of an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PartKind {
    Text,
    Refusal,
    Summary,
    /// Thoughts themselves.
    Thoughts,
}

/// A part of which something has come.
#[derive(Debug)]
pub(super) struct PartReader {
    pub(super) kind: PartKind,
    pub(super) index: u64,
    pub(super) block: u32,
    /// Its text, as far as it has come.
    pub(super) sent: String,
    pub(super) annotations: usize,
}

/// The parts of an item. Nearly all items have one, which takes no map to be found.
#[derive(Debug, Default)]
pub(super) struct Parts {
    parts: Vec<PartReader>,
    /// Where the parts after the first are.
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

/// Counts blocks.
#[derive(Debug, Default)]
pub(super) struct Blocks(u32);

impl Blocks {
    pub(super) fn next(&mut self) -> u32 {
        let block = self.0;
        self.0 = block.saturating_add(1);
        block
    }

    /// Says whether there are more blocks than an answer may have.
    pub(super) fn check(&self) -> Result<()> {
        match usize::try_from(self.0) {
            Ok(count) if count <= MAX_PARTS => Ok(()),
            _ => Err(too_many("blocks", MAX_PARTS)),
        }
    }
}

/// How likely tokens were, if that is said.
pub(super) fn with_logprobs(
    chunk: AiMessageChunk,
    tokens: List<Token<'_>, MAX_TOKENS>,
) -> AiMessageChunk {
    match tokens.0.is_empty() {
        true => chunk,
        false => chunk.with_logprobs(tokens.into_iter().map(Into::into)),
    }
}
