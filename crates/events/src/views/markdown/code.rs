//! Formats foreign text as code in Markdown, so that it is not interpreted as markup.

use crate::text::{beginning, one_line};

/// Returns a block of code. Its fence is longer than any row of backticks in the text, so the text
/// cannot end the block.
pub(super) fn block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_row(text).saturating_add(1).max(3));
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

/// Returns the beginning of a text as code in a line.
pub(super) fn span(text: &str, characters: usize) -> String {
    let text = beginning(&one_line(text), characters);
    if text.is_empty() {
        return "` `".to_owned();
    }
    let ticks = "`".repeat(longest_row(&text).saturating_add(1));
    // Markdown removes one space on each side.
    if text.starts_with('`') || text.ends_with('`') {
        format!("{ticks} {text} {ticks}")
    } else {
        format!("{ticks}{text}{ticks}")
    }
}

/// Returns the length of the longest row of backticks.
fn longest_row(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_end_its_code() {
        assert_eq!(block("json", "{}"), "```json\n{}\n```\n");
        assert_eq!(block("", "a\n```\nb\n"), "````\na\n```\nb\n````\n");
        assert_eq!(span("a", 9), "`a`");
        assert_eq!(span("a`b``c", 9), "```a`b``c```");
        assert_eq!(span("`a\n#1", 9), "`` `a #1 ``");
        assert_eq!(span("", 9), "` `");
    }
}
