//! [`LineItems`]: the items of a file whose lines are items.

use std::path::Path;

use runnable_core::Result;

use super::{
    feed::Feed,
    lines::{Line, Lines},
    malformed::Malformed,
    text_encoding::TextEncoding,
    text_file::{TextFile, open_text, read_failed},
    typed::utf8,
};
use crate::inputs::{JobItem, ReadItem};

/// The items of a file whose lines are items.
pub(crate) struct LineItems<'a, S> {
    pub(crate) path: &'a Path,
    pub(crate) encoding: &'a TextEncoding,
    /// The maximum length of a line.
    pub(crate) max_bytes: usize,
    /// Returns whether a line is not an item.
    pub(crate) skips: S,
}

impl<S: Fn(&Line<'_>) -> bool> LineItems<'_, S> {
    /// Reads all items. `item` returns the item of a line, or what was expected, and `key` the key
    /// of a line that is not an item.
    pub(crate) fn read<T: Send>(
        &self,
        feed: &mut Feed<ReadItem<T>>,
        item: impl Fn(u64, &str) -> Result<JobItem<T>, String>,
        key: impl Fn(u64) -> String,
    ) -> Result<()> {
        let mut lines = self.lines(feed)?;
        while let Some((number, line)) =
            lines.next().map_err(|error| read_failed(self.path, error))?
        {
            if (self.skips)(&line) {
                continue;
            }
            let (read, text) = match line {
                Line::Complete(text) => (utf8(text).and_then(|line| item(number, line)), text),
                Line::TooLong(text) => {
                    (Err(format!("expected at most {} bytes", self.max_bytes)), text)
                }
            };
            let read = read.map_or_else(
                |reason| {
                    let (path, position) = (self.path, format_args!("line {number}"));
                    Malformed { path, position, text }.item(key(number), reason)
                },
                ReadItem::Item,
            );
            if feed.put(read, text.len()).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Counts the lines that are items.
    pub(crate) fn count(&self, feed: &Feed<u64>) -> Result<u64> {
        let mut lines = self.lines(feed)?;
        let mut count = 0;
        while let Some((_, line)) = lines.next().map_err(|error| read_failed(self.path, error))? {
            count += u64::from(!(self.skips)(&line));
        }
        Ok(count)
    }

    fn lines<U: Send>(&self, feed: &Feed<U>) -> Result<Lines<TextFile>> {
        Ok(Lines::new(open_text(self.path, self.encoding, feed)?, self.max_bytes))
    }
}
