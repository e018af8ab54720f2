//! Which patterns services compile.

/// Whether a service compiles a pattern. None compiles one that looks around. One that compares `whole`
/// texts takes a pattern only if that says so itself, and only what all engines know.
pub(super) fn is_taken(pattern: &str, whole: bool) -> bool {
    match whole {
        true => pattern.strip_prefix('^').and_then(|it| it.strip_suffix('$')).is_some_and(is_plain),
        false => !["(?=", "(?!", "(?<"].iter().any(|group| pattern.contains(group)),
    }
}

/// Whether a pattern is one choice of letters, classes, groups and repetitions. It then has no
/// references to its groups, no boundaries of words and no classes of Unicode.
fn is_plain(pattern: &str) -> bool {
    if pattern.replace("(?:", "(").contains("(?") {
        return false;
    }
    let (mut groups, mut in_class) = (0_usize, false);
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                // The last stands before the `$`, which is a letter then.
                None => return false,
                Some(escaped) if "bBkpP123456789".contains(escaped) => return false,
                Some(_) => (),
            },
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => groups += 1,
            ')' if !in_class => groups = groups.saturating_sub(1),
            // `^a|b$` is anchored at one side each.
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
    fn patterns_that_every_engine_reads_alike_are_taken() {
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
