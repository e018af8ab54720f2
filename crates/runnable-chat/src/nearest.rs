//! Finds the known name that is most similar to an unknown name.

/// The maximum number of names that an error lists.
const LISTED: usize = 10;

/// The maximum length of a name that is compared, in characters. The time of a comparison grows
/// with the square of the length, and names can come from a model.
const COMPARED: usize = 64;

/// Returns the candidate that is most similar to `name`, if one is so similar that it was probably
/// meant: at most one third of the characters differ.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = lower(name);
    let allowed = (name.len() / 3).max(1);
    if name.is_empty() || name.len() > COMPARED {
        return None;
    }
    let distances = candidates.into_iter().filter_map(|candidate| {
        let other = lower(candidate);
        let is_near = other.len() <= COMPARED && other.len().abs_diff(name.len()) <= allowed;
        let distance = is_near.then(|| edits(&name, &other))?;
        // A name of one or two characters has nothing in common with most others.
        (distance <= allowed && distance < name.len().max(other.len()))
            .then_some((distance, candidate))
    });
    distances.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// Returns the names as a list for an error message: ``one of `a`, `b` ``.
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match (&quoted[..], names.len()) {
        ([], _) => "nothing".to_owned(),
        ([name], 1) => name.clone(),
        (names, count) if count > LISTED => format!("one of {} and others", names.join(", ")),
        (names, _) => format!("one of {}", names.join(", ")),
    }
}

fn lower(name: &str) -> Vec<char> {
    // One character more than the limit suffices to see that a name is too long.
    name.chars().flat_map(char::to_lowercase).take(COMPARED + 1).collect()
}

/// Returns the number of insertions, deletions, replacements and swaps of neighbours that convert
/// one name into the other.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &to) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(from != to);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from == b[j - 1] && a[i - 1] == to {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similar_name_is_found() {
        assert_eq!(nearest("topcis", ["tone", "topics"]), Some("topics"));
        assert_eq!(nearest("Topic", ["tone", "topic"]), Some("topic"));
        assert_eq!(nearest("questoin", ["question", "answer"]), Some("question"));
    }

    #[test]
    fn a_different_name_is_not_suggested() {
        assert_eq!(nearest("form", ["topic", "n"]), None);
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest("", ["b"]), None);
        assert_eq!(nearest(&"x".repeat(100), ["x"]), None);
    }

    #[test]
    fn swapped_neighbours_are_one_edit() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(edits(&chars("ab"), &chars("ba")), 1);
        assert_eq!(edits(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(edits(&[], &chars("abc")), 3);
    }
}
