//! The runs that are not printed yet, in the order of the printed tree.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use runnable_core::{Run, RunId, RunKind};

use super::line::{Style, Summary, human, one_line};

/// Orders the lines of runs that happen side by side, so that each stands below its parent.
///
/// The tree is printed from top to bottom, as far as it is known: a run's line waits until the runs
/// before it are complete. So the foremost run is seen as it happens, and what happens beside it
/// when its turn comes.
#[derive(Default)]
pub(super) struct Forest {
    nodes: HashMap<Key, Node>,
    roots: VecDeque<Key>,
}

/// A run, and how many are around it: a caller may give a run the id of one that it is inside of.
type Key = (RunId, usize);

struct Node {
    name: String,
    kind: RunKind,
    depth: usize,
    parent: Option<Key>,
    /// Those whose lines are not all printed, in the order of their starts.
    children: VecDeque<Key>,
    /// Whether the line above its children is printed.
    opened: bool,
    /// The arguments, if it is the run of a tool.
    arguments: Option<String>,
    /// How often it waited before another attempt, and how long in all.
    retries: (u32, Duration),
    summary: Option<Summary>,
}

impl Forest {
    /// A run has started.
    pub(super) fn start(&mut self, run: &Run, arguments: Option<String>) {
        let key = (run.id, run.parent_ids.len());
        // Of two of the same id side by side, it cannot be told whose line is whose.
        if self.nodes.contains_key(&key) {
            return;
        }
        // A parent that is not watched has no line to stand below.
        let around = run.parent_ids.iter().copied().enumerate().map(|(around, id)| (id, around));
        let parent = around.rev().find(|key| self.nodes.contains_key(key));
        let depth = parent.and_then(|key| self.nodes.get(&key)).map_or(0, |node| node.depth + 1);
        let (name, children) = (label(run), VecDeque::new());
        let (kind, opened, summary) = (run.kind, false, None);
        let retries = (0, Duration::ZERO);
        let node =
            Node { name, kind, depth, parent, children, opened, arguments, retries, summary };
        self.nodes.insert(key, node);
        match parent.and_then(|key| self.nodes.get_mut(&key)) {
            Some(parent) => parent.children.push_back(key),
            None => self.roots.push_back(key),
        }
    }

    /// A run waits before its next attempt.
    pub(super) fn retry(&mut self, run: &Run, wait: Duration) {
        if let Some(node) = self.nodes.get_mut(&(run.id, run.parent_ids.len())) {
            let (count, waited) = &mut node.retries;
            (*count, *waited) = (count.saturating_add(1), waited.saturating_add(wait));
        }
    }

    /// A run has ended.
    pub(super) fn end(&mut self, run: &Run, mut summary: Summary) {
        if let Some(node) = self.nodes.get_mut(&(run.id, run.parent_ids.len())) {
            let (count, waited) = node.retries;
            let retries = (count > 0).then(|| {
                let word = if count == 1 { "retry" } else { "retries" };
                match waited.is_zero() {
                    true => format!("{count} {word}"),
                    false => format!("{count} {word} after {}", human(waited)),
                }
            });
            let notes = [node.arguments.take(), retries, Some(summary.notes)].into_iter().flatten();
            let notes: Vec<_> = notes.filter(|note| !note.is_empty()).collect();
            summary.notes = notes.join("   ");
            node.summary = Some(summary);
        }
    }

    /// The lines that can be printed now.
    pub(super) fn lines(&mut self, style: Style) -> String {
        let mut lines = String::new();
        while let Some(root) = self.roots.front().copied() {
            if !self.advance(root, style, &mut lines) {
                break;
            }
            self.roots.pop_front();
        }
        lines
    }

    /// Prints what there is of a run and the runs inside it; true when that is all of it.
    ///
    /// Walks down to the foremost open run and back up, without recursion: a chain may call itself
    /// as deep as it likes.
    fn advance(&mut self, root: Key, style: Style, lines: &mut String) -> bool {
        let mut current = root;
        loop {
            let Some(node) = self.nodes.get_mut(&current) else {
                return true;
            };
            if let Some(child) = node.children.front().copied() {
                if !node.opened {
                    node.opened = true;
                    lines.push_str(&style.opening(node.depth, &node.name));
                }
                current = child;
                continue;
            }
            let Some(summary) = &node.summary else {
                return false;
            };
            let (depth, opened) = (node.depth, node.opened);
            lines.push_str(&style.closing(depth, opened, &node.name, node.kind, summary));
            let parent = node.parent.filter(|_| current != root);
            self.nodes.remove(&current);
            let Some(parent) = parent else {
                return true;
            };
            if let Some(node) = self.nodes.get_mut(&parent) {
                node.children.pop_front();
            }
            current = parent;
        }
    }
}

/// The name of a run; with that of its model, if it is one of a model.
fn label(run: &Run) -> String {
    match run.metadata.get("ls_model_name").and_then(|model| model.as_str()) {
        Some(model) => one_line(&format!("{} ({model})", run.name)),
        None => one_line(&run.name),
    }
}
