//! The pieces of tool calls in an answer that is complete, joined, and the ids of the calls.

use std::collections::{HashMap, HashSet};

use super::{
    arguments::ArgumentsSoFar,
    block_chunk::{BlockChunk, BlockDelta, Kind},
    content_block::ContentBlock,
    tool_call::ToolCallChunk,
};

/// Joins the pieces that belong to one call, as [`BlockChunk`] says. Other blocks stay as they are.
pub(crate) fn join_calls(pieces: Vec<BlockChunk>) -> Vec<BlockChunk> {
    if pieces.iter().filter(|piece| piece.as_call().is_some()).nth(1).is_none() {
        return pieces;
    }
    let mut calls = Calls::default();
    pieces.into_iter().for_each(|piece| calls.push(piece));
    calls.blocks
}

/// Gives an id to each call that has none, and another to one whose id stands before it: the answer of
/// a tool says by the id alone which call it belongs to. The same pieces get the same ids.
pub(crate) fn name_calls(blocks: &mut [BlockChunk], answer: &str) {
    let mut taken = HashSet::new();
    // Calls that came whole keep what they have.
    taken.extend(blocks.iter().filter_map(|block| match &block.delta {
        BlockDelta::Complete(ContentBlock::ToolCall(call)) => call.id.clone(),
        BlockDelta::Complete(ContentBlock::InvalidToolCall(call)) => call.id.clone(),
        _ => None,
    }));
    for (place, block) in blocks.iter_mut().enumerate() {
        let BlockDelta::ToolCall(call) = &mut block.delta else { continue };
        let id = match call.identified() {
            Some(id) if taken.insert(id.to_owned()) => continue,
            Some(id) => format!("{id}_{place}"),
            None => id_of(answer, place, call),
        };
        let id = match taken.contains(&id) {
            true => (2..).map(|n: u64| format!("{id}_{n}")).find(|id| !taken.contains(id)),
            false => Some(id),
        };
        taken.extend(id.clone());
        call.id = id;
    }
}

/// An id that the answer and the call determine (FNV-1a), so that calls of two turns differ.
fn id_of(answer: &str, place: usize, call: &ToolCallChunk) -> String {
    let name = call.named().unwrap_or_default();
    let parts = [answer.as_bytes(), &place.to_le_bytes(), name.as_bytes(), call.args.as_bytes()];
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.join(&0) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("call_{hash:016x}")
}

#[derive(Default)]
struct Calls {
    blocks: Vec<BlockChunk>,
    /// How far the arguments of a block have come, if another piece has asked for it.
    arguments: HashMap<usize, ArgumentsSoFar>,
    /// The place of the last call with an index.
    by_index: HashMap<(Kind, u32), usize>,
    /// The place of the last call with an id.
    by_id: HashMap<(Kind, String), usize>,
    /// The place of the last block of a kind.
    last_of: HashMap<Kind, usize>,
    /// The place of the call of the piece before, if that piece has no index.
    before: Option<usize>,
}

impl Calls {
    fn push(&mut self, piece: BlockChunk) {
        let Some(call) = piece.as_call() else {
            self.before = None;
            self.last_of.insert(piece.kind(), self.blocks.len());
            self.blocks.push(piece);
            return;
        };
        let (kind, index) = (piece.kind(), piece.index);
        let id = piece.call_id().map(str::to_owned);
        let open = self.open_call(&piece).filter(|place| {
            let args = self.arguments.entry(*place).or_default();
            let open = self.blocks[*place].as_call();
            open.is_some_and(|open| continues(open, args, call, index.is_some()))
        });
        let place = open.unwrap_or(self.blocks.len());
        match (open.and_then(|place| self.blocks[place].as_call_mut()), piece.delta) {
            (Some(open), BlockDelta::ToolCall(call) | BlockDelta::ServerToolCall(call)) => {
                join(open, call);
            }
            (_, delta) => {
                self.last_of.insert(kind, place);
                self.blocks.push(BlockChunk { index, delta });
            }
        }
        if let Some(index) = index {
            self.by_index.insert((kind, index), place);
        }
        if let Some(id) = id {
            self.by_id.insert((kind, id), place);
        }
        self.before = index.is_none().then_some(place);
    }

    /// The call that a piece may continue.
    fn open_call(&mut self, piece: &BlockChunk) -> Option<usize> {
        let kind = piece.kind();
        if let Some(index) = piece.index {
            let known = self.by_index.get(&(kind, index)).copied();
            return known.or_else(|| self.unfinished(piece));
        }
        let same_id = piece.call_id().and_then(|id| self.by_id.get(&(kind, id.to_owned())));
        same_id.copied().or_else(|| {
            self.before.filter(|place| {
                let before = &self.blocks[*place];
                before.kind() == kind && (piece.call_id().is_none() || before.call_id().is_none())
            })
        })
    }

    /// The last call, if a piece of another index can only be the rest of its arguments: without a
    /// name and an id it cannot begin a call.
    fn unfinished(&mut self, piece: &BlockChunk) -> Option<usize> {
        let call = piece.as_call()?;
        let is_rest = call.named().is_none() && call.identified().is_none();
        let place = *self.last_of.get(&piece.kind())?;
        let last = self.blocks[place].as_call()?;
        let may_go_on = is_rest && last.named().is_some();
        let args = self.arguments.entry(place).or_default();
        (may_go_on && (last.is_custom() || !args.are_all(&last.args))).then_some(place)
    }
}

/// Whether a piece continues a call, rather than begins one.
fn continues(
    call: &ToolCallChunk,
    args: &mut ArgumentsSoFar,
    piece: &ToolCallChunk,
    same_index: bool,
) -> bool {
    let Some(name) = piece.named() else { return true };
    let ids = call.identified().zip(piece.identified());
    let same_id = ids.is_some_and(|(id, next)| id == next);
    if ids.is_some() && !same_id {
        // Some services change the id with each piece, and repeat the name. Arguments that go on
        // tell them from another call.
        return call.named() == Some(name) && goes_on(call, args, piece);
    }
    match call.named() {
        None => true,
        Some(known) if known == name => {
            piece.args.is_empty() || call.is_custom() || !args.are_all(&call.args)
        }
        // The rest of a name comes before the arguments.
        Some(_) => (same_index || same_id) && args.are_blank(&call.args),
    }
}

/// Whether the arguments of a piece can only be the rest of others.
fn goes_on(call: &ToolCallChunk, args: &mut ArgumentsSoFar, piece: &ToolCallChunk) -> bool {
    let rest = piece.args.trim_start();
    let is_rest = !rest.is_empty() && !rest.starts_with('{') && !call.is_custom();
    is_rest && !args.are_blank(&call.args) && !args.are_all(&call.args)
}

fn join(call: &mut ToolCallChunk, mut piece: ToolCallChunk) {
    if let Some(next) = piece.name.take().filter(|next| !next.is_empty()) {
        match &mut call.name {
            Some(name) if *name == next => {}
            Some(name) => name.push_str(&next),
            None => call.name = Some(next),
        }
    }
    call.merge(piece);
}
