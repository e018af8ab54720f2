//! Determines whether the arguments of a streamed tool call are complete.

use serde::de::IgnoredAny;

/// Scans the JSON arguments of a tool call while they arrive in chunks, to find out whether they
/// are complete.
///
/// Each byte is scanned once, regardless of the number of queries. A service can repeat the tool's
/// name in each of 100,000 chunks. For each repeated name, the caller must know whether the
/// arguments before the name are complete. Parsing the arguments again for each name would take
/// quadratic time.
#[derive(Debug, Default)]
pub(crate) struct ArgumentsSoFar {
    /// The number of bytes that have been scanned.
    seen: usize,
    /// The number of open objects and arrays.
    depth: usize,
    in_text: bool,
    escaped: bool,
    state: State,
}

#[derive(Debug, Default, PartialEq)]
enum State {
    /// The arguments contain only white space so far.
    #[default]
    Blank,
    /// An object has started, and has not ended.
    Open,
    /// The object has ended. The field caches whether the object is valid JSON. It is `None` before
    /// the first query.
    Closed(Option<bool>),
    /// The text is not a single object.
    Other,
}

impl ArgumentsSoFar {
    /// Returns `true` if `args` is empty or white space. `args` must start with the text that was
    /// passed to earlier calls of these methods.
    pub(crate) fn are_blank(&mut self, args: &str) -> bool {
        self.read(args);
        self.state == State::Blank
    }

    /// Returns `true` if `args` is one complete JSON object. `args` must start with the text that
    /// was passed to earlier calls of these methods.
    pub(crate) fn are_all(&mut self, args: &str) -> bool {
        self.read(args);
        match &mut self.state {
            State::Closed(valid) => *valid
                .get_or_insert_with(|| serde_json::from_str::<IgnoredAny>(args.trim()).is_ok()),
            _ => false,
        }
    }

    fn read(&mut self, args: &str) {
        let unread = args.as_bytes().get(self.seen..).unwrap_or_default();
        self.seen = args.len();
        unread.iter().for_each(|byte| self.byte(*byte));
    }

    fn byte(&mut self, byte: u8) {
        match (&self.state, byte) {
            (State::Other, _) => {}
            (State::Blank | State::Closed(_), byte) if byte.is_ascii_whitespace() => {}
            (State::Blank, b'{') => (self.state, self.depth) = (State::Open, 1),
            (State::Blank | State::Closed(_), _) => self.state = State::Other,
            (State::Open, _) if self.escaped => self.escaped = false,
            (State::Open, b'\\') => self.escaped = self.in_text,
            (State::Open, b'"') => self.in_text = !self.in_text,
            (State::Open, b'{' | b'[') if !self.in_text => self.depth += 1,
            (State::Open, b'}' | b']') if !self.in_text => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.state = State::Closed(None);
                }
            }
            (State::Open, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scans the chunks in `pieces`, and returns the results of `are_blank` and `are_all` after
    /// each chunk.
    fn scan(pieces: &[&str]) -> Vec<(bool, bool)> {
        let (mut scan, mut args) = (ArgumentsSoFar::default(), String::new());
        let mut read = |piece: &&str| {
            args.push_str(piece);
            (scan.are_blank(&args), scan.are_all(&args))
        };
        pieces.iter().map(&mut read).collect()
    }

    #[test]
    fn an_object_is_complete_at_its_closing_brace() {
        let (blank, open, all) = ((true, false), (false, false), (false, true));
        assert_eq!(scan(&["", " ", "{}", " "]), [blank, blank, all, all]);
        assert_eq!(scan(&[r#"{"a":"}"#, r#"\""#, r#"}{[""#, "}"]), [open, open, open, all]);
        assert_eq!(scan(&[r#"{"a":[{}]"#, "}"]), [open, all]);
    }

    #[test]
    fn text_that_is_not_one_object_is_never_complete() {
        for pieces in [["{", "]"], ["[]", "{}"], ["{}", "{}"], ["7", "}"], ["}", "{}"]] {
            assert_eq!(scan(&pieces)[1], (false, false), "{pieces:?}");
        }
    }
}
