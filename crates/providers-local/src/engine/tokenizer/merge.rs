//! Byte-pair encoding: merges adjacent parts of a text, the best pair first, until no pair can be
//! merged.

use std::{cmp::Reverse, collections::BinaryHeap, ops::Range};

/// Splits `text` into characters, merges adjacent parts, and returns the parts that remain.
///
/// `rank` receives two adjacent parts as ranges of `text`. It returns the rank of the pair, or
/// `None` if the two parts cannot be merged. The pair with the lowest rank is merged first. If
/// several pairs have this rank, the leftmost pair is merged first. The time is O(n log n), so even
/// a very long word is encoded quickly.
pub(super) fn merge(
    text: &str,
    rank: impl Fn(Range<usize>, Range<usize>) -> Option<u32>,
) -> Vec<Range<usize>> {
    let mut pieces: Vec<Piece> = text
        .char_indices()
        .enumerate()
        .map(|(index, (start, char))| Piece {
            range: start..start + char.len_utf8(),
            previous: index.checked_sub(1),
            next: Some(index + 1),
        })
        .collect();
    if let Some(last) = pieces.last_mut() {
        last.next = None;
    }

    let mut joins = BinaryHeap::new();
    let consider = |pieces: &[Piece], joins: &mut BinaryHeap<_>, left: Option<usize>| {
        let join = left.and_then(|left| {
            let first = pieces.get(left)?;
            let second = pieces.get(first.next?)?;
            let rank = rank(first.range.clone(), second.range.clone())?;
            Some(Reverse((rank, left, first.range.clone().end, second.range.end)))
        });
        joins.extend(join);
    };
    for left in 0..pieces.len() {
        consider(&pieces, &mut joins, Some(left));
    }
    while let Some(Reverse((_, left, middle, end))) = joins.pop() {
        // Skip this merge if one of its two parts has already been merged with another part.
        let Some(first) = pieces.get(left).filter(|piece| piece.range.end == middle) else {
            continue;
        };
        let Some(right) = first.next else { continue };
        let Some(second) = pieces.get_mut(right).filter(|piece| piece.range.end == end) else {
            continue;
        };
        let after = second.next;
        // Make the second part empty. Queued merges of this part are then recognized as outdated.
        second.range = end..middle;
        second.next = None;
        let Some(first) = pieces.get_mut(left) else { continue };
        first.range.end = end;
        first.next = after;
        let before = first.previous;
        if let Some(after) = after.and_then(|after| pieces.get_mut(after)) {
            after.previous = Some(left);
        }
        consider(&pieces, &mut joins, before);
        consider(&pieces, &mut joins, Some(left));
    }
    pieces.into_iter().map(|piece| piece.range).filter(|range| !range.is_empty()).collect()
}

/// A part of the text. The parts form a linked list in the order of the text.
struct Piece {
    range: Range<usize>,
    previous: Option<usize>,
    next: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(text: &str, table: &[(&str, &str)]) -> Vec<String> {
        let pieces = merge(text, |left, right| {
            let pair = (&text[left], &text[right]);
            table.iter().position(|join| *join == pair).map(|rank| rank as u32)
        });
        pieces.into_iter().map(|range| text[range].to_owned()).collect()
    }

    #[test]
    fn the_best_and_leftmost_pair_is_merged_first() {
        let table = [("l", "o"), ("e", "r"), ("lo", "w"), ("low", "er")];
        assert_eq!(merged("lower", &table), ["lower"]);
        assert_eq!(merged("slow", &table), ["s", "low"]);
        assert_eq!(merged("aaa", &[("a", "a")]), ["aa", "a"]);
        assert_eq!(merged("aaaa", &[("a", "a"), ("aa", "aa")]), ["aaaa"]);
        assert_eq!(merged("é😀", &[("é", "😀")]), ["é😀"]);
        assert!(merged("", &table).is_empty());
    }

    #[test]
    fn a_long_word_does_not_take_quadratic_time() {
        let text = "a".repeat(200_000);
        assert_eq!(merged(&text, &[("a", "a"), ("aa", "aa")]).len(), 50_000);
    }
}
