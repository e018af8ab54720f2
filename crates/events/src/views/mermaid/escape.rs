//! Foreign text in a Mermaid diagram.

use crate::text::{beginning, one_line};

/// Returns the beginning of a text, on one line, without anything that Mermaid treats as syntax.
///
/// Mermaid replaces `#59;` by the character with the number 59. Letters, digits, spaces and some
/// punctuation stay as they are. The word `end` would close a block, so its middle letter is
/// replaced.
pub(super) fn escaped(text: &str, characters: usize) -> String {
    let text = beginning(&one_line(text), characters);
    let mut escaped = String::with_capacity(text.len());
    let mut rest = &*text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.eq_ignore_ascii_case("end") {
            let (first, last) = (word.get(..1), word.get(2..));
            escaped.push_str(first.unwrap_or_default());
            escaped.push_str(if word.get(1..2) == Some("N") { "#78;" } else { "#110;" });
            escaped.push_str(last.unwrap_or_default());
        } else {
            escaped.push_str(word);
        }
        let mut others = after.chars();
        if let Some(c) = others.next() {
            if is_plain(c) {
                escaped.push(c);
            } else {
                escaped.push_str(&format!("#{};", u32::from(c)));
            }
        }
        rest = others.as_str();
    }
    escaped
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns whether a character that is not part of a word has no meaning in Mermaid.
fn is_plain(c: char) -> bool {
    !c.is_ascii() || matches!(c, ' ' | '.' | ',' | '!' | '?' | '(' | ')' | '/' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_is_replaced_by_character_numbers() {
        assert_eq!(escaped("a; b#c\nd", 99), "a#59; b#35;c d");
        assert_eq!(
            escaped("End END end. ended the_end", 99),
            "E#110;d E#78;D e#110;d. ended the_end"
        );
        assert_eq!(escaped("<b>%%{init}%%$$&\"", 99).matches('#').count(), 12);
        assert_eq!(escaped("äöü → ✓", 4), "äöü …");
        assert_eq!(escaped("a->>b: c", 99), "a#45;#62;#62;b#58; c");
    }
}
