//! Determines which patterns services accept.

/// Returns whether a service accepts a pattern. No service accepts look-around. If `whole` is set,
/// the service matches the complete string: it then accepts only anchored patterns with syntax that
/// all engines support.
pub(super) fn is_taken(pattern: &str, whole: bool) -> bool {
    if whole {
        pattern.strip_prefix('^').and_then(|it| it.strip_suffix('$')).is_some_and(is_plain)
    } else {
        !["(?=", "(?!", "(?<"].iter().any(|group| pattern.contains(group))
    }
}

/// Returns whether a pattern consists only of characters, classes, groups and repetitions, without
/// alternatives at the top level, back-references, word boundaries and Unicode classes.
fn is_plain(pattern: &str) -> bool {
    if pattern.replace("(?:", "(").contains("(?") {
        return false;
    }
    let (mut groups, mut in_class) = (0_usize, false);
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                // A backslash at the end stands before the `$`, and would turn the `$` into a
                // literal character.
                None => return false,
                Some(escaped) if "bBkpP123456789".contains(escaped) => return false,
                Some(_) => (),
            },
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => groups += 1,
            ')' if !in_class => groups = groups.saturating_sub(1),
            // In `^a|b$`, each alternative is anchored at one side only.
            '|' if !in_class && groups == 0 => return false,
            _ => (),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_taken;

    #[test]
    fn only_patterns_of_all_engines_are_accepted_for_whole_strings() {
        for pattern in ["^[a-z|(]+$", r"^\d{3}-\d{4}$", "^(?:a|b)*$", r"^\\$", "^$"] {
            assert!(is_taken(pattern, true) && is_taken(pattern, false), "{pattern}");
        }
        for pattern in [
            "[a-z]",
            "^a",
            "a$",
            r"^a\$",
            "^a|b$",
            "^(a)|(b)$",
            r"^(a)\1$",
            r"^\ba$",
            r"^\p{L}+$",
            "^(?i)a$",
        ] {
            assert!(!is_taken(pattern, true) && is_taken(pattern, false), "{pattern}");
        }
        for pattern in ["^(?=a)a$", "^(?!b)a$", "^(?<=a)b$"] {
            assert!(!is_taken(pattern, true) && !is_taken(pattern, false), "{pattern}");
        }
    }
}
