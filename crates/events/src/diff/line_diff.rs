//! The shortest list of changes that turns one list into another.

/// The largest number of pairs of items that are compared. For longer lists, everything between the
/// common beginning and the common end counts as changed.
const PAIRS: usize = 4_000_000;

/// A step from the first list to the second. The numbers are indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The items are equal.
    Same(usize, usize),
    /// The item is only in the first list.
    Removed(usize),
    /// The item is only in the second list.
    Added(usize),
}

/// Returns the changes that turn `old` into `new`, in order. Where both orders are possible, the
/// removed items come first.
pub(super) fn changes<T>(old: &[T], new: &[T], is_same: impl Fn(&T, &T) -> bool) -> Vec<Change> {
    let shorter = old.len().min(new.len());
    let pairs = || old.iter().zip(new);
    let start = pairs().take_while(|(old, new)| is_same(old, new)).count();
    let ends = old.iter().rev().zip(new.iter().rev()).take(shorter - start);
    let end = ends.take_while(|(old, new)| is_same(old, new)).count();
    let (old_end, new_end) = (old.len() - end, new.len() - end);

    let mut changes: Vec<_> = (0..start).map(|index| Change::Same(index, index)).collect();
    let middle = changed(&old[start..old_end], &new[start..new_end], is_same);
    changes.extend(middle.into_iter().map(|change| match change {
        Change::Same(a, b) => Change::Same(start + a, start + b),
        Change::Removed(a) => Change::Removed(start + a),
        Change::Added(b) => Change::Added(start + b),
    }));
    changes.extend((0..end).map(|index| Change::Same(old_end + index, new_end + index)));
    changes
}

/// Returns the changes by the longest common subsequence.
fn changed<T>(old: &[T], new: &[T], is_same: impl Fn(&T, &T) -> bool) -> Vec<Change> {
    let all = (0..old.len()).map(Change::Removed).chain((0..new.len()).map(Change::Added));
    if old.is_empty() || new.is_empty() || old.len().saturating_mul(new.len()) > PAIRS {
        return all.collect();
    }
    let width = new.len() + 1;
    // The length of the longest common subsequence of `old[a..]` and `new[b..]`.
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            let (here, below) = (a * width + b, (a + 1) * width + b);
            lengths[here] = if is_same(&old[a], &new[b]) {
                lengths[below + 1] + 1
            } else {
                lengths[below].max(lengths[here + 1])
            };
        }
    }
    let (mut a, mut b, mut changes) = (0, 0, Vec::new());
    while a < old.len() && b < new.len() {
        let (here, below) = (a * width + b, (a + 1) * width + b);
        if lengths[here] == lengths[below + 1] + 1 && is_same(&old[a], &new[b]) {
            changes.push(Change::Same(a, b));
            (a, b) = (a + 1, b + 1);
        } else if lengths[below] >= lengths[here + 1] {
            changes.push(Change::Removed(a));
            a += 1;
        } else {
            changes.push(Change::Added(b));
            b += 1;
        }
    }
    changes.extend((a..old.len()).map(Change::Removed));
    changes.extend((b..new.len()).map(Change::Added));
    changes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the two lists that the changes describe.
    fn applied(changes: &[Change], old: &[u8], new: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for change in changes {
            match *change {
                Change::Same(a, b) => {
                    assert_eq!(old[a], new[b]);
                    first.push(old[a]);
                    second.push(new[b]);
                }
                Change::Removed(a) => first.push(old[a]),
                Change::Added(b) => second.push(new[b]),
            }
        }
        (first, second)
    }

    proptest! {
        #[test]
        fn the_changes_contain_both_lists(
            old in prop::collection::vec(0..4_u8, 0..12),
            new in prop::collection::vec(0..4_u8, 0..12),
        ) {
            let changes = changes(&old, &new, |a, b| a == b);
            prop_assert_eq!(applied(&changes, &old, &new), (old.clone(), new.clone()));
        }

        #[test]
        fn removing_items_adds_nothing(
            old in prop::collection::vec((0..4_u8, any::<bool>()), 0..12),
        ) {
            let new: Vec<_> = old.iter().filter(|item| item.1).map(|item| item.0).collect();
            let old: Vec<_> = old.iter().map(|item| item.0).collect();
            let changes = changes(&old, &new, |a, b| a == b);
            prop_assert!(!changes.iter().any(|change| matches!(change, Change::Added(_))));
        }
    }

    #[test]
    fn a_change_in_the_middle_leaves_the_rest() {
        let changes = changes(&["a", "b", "c"], &["a", "x", "c"], |a, b| a == b);
        let expected =
            [Change::Same(0, 0), Change::Removed(1), Change::Added(1), Change::Same(2, 2)];
        assert_eq!(changes, expected);
    }
}
