//! [`Rows`]: the rows of a CSV file, with a limit on their size.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// The maximum number of fields in a row.
const MOST_FIELDS: usize = 1 << 16;

/// The number of bytes that are kept of a row that is too long.
const KEPT: usize = 1024;

/// Reads a CSV file row by row. A row that is too long is skipped, and never in memory.
pub(crate) struct Rows<R> {
    input: R,
    reader: Reader,
    max_bytes: usize,
    buffer: Vec<u8>,
    ends: Vec<usize>,
    /// Whether the last row had a quote that is not closed.
    is_broken: bool,
}

/// A row of a CSV file.
pub(crate) enum Row<'a> {
    /// The text of all fields, and the end of each field in the text.
    Complete { text: &'a [u8], ends: &'a [usize] },
    /// The beginning of the text of a row with too many bytes or fields.
    TooLong(&'a [u8]),
    /// A row with a quote that is not closed until the end of the file.
    UnclosedQuote,
}

impl<R: BufRead> Rows<R> {
    pub(crate) fn new(input: R, delimiter: u8, max_bytes: usize) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        // More than what is kept of a row that is too long, so that there is room to skip the rest.
        let buffer = vec![0; 4 * KEPT];
        Self { input, reader, max_bytes, buffer, ends: vec![0; 32], is_broken: false }
    }

    /// Reads the next row. Returns the number of the line in which it begins. Empty lines are
    /// skipped.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, Row<'_>)>> {
        let (mut length, mut count) = (0, 0);
        // The number of line breaks in the row.
        let mut breaks = 0;
        let mut too_long = None;
        loop {
            let bytes = self.input.fill_buf()?;
            let at_end = bytes.is_empty();
            // A line break ends the last row, unless a quote is open.
            let bytes = if at_end { b"\n" } else { bytes };
            let (result, read, wrote, ended) =
                self.reader.read_record(bytes, &mut self.buffer[length..], &mut self.ends[count..]);
            let ends_line = read > 0 && bytes[read - 1] == b'\n';
            if !at_end {
                self.input.consume(read);
            }
            breaks += line_breaks(&self.buffer[length..length + wrote]);
            (length, count) = (length + wrote, count + ended);
            match result {
                ReadRecordResult::InputEmpty if at_end => {
                    if self.is_broken || (length == 0 && count == 0 && too_long.is_none()) {
                        return Ok(None);
                    }
                    self.is_broken = true;
                    let line = self.reader.line().saturating_sub(breaks);
                    return Ok(Some((line, Row::UnclosedQuote)));
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    if self.buffer.len() <= self.max_bytes {
                        let room = self.buffer.len().saturating_mul(2);
                        // One byte more than the limit, so that a row of this length fits.
                        self.buffer.resize(room.min(self.max_bytes.saturating_add(1)), 0);
                    } else {
                        length = *too_long.get_or_insert(length.min(KEPT));
                    }
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < MOST_FIELDS => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    length = *too_long.get_or_insert(length.min(KEPT));
                    count = 0;
                }
                ReadRecordResult::Record => {
                    let line = self.reader.line() - u64::from(ends_line);
                    let line = line.saturating_sub(breaks);
                    let row = match too_long {
                        Some(kept) => Row::TooLong(&self.buffer[..kept]),
                        None if length > self.max_bytes => {
                            Row::TooLong(&self.buffer[..length.min(KEPT)])
                        }
                        None => Row::Complete {
                            text: &self.buffer[..length],
                            ends: &self.ends[..count],
                        },
                    };
                    return Ok(Some((line, row)));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }
}

fn line_breaks(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

impl<'a> Row<'a> {
    /// Returns the fields of a complete row.
    pub(crate) fn fields(text: &'a [u8], ends: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
        let starts = [0].into_iter().chain(ends.iter().copied());
        starts.zip(ends).map(|(start, end)| &text[start..*end])
    }
}
