//! [`RunTree`]: the runs of the calls that are being debugged.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use runnable_core::{Run, RunEventData, RunId};
use serde_json::Value;

use super::{
    holds::{RunKey, key_of},
    printable::printable,
};

/// The largest number of lines of a printed tree.
const LINES: usize = 200;

/// The runs of the calls that have not ended, with their inputs.
#[derive(Debug, Default)]
pub(super) struct RunTree {
    roots: HashMap<RunId, Vec<Node>>,
}

#[derive(Debug)]
struct Node {
    key: RunKey,
    parent: Option<RunKey>,
    name: String,
    kind: &'static str,
    state: &'static str,
    /// The input, while the run is running. `None` if it is not known.
    input: Option<Arc<Value>>,
}

impl RunTree {
    /// Adds a run that has started.
    pub(super) fn start(&mut self, run: &Run, input: Option<Arc<Value>>) {
        let depth = run.parent_ids.len();
        let parent = run.parent_id().zip(depth.checked_sub(1));
        let (name, kind) = (run.name.to_string(), run.kind.as_str());
        let node = Node { key: key_of(run), parent, name, kind, state: "running", input };
        self.roots.entry(run.root_id()).or_default().push(node);
    }

    /// Records how a run ended. If the run is the root, removes the call from the tree.
    pub(super) fn end(&mut self, run: &Run, event: &RunEventData<'_>) {
        if run.parent_ids.is_empty() {
            self.roots.remove(&run.id);
            return;
        }
        let state = match event {
            RunEventData::Error { .. } => "failed",
            RunEventData::Cancelled { .. } => "cancelled",
            _ => "ended",
        };
        if let Some(node) = self.node_mut(run) {
            node.state = state;
            node.input = None;
        }
    }

    /// Returns whether a call has not ended.
    pub(super) fn is_open(&self, root: RunId) -> bool {
        self.roots.contains_key(&root)
    }

    /// Returns the input of a run.
    pub(super) fn input(&self, run: &Run) -> Option<Arc<Value>> {
        let nodes = self.roots.get(&run.root_id())?;
        nodes.iter().rev().find(|node| node.key == key_of(run))?.input.clone()
    }

    fn node_mut(&mut self, run: &Run) -> Option<&mut Node> {
        let nodes = self.roots.get_mut(&run.root_id())?;
        nodes.iter_mut().rev().find(|node| node.key == key_of(run))
    }

    /// Prints the runs of the call that contains this run, one line for each run.
    pub(super) fn print(&self, run: &Run) -> String {
        let here = key_of(run);
        let Some(nodes) = self.roots.get(&run.root_id()) else { return String::new() };
        let mut children: HashMap<Option<RunKey>, Vec<&Node>> = HashMap::new();
        let known: HashSet<_> = nodes.iter().map(|node| node.key).collect();
        for node in nodes {
            let parent = node.parent.filter(|parent| known.contains(parent));
            children.entry(parent).or_default().push(node);
        }
        let (mut lines, mut hidden) = (Vec::new(), 0_usize);
        let mut open: Vec<(usize, &Node)> = roots_of(&children, None, 0);
        while let Some((depth, node)) = open.pop() {
            if lines.len() < LINES {
                let state = if node.key == here { "stopped here" } else { node.state };
                let (indent, name) = ("  ".repeat(depth), printable(&node.name));
                lines.push(format!("{indent}{name} ({}): {state}", node.kind));
            } else {
                hidden += 1;
            }
            open.extend(roots_of(&children, Some(node.key), depth + 1));
        }
        if hidden > 0 {
            lines.push(format!("… {hidden} more runs"));
        }
        lines.join("\n")
    }
}

/// Returns the children of a run, last first.
fn roots_of<'a>(
    children: &HashMap<Option<RunKey>, Vec<&'a Node>>,
    parent: Option<RunKey>,
    depth: usize,
) -> Vec<(usize, &'a Node)> {
    let children = children.get(&parent).into_iter().flatten();
    children.rev().map(|node| (depth, *node)).collect()
}
