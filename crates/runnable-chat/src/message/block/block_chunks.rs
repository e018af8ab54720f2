//! The pieces of content blocks that came, merged.
//!
//! Merging is associative: two pieces become one only if they belong together whatever came before
//! them. A piece that names a tool begins a call, or repeats the name, or continues it, and the
//! arguments before it decide. So it stays a piece of its own here, and [`join_calls`] decides when
//! the answer is complete.

use std::collections::HashMap;

use super::{
    block_chunk::{BlockChunk, BlockDelta, Kind},
    call_pieces::{join_calls, name_calls},
    content_block::ContentBlock,
};

/// Pieces of content blocks in the order in which they began.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockChunks {
    blocks: Vec<BlockChunk>,
    /// Where the block with a key came last. Made once there are many, so that finding one does not
    /// take longer the more there are; a chunk of a stream has none.
    #[allow(clippy::box_collection, reason = "a chunk of a stream is moved often, and has none")]
    places: Option<Box<HashMap<Key, usize>>>,
}

/// What a piece finds its block by: the kind and the index of the block.
type Key = (Kind, u32);

/// How many blocks are searched one by one.
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
                // A chunk of a stream has one block, and there are many chunks.
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

    /// The blocks of the answer of this id; the last may be one in which the answer was cut.
    pub(crate) fn finish(mut self, answer: &str, is_cut: bool) -> Vec<ContentBlock> {
        self.blocks = join_calls(self.blocks);
        if self.blocks.iter().any(|block| block.as_call().is_some()) {
            name_calls(&mut self.blocks, answer);
        }
        let cut = if is_cut { self.blocks.pop() } else { None };
        // Where the pieces were, their blocks are: no other adapter lets a vector be reused.
        let mut blocks: Vec<_> = self.blocks.into_iter().map(BlockChunk::finish).collect();
        blocks.extend(cut.map(BlockChunk::finish_cut));
        blocks
    }

    /// The piece that a piece continues, whatever came before both.
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

    /// Notes where the piece is that this piece belongs to.
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

/// What a chunk of a stream has: one piece.
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

/// Where the blocks are noted says nothing of them.
impl PartialEq for BlockChunks {
    fn eq(&self, other: &Self) -> bool {
        self.blocks == other.blocks
    }
}

fn key_of(block: &BlockChunk) -> Option<Key> {
    Some((block.kind(), block.index?))
}
