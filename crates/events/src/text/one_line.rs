//! Foreign text on one line, without characters that control a terminal.

/// Joins the words of a text on one line. Replaces characters that could move the cursor of a
/// terminal, change its state, or reorder the rest of the line.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().map(|c| if is_unsafe(c) { '\u{fffd}' } else { c }));
    }
    line
}

/// Returns the first `characters` characters of a text, with `…` if the text is longer.
pub(crate) fn beginning(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Replaces characters that control a terminal, except for ends of lines and tabs.
pub(crate) fn printable(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.replace(|c: char| is_unsafe(c) && !matches!(c, '\n' | '\t'), "\u{fffd}")
}

/// Returns whether a character is a control character, or changes the direction of text. A change
/// of direction can make a line look as if it had other content.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(one_line(" a\r\n\tb\u{2028}c "), "a b c");
        assert_eq!(one_line("\x1b[2J\u{9b}31m\u{7f}"), "\u{fffd}[2J\u{fffd}31m\u{fffd}");
        assert_eq!(one_line("a\u{202e}b"), "a\u{fffd}b");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(beginning("äöü", 3), "äöü");
        assert_eq!(beginning("äöü", 2), "äö…");
        assert_eq!(beginning("äöü", 0), "…");
    }
}
