//! The runs whose lines have not all been printed, in the order in which the tree is printed.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use runnable_core::{Run, RunId, RunKind};

use super::line::{Style, Summary, human, one_line};

/// Orders the lines of parallel runs, so that the lines of a run are printed below the line of its
/// parent run.
///
/// The tree is printed from top to bottom. The line of a run is held back until all runs before
/// this run in the tree have ended. Therefore, of several parallel runs, the first is printed while
/// it runs, and the others are printed when the first has ended.
#[derive(Default)]
pub(super) struct Forest {
    nodes: HashMap<Key, Node>,
    roots: VecDeque<Key>,
}

/// Identifies a run by its ID and the number of its parents. The ID alone is not unique, because a
/// caller can give a run the ID of one of its parents.
type Key = (RunId, usize);

struct Node {
    name: String,
    kind: RunKind,
    depth: usize,
    parent: Option<Key>,
    /// The child runs that have not been printed completely, in the order in which they started.
    children: VecDeque<Key>,
    /// Whether the opening line of the run is printed.
    opened: bool,
    /// The arguments, if this is the run of a tool.
    arguments: Option<String>,
    /// The number of retries, and the sum of the delays before these retries.
    retries: (u32, Duration),
    /// How the run ended. `None` while it is running.
    summary: Option<Summary>,
}

impl Forest {
    /// Adds a run that has started.
    pub(super) fn start(&mut self, run: &Run, arguments: Option<String>) {
        let key = (run.id, run.parent_ids.len());
        // Ignore a parallel run with the same ID, because the events of the two runs cannot be
        // distinguished.
        if self.nodes.contains_key(&key) {
            return;
        }
        // Use the closest parent that is in the tree. Parents from which this listener receives no
        // events are not in the tree.
        let parents = run.parent_ids.iter().copied().enumerate().map(|(depth, id)| (id, depth));
        let parent = parents.rev().find(|key| self.nodes.contains_key(key));
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

    /// Records a retry of a run, and the delay before the retry.
    pub(super) fn retry(&mut self, run: &Run, wait: Duration) {
        if let Some(node) = self.nodes.get_mut(&(run.id, run.parent_ids.len())) {
            let (count, waited) = &mut node.retries;
            (*count, *waited) = (count.saturating_add(1), waited.saturating_add(wait));
        }
    }

    /// Records how a run ended.
    pub(super) fn end(&mut self, run: &Run, mut summary: Summary) {
        if let Some(node) = self.nodes.get_mut(&(run.id, run.parent_ids.len())) {
            let (count, waited) = node.retries;
            let retries = (count > 0).then(|| {
                let word = if count == 1 { "retry" } else { "retries" };
                if waited.is_zero() {
                    format!("{count} {word}")
                } else {
                    format!("{count} {word} after {}", human(waited))
                }
            });
            let notes = [node.arguments.take(), retries, Some(summary.notes)].into_iter().flatten();
            let notes: Vec<_> = notes.filter(|note| !note.is_empty()).collect();
            summary.notes = notes.join("   ");
            node.summary = Some(summary);
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
        }
        lines
    }

    /// Adds to `lines` the lines of a run and its child runs that can be printed now. Returns
    /// `true` if all lines of the run have now been printed.
    ///
    /// The method walks down the tree to the first run that has not ended, and back up. It is not
    /// recursive, because deeply nested runs would then overflow the stack.
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

/// Returns the name of a run. For a run of a model, the name of the model is added.
fn label(run: &Run) -> String {
    match run.metadata.get("ls_model_name").and_then(|model| model.as_str()) {
        Some(model) => one_line(&format!("{} ({model})", run.name)),
        None => one_line(&run.name),
    }
}
