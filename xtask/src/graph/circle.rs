//! Circles in a graph.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// A way from a node back to it.
pub(crate) type Circle = Vec<Step>;

/// One step of a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// The nodes that each node leads to.
pub(super) type Edges = BTreeMap<usize, BTreeSet<usize>>;

/// The shortest circles, so that each edge that lies on a circle lies on one of them.
///
/// For each edge, `closed` gives the nodes that no circle through this edge may pass, or `None` if
/// the edge alone begins no circle.
pub(super) fn find(
    edges: &Edges,
    closed: impl Fn(usize, usize) -> Option<BTreeSet<usize>>,
) -> Vec<Circle> {
    let mut circles = BTreeSet::new();
    for (&from, targets) in edges {
        for &to in targets {
            if let Some(closed) = closed(from, to)
                && let Some(nodes) = shortest(edges, to, from, &closed)
            {
                let circle = normalised(&nodes);
                circles.insert((circle.len(), circle));
            }
        }
    }
    let mut covered = BTreeSet::new();
    let mut kept = Vec::new();
    for (_, circle) in circles {
        let before = covered.len();
        covered.extend(circle.iter().copied());
        if covered.len() > before {
            kept.push(circle);
        }
    }
    kept
}

/// The nodes of a shortest way, both ends included.
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

/// The steps of a circle, from its smallest node on.
fn normalised(nodes: &[usize]) -> Circle {
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
        let circles = find(&map, |_, _| Some(BTreeSet::new()));
        circles.iter().map(|circle| circle.iter().map(|step| step.from).collect()).collect()
    }

    #[test]
    fn a_graph_in_layers_has_no_circle() {
        assert_eq!(nodes(&[(1, 2), (1, 3), (2, 3), (3, 4)]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn each_edge_on_a_circle_is_shown_once() {
        assert_eq!(nodes(&[(1, 2), (2, 1)]), [[1, 2]]);
        assert_eq!(nodes(&[(1, 2), (2, 3), (3, 1), (3, 4)]), [[1, 2, 3]]);
        let both = nodes(&[(1, 2), (2, 1), (2, 3), (3, 1)]);
        assert_eq!(both, [vec![1, 2], vec![1, 2, 3]]);
    }
}
