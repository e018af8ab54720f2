//! Distinguishes calls to which a service gives the same index.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::Arc,
};

use runnable_chat::message::ToolCallChunk;

/// Distinguishes the calls of a service that sends several names at one index before it sends their
/// arguments.
///
/// Such a name may also be the rest of the previous one, because some services split names. The tools
/// of the request decide: the name starts a call if the previous name is the name of a tool, the two
/// joined are not the start of the name of a tool, and it is the start of one itself. The arguments
/// then belong to the calls in their order. Without tools, a name continues the previous one.
#[derive(Debug)]
pub(super) struct SharedIndexes {
    tools: Arc<[String]>,
    by_index: HashMap<u32, Calls>,
    /// The number of calls that got a separate index.
    apart: u32,
}

/// The calls of one index.
#[derive(Debug, Default)]
struct Calls {
    /// The name of the last call, as far as it has been received.
    name: String,
    /// Whether arguments have been received since then.
    has_args: bool,
    /// The indexes of the calls whose arguments are missing, if there are several.
    waiting: VecDeque<u32>,
    args: Arguments,
}

impl SharedIndexes {
    pub(super) fn new(tools: Arc<[String]>) -> Self {
        Self { tools, by_index: HashMap::new(), apart: 0 }
    }

    /// Returns the index of the call to which a part with this index belongs. Further calls with the
    /// same index get indexes from the end of the range, which no service reaches.
    pub(super) fn place(&mut self, index: u32, piece: &ToolCallChunk) -> u32 {
        let calls = self.by_index.entry(index).or_default();
        if let Some(name) = piece.name.as_deref().filter(|name| !name.is_empty()) {
            if mem::take(&mut calls.has_args) && calls.waiting.is_empty() {
                // Arguments that precede a name show that it starts a call.
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
                    // The arguments were received with the name.
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

/// Returns whether a name that follows another one starts another call.
fn begins_call(tools: &[String], before: &str, name: &str) -> bool {
    let is_tool = tools.iter().any(|tool| tool == before);
    let begins_tool = tools.iter().any(|tool| tool.starts_with(name));
    let goes_on = || {
        let rest = |tool: &String| tool.strip_prefix(before).is_some_and(|it| it.starts_with(name));
        tools.iter().any(rest)
    };
    is_tool && before != name && begins_tool && !goes_on()
}

/// The state of a JSON value that is received in parts.
#[derive(Debug, Default)]
struct Arguments {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Arguments {
    /// Reads the next part, and returns whether the value ends in it.
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
