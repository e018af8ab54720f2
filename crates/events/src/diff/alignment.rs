//! Finds the corresponding runs of two recordings.

use std::collections::{HashMap, HashSet};

use super::{
    line_diff::{Change, changes},
    recorded_run::{Place, RecordedRun},
    tokens::comparable,
};

/// The indices of two runs that belong together, or of a run that only one recording contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) first: Option<usize>,
    pub(super) second: Option<usize>,
}

/// Two recordings, whose runs are compared.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) first: &'a [RecordedRun<'a>],
    pub(super) second: &'a [RecordedRun<'a>],
}

impl Sides<'_> {
    /// Returns the pairs of all runs. A pair comes after the pair of its parents.
    pub(super) fn pairs(self) -> Vec<Pair> {
        let mut pairs = self.siblings(&roots(self.first), &roots(self.second));
        let mut next = 0;
        while let Some(pair) = pairs.get(next) {
            if let Pair { first: Some(first), second: Some(second) } = *pair {
                let children = (&self.first[first].children, &self.second[second].children);
                pairs.extend(self.siblings(children.0, children.1));
            }
            next += 1;
        }
        pairs
    }

    /// Pairs the children of a run. Runs at the same position with the same name belong together,
    /// if possible those with the same input. The remaining runs at the same position come next, so
    /// that a model that was replaced by another is found.
    ///
    /// The order does not matter, because the order of concurrent runs depends on their timing.
    fn siblings(self, first: &[usize], second: &[usize]) -> Vec<Pair> {
        let (mut first, mut second) = (first.to_vec(), second.to_vec());
        let mut pairs = Vec::new();
        self.take(&mut pairs, &mut first, &mut second, |run| run.place());
        self.take(&mut pairs, &mut first, &mut second, |run| Place {
            name: run.event.kind.clone(),
            ..run.place()
        });
        pairs.extend(first.into_iter().map(|index| Pair { first: Some(index), second: None }));
        pairs.extend(second.into_iter().map(|index| Pair { first: None, second: Some(index) }));
        pairs
    }

    /// Moves the runs with the same key from the lists to the pairs.
    fn take(
        self,
        pairs: &mut Vec<Pair>,
        first: &mut Vec<usize>,
        second: &mut Vec<usize>,
        key: impl Fn(&RecordedRun<'_>) -> Place,
    ) {
        let mut groups: HashMap<Place, (Vec<usize>, Vec<usize>)> = HashMap::new();
        for a in first.iter() {
            groups.entry(key(&self.first[*a])).or_default().0.push(*a);
        }
        for b in second.iter() {
            groups.entry(key(&self.second[*b])).or_default().1.push(*b);
        }
        let groups = groups.into_values();
        let paired: Vec<_> = groups.flat_map(|(a, b)| self.in_group(&a, &b)).collect();
        let (in_first, in_second): (HashSet<_>, HashSet<_>) = paired.iter().copied().unzip();
        first.retain(|a| !in_first.contains(a));
        second.retain(|b| !in_second.contains(b));
        pairs.extend(paired.into_iter().map(|(a, b)| Pair { first: Some(a), second: Some(b) }));
    }

    /// Pairs similar runs: first the runs with the same input, and then the runs between them, in
    /// order.
    fn in_group(self, first: &[usize], second: &[usize]) -> Vec<(usize, usize)> {
        let input = |run: &RecordedRun<'_>| run.input.map(comparable);
        let first_inputs: Vec<_> = first.iter().map(|a| (*a, input(&self.first[*a]))).collect();
        let second_inputs: Vec<_> = second.iter().map(|b| (*b, input(&self.second[*b]))).collect();
        let changes = changes(&first_inputs, &second_inputs, |a, b| a.1 == b.1);
        let (mut pairs, mut removed, mut added) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Removed(a) => removed.push(first[a]),
                Change::Added(b) => added.push(second[b]),
                Change::Same(a, b) => {
                    pairs.extend(removed.drain(..).zip(added.drain(..)));
                    pairs.push((first[a], second[b]));
                }
            }
        }
        pairs.extend(removed.into_iter().zip(added));
        pairs
    }
}

fn roots(runs: &[RecordedRun<'_>]) -> Vec<usize> {
    (0..runs.len()).filter(|index| runs[*index].parent.is_none()).collect()
}
