//! [`Text`]: a text that is searched for secrets.

#[cfg(test)]
use std::cell::Cell;
use std::ops::Range;

/// A text that is searched for secrets.
///
/// A scanner looks at the bytes of a text only through these methods. They count the bytes, so that
/// a test can check that the work grows linearly with the text.
pub(in crate::redact) struct Text<'a> {
    text: &'a str,
    /// The number of bytes that were looked at.
    #[cfg(test)]
    steps: Cell<usize>,
}

impl<'a> Text<'a> {
    pub(in crate::redact) fn new(text: &'a str) -> Self {
        Self {
            text,
            #[cfg(test)]
            steps: Cell::new(0),
        }
    }

    pub(super) fn as_str(&self) -> &'a str {
        self.text
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Returns the byte at this position, or `None` at the end of the text.
    pub(super) fn at(&self, at: usize) -> Option<u8> {
        self.count(1);
        self.text.as_bytes().get(at).copied()
    }

    /// Returns the byte that is `distance` bytes before this position.
    pub(super) fn before(&self, at: usize, distance: usize) -> Option<u8> {
        self.at(at.checked_sub(distance)?)
    }

    /// Returns a part of the text. It is empty if the range is not between characters.
    pub(super) fn part(&self, range: Range<usize>) -> &'a str {
        self.count(range.len());
        self.text.get(range).unwrap_or_default()
    }

    /// Returns the position of the next occurrence of `needle`.
    pub(super) fn find(&self, needle: &str, from: usize) -> Option<usize> {
        let rest = self.text.get(from..)?;
        let found = rest.find(needle);
        self.count(found.unwrap_or(rest.len()));
        Some(from + found?)
    }

    /// Returns the end of the bytes that fulfil a condition.
    pub(super) fn end_of(&self, from: usize, fits: impl Fn(u8) -> bool) -> usize {
        let mut end = from;
        while self.at(end).is_some_and(&fits) {
            end += 1;
        }
        end
    }

    /// Returns the end of the bytes that fulfil a condition, at most `limit` bytes.
    pub(super) fn end_within(&self, from: usize, limit: usize, fits: impl Fn(u8) -> bool) -> usize {
        let mut end = from;
        while end - from < limit && self.at(end).is_some_and(&fits) {
            end += 1;
        }
        end
    }

    /// Returns the start of the bytes before `end` that fulfil a condition, at most `limit` bytes.
    pub(super) fn start_of(&self, end: usize, limit: usize, fits: impl Fn(u8) -> bool) -> usize {
        let mut start = end;
        while end - start < limit && self.before(start, 1).is_some_and(&fits) {
            start -= 1;
        }
        start
    }

    /// Returns whether these letters are at this position, in upper or lower case.
    pub(super) fn has_word(&self, at: usize, word: &str) -> bool {
        let bytes = self.text.as_bytes().get(at..at.saturating_add(word.len()));
        self.count(word.len());
        bytes.is_some_and(|bytes| bytes.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// Returns whether a word can start here: not after a letter or a digit, unless they are the
    /// end of an escape such as `\n`, `%3D` or `\u003d`.
    pub(super) fn starts_word(&self, at: usize) -> bool {
        let Some(last) = self.before(at, 1) else { return true };
        if !last.is_ascii_alphanumeric() {
            return true;
        }
        let is_hex = |distance: usize| {
            (1..=distance).all(|n| self.before(at, n).is_some_and(|byte| byte.is_ascii_hexdigit()))
        };
        match (self.before(at, 2), self.before(at, 3)) {
            (Some(b'\\'), _) => matches!(last, b'n' | b'r' | b't' | b'b' | b'f'),
            (_, Some(b'%')) => is_hex(2),
            _ => self.before(at, 5) == Some(b'u') && self.before(at, 6) == Some(b'\\') && is_hex(4),
        }
    }

    #[cfg(test)]
    fn count(&self, bytes: usize) {
        self.steps.set(self.steps.get() + bytes);
    }

    #[cfg(not(test))]
    fn count(&self, _: usize) {}

    /// Returns the number of bytes that were looked at.
    #[cfg(test)]
    pub(in crate::redact) fn steps(&self) -> usize {
        self.steps.get()
    }
}
