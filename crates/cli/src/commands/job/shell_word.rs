//! [`shell_word`]: a path as it is written in a shell.

use std::path::Path;

/// Returns a path for a command that the user copies into a shell.
pub(super) fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |char: char| char.is_alphanumeric() || "/\\:._-+@,=~".contains(char);
    if !text.is_empty() && !text.starts_with('~') && text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_special_characters_are_quoted() {
        let cases = [
            ("jobs/tickets_1", "jobs/tickets_1"),
            ("größe", "größe"),
            ("my job", "'my job'"),
            ("it's", r"'it'\''s'"),
            ("~", "'~'"),
        ];
        for (path, expected) in cases {
            assert_eq!(shell_word(Path::new(path)), expected);
        }
    }
}
