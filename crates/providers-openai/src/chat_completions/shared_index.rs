//! Distinguishes calls to which a service gives the same index.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::Arc,
};

use runnable_chat::message::ToolCallChunk;

/// Distinguishes the tool calls of a service that sends the names of several calls with the same
/// index before it sends their arguments.
///
/// A second name with the same index may also be the rest of the first name, because some services
/// split names. The names of the tools in the request decide. The second name starts a new call if
/// all of these are true: the first name is the complete name of a tool; the two names joined are
/// not the start of the name of a tool; and the second name is itself the start of the name of a
/// tool. The arguments that follow belong to the calls in the order of the calls. Without tools,
/// the second name continues the first.
#[derive(Debug)]
pub(super) struct SharedIndexes {
    tools: Arc<[String]>,
    by_index: HashMap<u32, Calls>,
    /// The number of calls that got another index than the one that the service sent.
    apart: u32,
}

/// The calls to which the service gives the same index.
#[derive(Debug, Default)]
struct Calls {
    /// The name of the last call, as far as it has been received.
    name: String,
    /// Whether arguments have been received since the last new name.
    has_args: bool,
    /// The indexes of the calls whose arguments are not complete yet, if there are several.
    waiting: VecDeque<u32>,
    /// The arguments of the first call in `waiting`.
    args: Arguments,
}

impl SharedIndexes {
    pub(super) fn new(tools: Arc<[String]>) -> Self {
        Self { tools, by_index: HashMap::new(), apart: 0 }
    }

    /// Returns the index of the call to which `piece` belongs. `index` is the index that the
    /// service sent. Further calls with the same index get indexes from the end of the range of
    /// `u32`, which no service reaches.
    pub(super) fn place(&mut self, index: u32, piece: &ToolCallChunk) -> u32 {
        let calls = self.by_index.entry(index).or_default();
        if let Some(name) = piece.name.as_deref().filter(|name| !name.is_empty()) {
            if mem::take(&mut calls.has_args) && calls.waiting.is_empty() {
                // Arguments were received before this name, so this name starts a new call.
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
                    // The arguments were received together with the name, so do not wait for them.
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

/// Returns whether `name`, which follows the name `before`, starts another call.
fn begins_call(tools: &[String], before: &str, name: &str) -> bool {
    let is_tool = tools.iter().any(|tool| tool == before);
    let begins_tool = tools.iter().any(|tool| tool.starts_with(name));
    let goes_on = || {
        let rest = |tool: &String| tool.strip_prefix(before).is_some_and(|it| it.starts_with(name));
        tools.iter().any(rest)
    };
    is_tool && before != name && begins_tool && !goes_on()
}

/// Finds the end of a JSON object or list that is received in parts.
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
