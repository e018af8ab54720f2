//! Finds cycles in a graph: paths that lead from a node back to the same node.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// A path from a node back to the same node.
pub(crate) type Cycle = Vec<Step>;

/// One step of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// For each node, the nodes to which an edge leads from it.
pub(super) type Edges = BTreeMap<usize, BTreeSet<usize>>;

/// Returns short cycles that together contain every edge that lies on any cycle.
///
/// For an edge, `closed` returns the nodes that a cycle with this edge must not contain. It
/// returns `None` if no cycle is to be searched for this edge.
pub(super) fn find(
    edges: &Edges,
    closed: impl Fn(usize, usize) -> Option<BTreeSet<usize>>,
) -> Vec<Cycle> {
    let mut cycles = BTreeSet::new();
    for (&from, targets) in edges {
        for &to in targets {
            if let Some(closed) = closed(from, to)
                && let Some(nodes) = shortest(edges, to, from, &closed)
            {
                let cycle = normalised(&nodes);
                cycles.insert((cycle.len(), cycle));
            }
        }
    }
    let mut covered = BTreeSet::new();
    let mut kept = Vec::new();
    for (_, cycle) in cycles {
        let before = covered.len();
        covered.extend(cycle.iter().copied());
        if covered.len() > before {
            kept.push(cycle);
        }
    }
    kept
}

/// Returns the nodes of a shortest path, including both ends. The path contains no `closed` node.
fn shortest(edges: &Edges, from: usize, to: usize, closed: &BTreeSet<usize>) -> Option<Vec<usize>> {
    let mut before = HashMap::from([(from, from)]);
    let mut next = VecDeque::from([from]);
    while let Some(node) = next.pop_front() {
        if node == to {
            let mut way = vec![to];
            while way.last() != Some(&from) {
                way.push(before[way.last()?]);
            }
            way.reverse();
            return Some(way);
        }
        for &target in edges.get(&node).into_iter().flatten() {
            if !closed.contains(&target) && !before.contains_key(&target) {
                before.insert(target, node);
                next.push_back(target);
            }
        }
    }
    None
}

/// Returns the steps of a cycle, starting at its smallest node, so that equal cycles are equal
/// values.
fn normalised(nodes: &[usize]) -> Cycle {
    let start = nodes.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
    let node = |at: usize| nodes[(start + at) % nodes.len()];
    (0..nodes.len()).map(|at| Step { from: node(at), to: node(at + 1) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
        let mut map = Edges::new();
        for (from, to) in edges {
            map.entry(*from).or_default().insert(*to);
        }
        let cycles = find(&map, |_, _| Some(BTreeSet::new()));
        cycles.iter().map(|cycle| cycle.iter().map(|step| step.from).collect()).collect()
    }

    #[test]
    fn a_graph_in_layers_has_no_cycle() {
        assert_eq!(nodes(&[(1, 2), (1, 3), (2, 3), (3, 4)]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn each_edge_on_a_cycle_is_shown_once() {
        assert_eq!(nodes(&[(1, 2), (2, 1)]), [[1, 2]]);
        assert_eq!(nodes(&[(1, 2), (2, 3), (3, 1), (3, 4)]), [[1, 2, 3]]);
        let both = nodes(&[(1, 2), (2, 1), (2, 3), (3, 1)]);
        assert_eq!(both, [vec![1, 2], vec![1, 2, 3]]);
    }
}
