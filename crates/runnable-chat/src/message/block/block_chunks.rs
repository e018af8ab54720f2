//! A list of content block chunks. A new chunk is merged into the chunk that it continues.
//!
//! Merging must be associative, so two chunks are merged only if they belong together regardless of
//! the chunks before them. A chunk with a tool name can start a call, repeat the name of a call, or
//! continue the name. Which of these applies depends on the arguments that were received before.
//! Such chunks stay separate here, and [`join_calls`] joins them when the answer is complete.

use std::collections::HashMap;

use super::{
    block_chunk::{BlockChunk, BlockDelta, Kind},
    call_pieces::{join_calls, name_calls},
    content_block::ContentBlock,
};

/// Merged chunks of content blocks, in the order in which the blocks started.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockChunks {
    blocks: Vec<BlockChunk>,
    /// For each key, the position of the latest block with this key in `blocks`. This map speeds up
    /// the search if there are many blocks. It is `None` while there are few blocks, as in every
    /// chunk of a stream.
    #[allow(
        clippy::box_collection,
        reason = "a pointer keeps chunks of a stream small, and they are moved often"
    )]
    places: Option<Box<HashMap<Key, usize>>>,
}

/// The kind and the index of a block, which identify the block that a chunk continues.
type Key = (Kind, u32);

/// The number of blocks up to which a linear search is used instead of a map.
const FEW: usize = 16;

impl BlockChunks {
    pub(crate) fn as_slice(&self) -> &[BlockChunk] {
        &self.blocks
    }

    pub(crate) fn into_vec(self) -> Vec<BlockChunk> {
        self.blocks
    }

    pub(crate) fn edit(&mut self, mut edit: impl FnMut(Option<u32>, &mut BlockDelta)) {
        self.blocks.iter_mut().for_each(|block| edit(block.index, &mut block.delta));
    }

    pub(crate) fn push(&mut self, next: BlockChunk) {
        match self.place_of(&next) {
            Some(place) => {
                self.note(&next, place);
                self.blocks[place].merge(next);
            }
            None => {
                self.note(&next, self.blocks.len());
                // Reserve space for a single block: most chunks of a stream have only one.
                if self.blocks.is_empty() {
                    self.blocks.reserve_exact(1);
                }
                self.blocks.push(next);
            }
        }
    }

    pub(crate) fn extend(&mut self, next: Self) {
        if self.blocks.is_empty() {
            *self = next;
            return;
        }
        next.blocks.into_iter().for_each(|block| self.push(block));
    }

    /// Converts the chunks into the content blocks of an answer. `answer` is the ID of the answer.
    /// If `is_cut` is `true`, the answer was truncated inside the last block.
    pub(crate) fn finish(mut self, answer: &str, is_cut: bool) -> Vec<ContentBlock> {
        self.blocks = join_calls(self.blocks);
        if self.blocks.iter().any(|block| block.as_call().is_some()) {
            name_calls(&mut self.blocks, answer);
        }
        let cut = if is_cut { self.blocks.pop() } else { None };
        // Use only `map` between `into_iter` and `collect`. The blocks then reuse the memory of the
        // chunks.
        let mut blocks: Vec<_> = self.blocks.into_iter().map(BlockChunk::finish).collect();
        blocks.extend(cut.map(BlockChunk::finish_cut));
        blocks
    }

    /// Returns the position of the chunk that `next` certainly continues. Returns `None` if there
    /// is no such chunk, or if earlier chunks determine whether `next` continues it.
    fn place_of(&self, next: &BlockChunk) -> Option<usize> {
        let (last, before) = self.blocks.split_last()?;
        if next.names_a_tool() {
            return None;
        }
        if let Some(key) = key_of(next) {
            if key_of(last) == Some(key) {
                return Some(before.len());
            }
            return match &self.places {
                Some(places) => places.get(&key).copied(),
                None => before.iter().rposition(|block| key_of(block) == Some(key)),
            };
        }
        let continues = last.index.is_none()
            && last.kind() == next.kind()
            && !matches!(next.delta, BlockDelta::Complete(_))
            && next.call_id().is_none_or(|id| last.call_id() == Some(id));
        continues.then_some(before.len())
    }

    /// Records in `places` the position of the chunk that `next` is merged into.
    fn note(&mut self, next: &BlockChunk, place: usize) {
        if self.places.is_none() && self.blocks.len() >= FEW {
            let keys = self.blocks.iter().enumerate();
            let keys = keys.filter_map(|(place, block)| Some((key_of(block)?, place)));
            self.places = Some(Box::new(keys.collect()));
        }
        if let (Some(places), Some(key)) = (&mut self.places, key_of(next)) {
            places.insert(key, place);
        }
    }
}

/// Creates a list with one chunk, as in most chunks of a stream.
impl From<BlockChunk> for BlockChunks {
    fn from(block: BlockChunk) -> Self {
        Self { blocks: vec![block], places: None }
    }
}

impl FromIterator<BlockChunk> for BlockChunks {
    fn from_iter<I: IntoIterator<Item = BlockChunk>>(blocks: I) -> Self {
        Self { blocks: blocks.into_iter().collect(), places: None }
    }
}

/// Compares the blocks only, because `places` is an index that can be derived from the blocks.
impl PartialEq for BlockChunks {
    fn eq(&self, other: &Self) -> bool {
        self.blocks == other.blocks
    }
}

fn key_of(block: &BlockChunk) -> Option<Key> {
    Some((block.kind(), block.index?))
}
