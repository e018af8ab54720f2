//! Joins the chunks of tool calls when an answer is complete, and gives every call an ID.

use std::collections::{HashMap, HashSet};

use super::{
    arguments::ArgumentsSoFar,
    block_chunk::{BlockChunk, BlockDelta, Kind},
    content_block::ContentBlock,
    tool_call::ToolCallChunk,
};

/// Joins the chunks that belong to the same tool call, by the rules of [`BlockChunk`]. The chunks
/// of other blocks are not changed.
pub(crate) fn join_calls(pieces: Vec<BlockChunk>) -> Vec<BlockChunk> {
    if pieces.iter().filter(|piece| piece.as_call().is_some()).nth(1).is_none() {
        return pieces;
    }
    let mut calls = Calls::default();
    pieces.into_iter().for_each(|piece| calls.push(piece));
    calls.blocks
}

/// Gives an ID to each tool call without an ID, and a new ID to each call that has the ID of an
/// earlier call. IDs must be unique, because a tool result refers to its call only by ID. The new
/// IDs are hashes, so equal answers get equal IDs.
pub(crate) fn name_calls(blocks: &mut [BlockChunk], answer: &str) {
    let mut taken = HashSet::new();
    // Calls that were received in one complete block keep their IDs.
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
        let id = if taken.contains(&id) {
            (2..).map(|n: u64| format!("{id}_{n}")).find(|id| !taken.contains(id))
        } else {
            Some(id)
        };
        taken.extend(id.clone());
        call.id = id;
    }
}

/// Creates an ID for a call: a hash (FNV-1a) of the answer's ID, the position of the call, its tool
/// name and its arguments. The answer's ID is included so that equal calls in different turns have
/// different IDs.
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
    /// For each call, by its position in `blocks`, the scanner of its arguments. A scanner is
    /// created on the first query.
    arguments: HashMap<usize, ArgumentsSoFar>,
    /// For each kind and index, the position in `blocks` of the call to which the latest chunk with
    /// this index belongs.
    by_index: HashMap<(Kind, u32), usize>,
    /// For each kind and ID, the position in `blocks` of the call to which the latest chunk with
    /// this ID belongs.
    by_id: HashMap<(Kind, String), usize>,
    /// For each kind, the position in `blocks` of the latest block of this kind.
    last_of: HashMap<Kind, usize>,
    /// The position in `blocks` of the call to which the previous chunk belongs. It is `None` if
    /// the previous chunk has an index or is not part of a call.
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

    /// Returns the position of the call that `piece` may continue, if there is one. The function
    /// [`continues`] then decides whether `piece` continues this call.
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

    /// Returns the position of the latest call, if `piece` can only be a continuation of the
    /// arguments of that call. This is the case if `piece` has a new index, but has neither a name
    /// nor an ID, which the start of a call would have.
    fn unfinished(&mut self, piece: &BlockChunk) -> Option<usize> {
        let call = piece.as_call()?;
        let is_rest = call.named().is_none() && call.identified().is_none();
        let place = *self.last_of.get(&piece.kind())?;
        let last = self.blocks[place].as_call()?;
        let may_continue = is_rest && last.named().is_some();
        let args = self.arguments.entry(place).or_default();
        (may_continue && (last.is_custom() || !args.are_all(&last.args))).then_some(place)
    }
}

/// Returns `true` if `piece` continues `call`, and `false` if it starts a new call.
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
        // Some services send a new ID and repeat the name with each chunk. A chunk belongs to the
        // same call if its arguments continue the arguments before it.
        return call.named() == Some(name) && continues_arguments(call, args, piece);
    }
    match call.named() {
        None => true,
        Some(known) if known == name => {
            piece.args.is_empty() || call.is_custom() || !args.are_all(&call.args)
        }
        // A part of a name can only follow while no arguments have been received.
        Some(_) => (same_index || same_id) && args.are_blank(&call.args),
    }
}

/// Returns `true` if the arguments of `piece` can only be a continuation of the arguments of
/// `call`.
fn continues_arguments(
    call: &ToolCallChunk,
    args: &mut ArgumentsSoFar,
    piece: &ToolCallChunk,
) -> bool {
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
