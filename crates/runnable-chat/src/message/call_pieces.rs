//! The pieces of tool calls in an answer that is complete, joined.

use std::collections::HashMap;

use super::{BlockChunk, BlockDelta, ToolCallChunk, arguments::ArgumentsSoFar, block_chunk::Kind};

/// Joins the pieces that belong to one call, as [`BlockChunk`] says. Other blocks stay as they are.
pub(super) fn join_calls(pieces: Vec<BlockChunk>) -> Vec<BlockChunk> {
    if pieces.iter().filter(|piece| piece.as_call().is_some()).nth(1).is_none() {
        return pieces;
    }
    let mut calls = Calls::default();
    pieces.into_iter().for_each(|piece| calls.push(piece));
    calls.blocks
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
    /// The place of the call of the piece before, if that piece has no index.
    before: Option<usize>,
}

impl Calls {
    fn push(&mut self, piece: BlockChunk) {
        let Some(call) = piece.as_call() else {
            self.before = None;
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
            (_, delta) => self.blocks.push(BlockChunk { index, delta }),
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
    fn open_call(&self, piece: &BlockChunk) -> Option<usize> {
        let kind = piece.kind();
        if let Some(index) = piece.index {
            return self.by_index.get(&(kind, index)).copied();
        }
        let same_id = piece.call_id().and_then(|id| self.by_id.get(&(kind, id.to_owned())));
        same_id.copied().or_else(|| {
            self.before.filter(|place| {
                let before = &self.blocks[*place];
                before.kind() == kind && (piece.call_id().is_none() || before.call_id().is_none())
            })
        })
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
        return false;
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
