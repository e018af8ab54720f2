//! [`Lines`]: the lines of a file, with a limit on their length.

use std::io::{self, BufRead, Read};

/// The number of bytes that are kept of a line that is too long.
const KEPT: usize = 1024;

/// Reads a file line by line. A line that is too long is skipped, and never in memory.
pub(crate) struct Lines<R> {
    input: R,
    max_bytes: usize,
    number: u64,
    buffer: Vec<u8>,
}

/// A line, without its line break.
pub(crate) enum Line<'a> {
    Complete(&'a [u8]),
    /// The beginning of a line that is longer than the limit.
    TooLong(&'a [u8]),
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R, max_bytes: usize) -> Self {
        Self { input, max_bytes, number: 0, buffer: Vec::new() }
    }

    /// Reads the next line. Returns its number, from 1.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        self.buffer.clear();
        // Room for the line break, which does not count.
        let most = (self.max_bytes as u64).saturating_add(2);
        if self.input.by_ref().take(most).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        match self.buffer.strip_suffix(b"\n") {
            Some(line) => {
                let length = line.strip_suffix(b"\r").unwrap_or(line).len();
                self.buffer.truncate(length);
            }
            None if self.buffer.len() as u64 == most => _ = self.input.skip_until(b'\n')?,
            // The last line has no line break.
            None => {}
        }
        let line = if self.buffer.len() > self.max_bytes {
            Line::TooLong(&self.buffer[..self.buffer.len().min(KEPT)])
        } else {
            Line::Complete(&self.buffer)
        };
        Ok(Some((self.number, line)))
    }
}
