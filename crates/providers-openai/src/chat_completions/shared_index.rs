//! Calls to which a service gives one index.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::Arc,
};

use runnable_chat::message::ToolCallChunk;

/// Tells the calls apart that a service names one after the other, at the same index and before their
/// arguments come.
///
/// Such a name may as well be the rest of the one before, because some services send names in pieces.
/// The tools that were offered decide: it begins a call if the name before it is the name of a tool, the
/// two together begin no name of a tool, and it begins one itself. The arguments then belong to the calls
/// in their order. Without tools to compare with, a name is the rest of the one before.
#[derive(Debug)]
pub(super) struct SharedIndexes {
    tools: Arc<[String]>,
    by_index: HashMap<u32, Calls>,
    /// The number of calls that got an index of their own.
    apart: u32,
}

/// The calls of one index.
#[derive(Debug, Default)]
struct Calls {
    /// The name of the last call, as far as it has come.
    name: String,
    /// Whether arguments have come since.
    has_args: bool,
    /// The indexes of the calls that still lack arguments, if there are several.
    waiting: VecDeque<u32>,
    args: Arguments,
}

impl SharedIndexes {
    pub(super) fn new(tools: Arc<[String]>) -> Self {
        Self { tools, by_index: HashMap::new(), apart: 0 }
    }

    /// The index of the call that a piece of this index belongs to. Calls that share one get others
    /// from the end, where no service counts to.
    pub(super) fn place(&mut self, index: u32, piece: &ToolCallChunk) -> u32 {
        let calls = self.by_index.entry(index).or_default();
        if let Some(name) = piece.name.as_deref().filter(|name| !name.is_empty()) {
            if mem::take(&mut calls.has_args) && calls.waiting.is_empty() {
                // Whether it begins a call is seen by the arguments before it.
                calls.name.clear();
            }
            if begins_call(&self.tools, &calls.name, name) {
                let place = u32::MAX - self.apart;
                self.apart = self.apart.saturating_add(1);
                if calls.waiting.is_empty() {
                    calls.waiting.push_back(index);
                }
                calls.waiting.push_back(place);
                name.clone_into(&mut calls.name);
                calls.has_args = !piece.args.trim().is_empty();
                if calls.has_args {
                    // They came with the name, and need not be waited for.
                    calls.waiting.pop_back();
                }
                return place;
            }
            if calls.name != name {
                calls.name.push_str(name);
            }
        }
        if piece.args.trim().is_empty() {
            return index;
        }
        calls.has_args = true;
        let Some(place) = calls.waiting.front().copied() else { return index };
        if calls.args.end_with(&piece.args) {
            calls.waiting.pop_front();
            calls.args = Arguments::default();
        }
        place
    }
}

/// Whether a name after another is the name of another call.
fn begins_call(tools: &[String], before: &str, name: &str) -> bool {
    let is_tool = tools.iter().any(|tool| tool == before);
    let begins_tool = tools.iter().any(|tool| tool.starts_with(name));
    let goes_on = || {
        let rest = |tool: &String| tool.strip_prefix(before).is_some_and(|it| it.starts_with(name));
        tools.iter().any(rest)
    };
    is_tool && before != name && begins_tool && !goes_on()
}

/// How far an object of JSON has come.
#[derive(Debug, Default)]
struct Arguments {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Arguments {
    /// Whether they end within these bytes, the next of them.
    fn end_with(&mut self, piece: &str) -> bool {
        let mut ended = false;
        for byte in piece.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = self.in_text,
                b'"' => self.in_text = !self.in_text,
                b'{' | b'[' if !self.in_text => self.depth += 1,
                b'}' | b']' if !self.in_text => {
                    self.depth = self.depth.saturating_sub(1);
                    ended |= self.depth == 0;
                }
                _ => (),
            }
        }
        ended
    }
}
