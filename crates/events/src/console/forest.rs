//! The runs whose lines have not all been printed, in the order in which the tree is printed.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    time::Instant,
};

use runnable_chat::Usage;

use super::{closing::Closing, detail::Detail, style::Style, tally::Tally};
use crate::text::{Preview, tokens_of};

/// Orders the lines of parallel runs, so that the lines of a run are printed below the line of its
/// parent run.
///
/// The tree is printed from top to bottom. The line of a run is held back until all runs before
/// this run in the tree have ended. Therefore, of several parallel runs, the first is printed while
/// it runs, and the others are printed when the first has ended.
///
/// A `K` identifies a run.
pub(super) struct Forest<K> {
    nodes: HashMap<K, Node<K>>,
    roots: VecDeque<K>,
    /// The value that was printed last. The same value is not printed again below it.
    last_value: Option<Preview>,
}

pub(super) struct Node<K> {
    pub(super) name: String,
    pub(super) depth: usize,
    parent: Option<K>,
    /// The child runs that have not been printed completely, in the order in which they started,
    /// and the details between them.
    items: VecDeque<Item<K>>,
    /// Whether the opening line of the run is printed.
    opened: bool,
    input: Option<Preview>,
    /// The arguments, if this is the run of a tool.
    arguments: Option<String>,
    /// When the run started, if it is a live run.
    pub(super) since: Option<Instant>,
    /// The number of chunks so far.
    pub(super) chunks: u64,
    tally: Tally,
    /// The details before the first child run started.
    details: Vec<String>,
    /// The number of runs of models inside this run, and their token usage.
    inner_usage: (u32, Option<Usage>),
    /// The usage that the run has reported. `None` if it reported none.
    reported_usage: Option<Usage>,
    /// How the run ended. `None` while it is running.
    closing: Option<Closing>,
}

enum Item<K> {
    Child(K),
    Detail(String),
}

/// A run that has started.
pub(super) struct Opening<K> {
    pub(super) parent: Option<K>,
    pub(super) name: String,
    pub(super) input: Option<Preview>,
    /// The arguments, if this is the run of a tool.
    pub(super) arguments: Option<String>,
    /// When the run started, if it is a live run.
    pub(super) since: Option<Instant>,
}

impl<K> Default for Forest<K> {
    fn default() -> Self {
        Self { nodes: HashMap::new(), roots: VecDeque::new(), last_value: None }
    }
}

impl<K: Copy + Eq + Hash> Forest<K> {
    pub(super) fn contains(&self, key: K) -> bool {
        self.nodes.contains_key(&key)
    }

    /// Returns whether all runs have ended and are printed.
    pub(super) fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Adds a run that has started. Ignores a parallel run with the same key, because the events of
    /// the two runs cannot be distinguished.
    pub(super) fn start(&mut self, key: K, opening: Opening<K>) {
        if self.contains(key) {
            return;
        }
        let parent = opening.parent.filter(|parent| self.contains(*parent));
        let depth = parent.and_then(|key| self.nodes.get(&key)).map_or(0, |node| node.depth + 1);
        let Opening { name, input, arguments, since, .. } = opening;
        let node = Node {
            name,
            depth,
            parent,
            items: VecDeque::new(),
            opened: false,
            input,
            arguments,
            since,
            chunks: 0,
            tally: Tally::default(),
            details: Vec::new(),
            inner_usage: (0, None),
            reported_usage: None,
            closing: None,
        };
        self.nodes.insert(key, node);
        match parent.and_then(|key| self.nodes.get_mut(&key)) {
            Some(parent) => parent.items.push_back(Item::Child(key)),
            None => self.roots.push_back(key),
        }
    }

    /// Records the number of chunks of a run.
    pub(super) fn progress(&mut self, key: K, chunks: u64) {
        if let Some(node) = self.nodes.get_mut(&key) {
            node.chunks = chunks;
        }
    }

    /// Adds a detail to a run.
    pub(super) fn detail(&mut self, key: K, detail: &Detail, style: Style) {
        if let Some(node) = self.nodes.get_mut(&key) {
            // With values, the waits and the HTTP exchanges have their own lines.
            let is_noted = matches!(detail, Detail::Retry { .. } | Detail::Fallback { .. });
            if is_noted || !style.values {
                node.tally.add(detail);
            }
            if style.values {
                let line = detail.line(style);
                if node.opened || !node.items.is_empty() {
                    node.items.push_back(Item::Detail(line));
                } else {
                    node.details.push(line);
                }
            }
        }
    }

    /// Adds the usage that the run of a text model or an embedding model has reported.
    pub(super) fn report_usage(&mut self, key: K, usage: Usage) {
        if let Some(node) = self.nodes.get_mut(&key) {
            node.reported_usage = Some(node.reported_usage.unwrap_or_default() + usage);
        }
    }

    /// Records how a run ended.
    pub(super) fn end(&mut self, key: K, mut closing: Closing) {
        let Some(node) = self.nodes.get_mut(&key) else { return };
        closing.usage = closing.usage.or(node.reported_usage);
        let (count, inner) = node.inner_usage;
        let total = inner
            .filter(|_| count > 1 && closing.usage.is_none())
            .map(|usage| format!("total {}", tokens_of(&usage)));
        let arguments = node.arguments.take().into_iter();
        let notes = arguments.chain(node.tally.notes()).chain(total);
        closing.notes = notes.chain(closing.notes).collect();
        if node.input.is_none() {
            node.input = closing.input.take();
        }
        let (inner, count) = match closing.usage {
            Some(usage) => (Some(usage), 1),
            None => (inner, count),
        };
        let parent = node.parent;
        node.closing = Some(closing);
        if let (Some(usage), Some(parent)) =
            (inner, parent.and_then(|key| self.nodes.get_mut(&key)))
        {
            let (parents_count, sum) = &mut parent.inner_usage;
            *parents_count = parents_count.saturating_add(count);
            *sum = Some(sum.map_or(usage, |sum| sum + usage));
        }
    }

    /// Removes and returns the lines that can be printed now.
    pub(super) fn lines(&mut self, style: Style) -> String {
        let mut lines = String::new();
        while let Some(root) = self.roots.front().copied() {
            if !self.advance(root, style, &mut lines) {
                break;
            }
            self.roots.pop_front();
            self.last_value = None;
        }
        lines
    }

    /// Adds to `lines` the lines of a run and its child runs that can be printed now. Returns
    /// `true` if all lines of the run have now been printed.
    ///
    /// The method walks down the tree to the first run that has not ended, and back up. It is not
    /// recursive, because deeply nested runs would then overflow the stack.
    fn advance(&mut self, root: K, style: Style, lines: &mut String) -> bool {
        let mut current = root;
        loop {
            let Some(node) = self.nodes.get_mut(&current) else {
                return true;
            };
            if let Some(item) = node.items.front() {
                if !node.opened {
                    node.opened = true;
                    lines.push_str(&style.opening(node.depth, &node.name));
                    let printed = &mut self.last_value;
                    print_value(style, node.depth, true, "in", node.input.take(), printed, lines);
                    for detail in node.details.drain(..) {
                        lines.push_str(&style.detail(node.depth, true, &detail));
                    }
                }
                match item {
                    Item::Child(child) => current = *child,
                    Item::Detail(detail) => {
                        lines.push_str(&style.detail(node.depth, true, detail));
                        node.items.pop_front();
                    }
                }
                continue;
            }
            let Some(closing) = &mut node.closing else {
                return false;
            };
            let (depth, opened) = (node.depth, node.opened);
            lines.push_str(&style.closing(depth, opened, &node.name, closing));
            let printed = &mut self.last_value;
            // If the input was not known before the child runs were printed, do not print it below
            // them, because readers expect the input above the child runs.
            let input = node.input.take().filter(|_| !opened);
            print_value(style, depth, false, "in", input, printed, lines);
            for detail in &node.details {
                lines.push_str(&style.detail(depth, false, detail));
            }
            print_value(style, depth, false, "out", closing.output.take(), printed, lines);
            lines.push_str(&closing.findings);
            let parent = node.parent.filter(|_| current != root);
            self.nodes.remove(&current);
            let Some(parent) = parent else {
                return true;
            };
            if let Some(node) = self.nodes.get_mut(&parent) {
                node.items.pop_front();
            }
            current = parent;
        }
    }

    /// Calls `show` for each run that is open and has no open child runs, in the order of the tree.
    /// Stops after `limit` runs, and returns how many further runs there are.
    pub(super) fn open_leaves(&self, limit: usize, mut show: impl FnMut(&Node<K>)) -> usize {
        let mut found = 0usize;
        let mut stack: Vec<K> = self.roots.iter().rev().copied().collect();
        while let Some(key) = stack.pop() {
            let Some(node) = self.nodes.get(&key) else { continue };
            let children = node.items.iter().rev().filter_map(|item| match item {
                Item::Child(key) => Some(*key),
                Item::Detail(_) => None,
            });
            let before = stack.len();
            stack.extend(children.filter(|key| self.is_open(*key)));
            if stack.len() == before && node.closing.is_none() {
                found = found.saturating_add(1);
                if found <= limit {
                    show(node);
                }
            }
        }
        found.saturating_sub(limit)
    }

    /// Returns whether a run has not ended. A run that was moved into a task can outlive its
    /// parent, so an ended run can contain open runs. Such runs are not found.
    fn is_open(&self, key: K) -> bool {
        self.nodes.get(&key).is_some_and(|node| node.closing.is_none())
    }
}

/// Adds the line of a value, unless the line above shows the same value.
fn print_value(
    style: Style,
    depth: usize,
    is_open: bool,
    label: &str,
    value: Option<Preview>,
    printed: &mut Option<Preview>,
    lines: &mut String,
) {
    let Some(value) = value else { return };
    if printed.as_ref().is_some_and(|printed| printed.is_same(&value)) {
        return;
    }
    lines.push_str(&style.value(depth, is_open, label, &value));
    *printed = Some(value);
}
