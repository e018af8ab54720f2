//! How far the arguments of a call have come, while they grow.

use serde::de::IgnoredAny;

/// How far arguments that only grow have come.
///
/// It looks at each byte once, however often it is asked: a service may name the tool with each of a
/// hundred thousand pieces, and each name asks whether the arguments before it are complete.
#[derive(Debug, Default)]
pub(crate) struct ArgumentsSoFar {
    /// The number of bytes that it has looked at.
    seen: usize,
    /// The number of objects and lists that are open.
    depth: usize,
    in_text: bool,
    escaped: bool,
    state: State,
}

#[derive(Debug, Default, PartialEq)]
enum State {
    /// Nothing but white space has come.
    #[default]
    Blank,
    /// An object has begun.
    Open,
    /// The object has ended; whether it is valid JSON, if that was asked for.
    Closed(Option<bool>),
    /// What came is not one object.
    Other,
}

impl ArgumentsSoFar {
    /// Whether there are none so far. `args` begins with what was passed before.
    pub(crate) fn are_blank(&mut self, args: &str) -> bool {
        self.read(args);
        self.state == State::Blank
    }

    /// Whether they are one JSON object. `args` begins with what was passed before.
    pub(crate) fn are_all(&mut self, args: &str) -> bool {
        self.read(args);
        match &mut self.state {
            State::Closed(valid) => *valid
                .get_or_insert_with(|| serde_json::from_str::<IgnoredAny>(args.trim()).is_ok()),
            _ => false,
        }
    }

    fn read(&mut self, args: &str) {
        let news = args.as_bytes().get(self.seen..).unwrap_or_default();
        self.seen = args.len();
        news.iter().for_each(|byte| self.byte(*byte));
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

    /// What a scan says after each piece: whether the arguments are blank, and whether they are all.
    fn scan(pieces: &[&str]) -> Vec<(bool, bool)> {
        let (mut scan, mut args) = (ArgumentsSoFar::default(), String::new());
        let mut read = |piece: &&str| {
            args.push_str(piece);
            (scan.are_blank(&args), scan.are_all(&args))
        };
        pieces.iter().map(&mut read).collect()
    }

    #[test]
    fn an_object_is_complete_at_its_last_brace() {
        let (blank, open, all) = ((true, false), (false, false), (false, true));
        assert_eq!(scan(&["", " ", "{}", " "]), [blank, blank, all, all]);
        assert_eq!(scan(&[r#"{"a":"}"#, r#"\""#, r#"}{[""#, "}"]), [open, open, open, all]);
        assert_eq!(scan(&[r#"{"a":[{}]"#, "}"]), [open, all]);
    }

    #[test]
    fn what_is_not_one_object_is_never_complete() {
        for pieces in [["{", "]"], ["[]", "{}"], ["{}", "{}"], ["7", "}"], ["}", "{}"]] {
            assert_eq!(scan(&pieces)[1], (false, false), "{pieces:?}");
        }
    }
}
