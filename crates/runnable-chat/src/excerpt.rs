//! Excerpts of foreign text for error messages.

/// The number of characters in an excerpt.
pub(crate) const EXCERPT: usize = 40;

/// The number of characters at each end of a long reason.
const END: usize = 120;

/// The beginning of an answer that arrives in chunks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beginning {
    /// At most one character more than an excerpt.
    text: String,
    length: usize,
}

impl Beginning {
    pub(crate) fn push(&mut self, text: &str) {
        let missing = (EXCERPT + 1).saturating_sub(self.length);
        for c in text.chars().take(missing) {
            self.text.push(c);
            self.length += 1;
        }
    }

    /// Returns the end of a sentence about the answer.
    pub(crate) fn describe(&self) -> String {
        if self.text.trim().is_empty() {
            "is empty".to_owned()
        } else {
            format!("begins with `{}`", head(&self.text))
        }
    }
}

/// Returns the start of a text in one line: the first [`EXCERPT`] characters.
pub(crate) fn head(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", in_one_line(&text[..end])),
        None => in_one_line(text),
    }
}

/// Returns the end of a text in one line: the last [`EXCERPT`] characters.
pub(crate) fn tail(text: &str) -> String {
    match text.char_indices().rev().nth(EXCERPT - 1) {
        Some((start, _)) if start > 0 => format!("…{}", in_one_line(&text[start..])),
        _ => in_one_line(text),
    }
}

/// Returns a reason without its middle, if the reason is long because it quotes foreign text. What
/// was expected is usually at its end.
pub(crate) fn without_middle(reason: String) -> String {
    let start = reason.char_indices().nth(END).map(|(at, _)| at);
    let end = reason.char_indices().rev().nth(END - 1).map(|(at, _)| at);
    match (start, end) {
        (Some(start), Some(end)) if start < end => {
            format!("{} … {}", &reason[..start], &reason[end..])
        }
        _ => reason,
    }
}

/// Escapes line breaks and other control characters, because an error message is one line, and
/// control characters can change how a terminal shows it.
fn in_one_line(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            line.extend(c.escape_debug());
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line() {
        assert_eq!(head("a\r\n\tb\u{1b}[2J\u{2028}é"), "a\\r\\n\\tb\\u{1b}[2J\\u{2028}é");
        assert_eq!(head(&"é".repeat(41)), format!("{}…", "é".repeat(40)));
        assert_eq!(tail(&format!("x{}", "\n".repeat(40))), format!("…{}", "\\n".repeat(40)));
        assert_eq!(tail("ab"), "ab");
    }

    #[test]
    fn a_long_reason_loses_its_middle() {
        let quoted = "é".repeat(5_000);
        let reason = without_middle(format!("invalid type: string \"{quoted}\", expected u8"));
        assert!(reason.starts_with("invalid type: string \"é"), "{reason}");
        assert!(reason.ends_with("é\", expected u8"), "{reason}");
        assert_eq!(reason.chars().count(), 2 * END + 3);
        let short = "é".repeat(2 * END);
        assert_eq!(without_middle(short.clone()), short);
    }
}
