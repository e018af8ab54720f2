//! [`Cursor`]: how much of a live page a browser has.

use std::{fmt, str::FromStr};

/// How much of a live page a browser has. The browser sends it as a text with its next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The number of the live page. It differs after a restart of the server.
    pub(super) generation: u64,
    /// The number of changes.
    pub(super) revision: u64,
    /// The number of entries of the payload pool.
    pub(super) values: usize,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}-{}", self.generation, self.revision, self.values)
    }
}

/// The text is not the text of a cursor.
#[derive(Debug)]
pub(super) struct InvalidCursor;

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let mut parts = text.split('-');
        let mut next = || parts.next().ok_or(InvalidCursor);
        let cursor = Self {
            generation: u64::from_str_radix(next()?, 16).map_err(|_| InvalidCursor)?,
            revision: next()?.parse().map_err(|_| InvalidCursor)?,
            values: next()?.parse().map_err(|_| InvalidCursor)?,
        };
        if parts.next().is_some() { Err(InvalidCursor) } else { Ok(cursor) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_from_its_text() {
        let cursor = Cursor { generation: u64::MAX, revision: 7, values: 0 };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
    }

    #[test]
    fn other_texts_are_not_cursors() {
        let huge = format!("1-2-{}0", u64::MAX);
        for text in ["", "7", "-", "--", "1-2", "1-2-3-4", "x-2-3", "1--2-3", "1-2-é", &huge] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
