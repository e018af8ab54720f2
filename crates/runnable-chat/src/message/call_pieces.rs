//! The pieces of tool calls in an answer that is complete, joined.

use std::collections::HashMap;

use serde::de::IgnoredAny;

use super::{BlockChunk, BlockDelta, ToolCallChunk, block_chunk::Kind};

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
        let open = self.open_call(&piece).filter(|place| {
            let open = self.blocks[*place].as_call();
            open.is_some_and(|open| continues(open, call, index.is_some()))
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
        if let Some(id) = self.blocks[place].call_id() {
            self.by_id.insert((kind, id.to_owned()), place);
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
fn continues(call: &ToolCallChunk, piece: &ToolCallChunk, same_index: bool) -> bool {
    let Some(name) = piece.named() else { return true };
    let ids = call.identified().zip(piece.identified());
    let same_id = ids.is_some_and(|(id, next)| id == next);
    if ids.is_some() && !same_id {
        return false;
    }
    match call.named() {
        None => true,
        Some(known) if known == name => piece.args.is_empty() || !has_all_arguments(call),
        // The rest of a name comes before the arguments.
        Some(_) => call.args.trim().is_empty() && (same_index || same_id),
    }
}

fn has_all_arguments(call: &ToolCallChunk) -> bool {
    let args = call.args.trim_end();
    // The look at the last letter keeps this cheap where each piece repeats the name.
    !call.is_custom() && args.ends_with('}') && serde_json::from_str::<IgnoredAny>(args).is_ok()
}

fn join(call: &mut ToolCallChunk, mut piece: ToolCallChunk) {
    let name = match (call.named(), piece.named()) {
        (Some(known), Some(name)) if known != name => Some(format!("{known}{name}")),
        (None, Some(name)) => Some(name.to_owned()),
        _ => None,
    };
    call.name = name.or_else(|| call.name.take());
    piece.name = None;
    call.merge(piece);
}
