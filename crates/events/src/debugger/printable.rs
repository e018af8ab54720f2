//! Text for a terminal.

/// Returns the text on one line, without characters that could change the terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if is_printable(c) { c } else { ' ' }).collect()
}

/// Returns the text with its lines, without other characters that could change the terminal.
pub(super) fn printable_lines(text: &str) -> String {
    text.chars().map(|c| if c == '\n' || is_printable(c) { c } else { ' ' }).collect()
}

/// Control characters move the cursor, and characters for the direction of text reorder lines.
fn is_printable(c: char) -> bool {
    let changes_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !c.is_control() && !changes_direction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::beginning;

    #[test]
    fn characters_that_change_the_terminal_are_replaced() {
        assert_eq!(printable("a\x1b[2Jb\nc\u{202e}d"), "a [2Jb c d");
        assert_eq!(printable_lines("a\r\nb\x07"), "a \nb ");
        assert_eq!(beginning("äöü", 2), "äö…");
        assert_eq!(beginning("äö", 2), "äö");
    }
}
