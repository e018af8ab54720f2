//! [`NamePattern`]: a pattern for the names of models and providers.

use serde::Deserialize;

/// A pattern in which `*` matches any text and `#` matches one digit.
///
/// The prices table uses patterns instead of regular expressions, because an engine for regular
/// expressions would be the largest dependency of this crate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(super) struct NamePattern(String);

impl From<String> for NamePattern {
    fn from(pattern: String) -> Self {
        Self(pattern.to_lowercase())
    }
}

impl NamePattern {
    /// Returns whether the pattern matches a complete name in lower case.
    pub(super) fn is_match(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = after(first.as_bytes(), name.as_bytes()) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        // Each part between two `*` takes its first match, which leaves the most text for the rest.
        for part in parts {
            let found = (0..=rest.len()).find_map(|start| after(part.as_bytes(), &rest[start..]));
            match found {
                Some(found) => rest = found,
                None => return false,
            }
        }
        let tail = rest.len().checked_sub(last.len()).map(|start| &rest[start..]);
        tail.is_some_and(|tail| after(last.as_bytes(), tail).is_some())
    }
}

/// Returns the rest of a name that starts with `part`.
fn after<'a>(part: &[u8], name: &'a [u8]) -> Option<&'a [u8]> {
    let (start, rest) = name.split_at_checked(part.len())?;
    let fits = |(expected, found): (&u8, &u8)| match expected {
        b'#' => found.is_ascii_digit(),
        _ => expected == found,
    };
    part.iter().zip(start).all(fits).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_complete_names() {
        for (pattern, matching, other) in [
            ("gpt-4o", "gpt-4o", "gpt-4o-mini"),
            ("gpt-4o*", "gpt-4o-mini", "chatgpt-4o"),
            ("*-tts", "a-tts", "a-tts-b"),
            ("*gemini*", "google/gemini-2", "gemma"),
            ("a-####", "a-2025", "a-202x"),
            ("a-####", "a-2025", "a-20251"),
            ("a*b*c", "a1b2c", "a1c2b"),
            ("*ab*ab", "abab", "ab"),
            ("a*a", "aa", "a"),
        ] {
            let compiled = NamePattern::from(pattern.to_owned());
            assert!(compiled.is_match(matching), "{pattern} {matching}");
            assert!(!compiled.is_match(other), "{pattern} {other}");
        }
    }
}
