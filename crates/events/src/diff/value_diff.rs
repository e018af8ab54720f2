//! [`ValueDiff`]: the differences between two JSON values.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    line_diff::{Change, changes},
    value_lines::lines_of,
};

/// The number of unchanged lines that are kept before and after a change.
const CONTEXT: usize = 1;

/// The largest number of lines that are kept.
const LINES: usize = 40;

/// The largest number of characters of a line that are kept.
const WIDTH: usize = 160;

/// The number of characters that are kept before the first difference, if a line is cut.
const BEFORE: usize = 40;

/// The differences between two JSON values, as lines.
///
/// A line is a leaf of the value with its path, or a line of a text. The lines of the first value
/// start with `- `, the lines of the second value with `+ `, and unchanged lines around a change
/// with two spaces. Long lines and long lists of changes are cut.
///
/// # Examples
///
/// ```
/// use runnable_events::ValueDiff;
/// use serde_json::json;
///
/// let (old, new) = (json!({"id": 1, "text": "a cat"}), json!({"id": 1, "text": "a dog"}));
/// let diff = ValueDiff::between(&old, &new).unwrap();
/// assert_eq!(diff.to_string(), "  id: 1\n- text: a cat\n+ text: a dog");
/// assert!(ValueDiff::between(&old, &old).is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueDiff {
    lines: Vec<String>,
}

impl ValueDiff {
    /// Compares two values. Returns `None` if they are equal. The order of the keys of an object
    /// does not matter.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_events::ValueDiff;
    ///
    /// assert!(ValueDiff::between(&1.into(), &2.into()).is_some());
    /// ```
    pub fn between(old: &Value, new: &Value) -> Option<Self> {
        if old == new {
            return None;
        }
        let (old_lines, new_lines) = (lines_of(old), lines_of(new));
        let changes = changes(&old_lines, &new_lines, |old, new| old == new);
        Some(Self { lines: kept(&changes, &old_lines, &new_lines) })
    }

    /// Returns the lines of the difference.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_events::ValueDiff;
    ///
    /// let diff = ValueDiff::between(&1.into(), &2.into()).unwrap();
    /// assert_eq!(diff.lines(), ["- 1", "+ 2"]);
    /// ```
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl fmt::Display for ValueDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

/// Serializes the lines as a list.
impl Serialize for ValueDiff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.lines())
    }
}

/// Returns the changed lines with the lines around them.
fn kept(changes: &[Change], old: &[String], new: &[String]) -> Vec<String> {
    let is_change = |change: &Change| !matches!(change, Change::Same(..));
    let is_near = |index: usize| {
        let last = index.saturating_add(CONTEXT).min(changes.len() - 1);
        changes[index.saturating_sub(CONTEXT)..=last].iter().any(is_change)
    };
    let (mut lines, mut is_gap) = (Vec::new(), false);
    for (index, change) in changes.iter().enumerate() {
        if !is_near(index) {
            is_gap = !lines.is_empty();
            continue;
        }
        if is_gap {
            lines.push("  …".to_owned());
            is_gap = false;
        }
        lines.push(match *change {
            Change::Same(a, _) => format!("  {}", cut(&old[a], 0)),
            Change::Removed(a) => format!("- {}", cut(&old[a], difference_at(&old[a], new))),
            Change::Added(b) => format!("+ {}", cut(&new[b], difference_at(&new[b], old))),
        });
    }
    // Different values can have the same text, such as `"1"` and `1`.
    if !changes.iter().any(is_change) {
        return vec!["  the values have the same text and different types".to_owned()];
    }
    if lines.len() > LINES {
        let rest = lines.len() - (LINES - 1);
        lines.truncate(LINES - 1);
        lines.push(format!("  … {rest} more lines"));
    }
    lines
}

/// Returns the number of characters that a line shares with the most similar of the other lines.
fn difference_at(line: &str, others: &[String]) -> usize {
    // A line that is short enough is not cut, so its difference is not needed.
    if line.chars().nth(WIDTH).is_none() {
        return 0;
    }
    let shared =
        |other: &String| line.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    others.iter().map(shared).max().unwrap_or(0)
}

/// Cuts a long line around its difference from another line.
fn cut(line: &str, difference: usize) -> String {
    let length = line.chars().count();
    if length <= WIDTH {
        return line.to_owned();
    }
    let start = difference.saturating_sub(BEFORE).min(length - WIDTH);
    let part: String = line.chars().skip(start).take(WIDTH).collect();
    let (before, after) = (if start > 0 { "…" } else { "" }, start + WIDTH < length);
    format!("{before}{part}{}", if after { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_far_inside_a_long_line_is_shown() {
        let text = |end: &str| json!(format!("{}{end}{}", "x".repeat(900), "y".repeat(900)));
        let diff = ValueDiff::between(&text("CAT"), &text("DOG")).unwrap();
        assert_eq!(diff.lines().len(), 2);
        assert!(diff.lines()[0].contains("CAT") && diff.lines()[1].contains("DOG"));
        assert!(diff.lines().iter().all(|line| line.chars().count() <= WIDTH + 4));
    }

    #[test]
    fn a_large_difference_is_cut() {
        let numbers = |from: u32| json!((from..from + 500).collect::<Vec<_>>());
        let diff = ValueDiff::between(&numbers(0), &numbers(1000)).unwrap();
        assert_eq!(diff.lines().len(), LINES);
        assert_eq!(diff.lines().last().unwrap(), "  … 961 more lines");
    }

    #[test]
    fn changes_far_apart_are_separated_by_a_gap() {
        let list = |first: u32, last: u32| json!([first, 1, 2, 3, 4, last]);
        let diff = ValueDiff::between(&list(0, 5), &list(7, 8)).unwrap();
        let expected =
            ["- [0]: 0", "+ [0]: 7", "  [1]: 1", "  …", "  [4]: 4", "- [5]: 5", "+ [5]: 8"];
        assert_eq!(diff.lines(), expected);
    }

    #[test]
    fn values_of_different_types_differ() {
        assert_eq!(ValueDiff::between(&json!("1"), &json!(1)).unwrap().lines().len(), 1);
    }
}
