//! [`LineWriter`]: writes events as lines.

use std::path::PathBuf;

use super::{destination::Destination, sink_report::SinkReport};
use crate::record::{RecordedEvent, RecordingHeader};

/// The number of buffered bytes after which events are written.
const BUFFER: usize = 64 << 10;

/// Writes events as lines.
///
/// Events are buffered until the next flush, and each write contains only complete lines.
/// Therefore, the lines of several writers of the same file do not mix.
pub(super) struct LineWriter {
    destination: Destination,
    header: Option<RecordingHeader>,
    /// Complete lines that are not written yet.
    buffer: Vec<u8>,
    /// Whether the last line of the destination is not complete.
    is_cut: bool,
    /// Whether the current file contains, or will contain, an event.
    has_events: bool,
    report: SinkReport,
}

impl LineWriter {
    /// Creates a writer. `path` is the file of the destination, if it is a file. `is_cut` is
    /// whether the last line of this file is not complete.
    pub(super) fn new(destination: Destination, path: Option<PathBuf>, is_cut: bool) -> Self {
        Self {
            destination,
            header: None,
            buffer: Vec::new(),
            is_cut,
            has_events: false,
            report: SinkReport { files: path.into_iter().collect(), ..Default::default() },
        }
    }

    /// Writes the header, and repeats it in each further file.
    pub(super) fn start(&mut self, header: RecordingHeader) {
        self.header = Some(header);
        self.write_header();
    }

    /// Adds an event to the recording.
    pub(super) fn write(&mut self, event: &RecordedEvent) {
        if self.has_events && self.destination.is_full(self.buffer.len()) {
            self.rotate(event.seq);
        }
        let start = self.buffer.len();
        if let Err(error) = serde_json::to_writer(&mut self.buffer, event) {
            self.buffer.truncate(start);
            self.lose(1);
            return self.report.fail(error.into());
        }
        self.buffer.push(b'\n');
        self.has_events = true;
        if self.buffer.len() >= BUFFER {
            self.flush();
        }
    }

    /// Writes the buffered events.
    pub(super) fn flush(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        let mut written = 0;
        if self.complete_line() {
            let (count, result) = self.destination.write(&self.buffer);
            written = count;
            if let Err(error) = result {
                self.report.fail(error);
            }
        }
        let (done, rest) = self.buffer.split_at(written);
        let (done_lines, lost) = (lines(done), lines(rest));
        self.is_cut |= done.last().is_some_and(|byte| *byte != b'\n');
        self.report.written = self.report.written.saturating_add(done_lines);
        self.buffer.clear();
        self.lose(lost);
        if let Err(error) = self.destination.flush() {
            self.report.fail(error);
        }
    }

    pub(super) fn report(&self) -> SinkReport {
        self.report.clone()
    }

    /// Continues with the next file. `seq` is the number of its first event.
    fn rotate(&mut self, seq: u64) {
        self.flush();
        match self.destination.rotate() {
            Ok(Some(path)) => {
                self.report.files.push(path);
                (self.is_cut, self.has_events) = (false, false);
                if let Some(header) = &mut self.header {
                    header.advance(seq);
                }
                self.write_header();
            }
            Ok(None) => {}
            Err(error) => self.report.fail(error),
        }
    }

    fn write_header(&mut self) {
        let Some(header) = &self.header else { return };
        let mut line = match serde_json::to_vec(header) {
            Ok(line) => line,
            Err(error) => return self.report.fail(error.into()),
        };
        line.push(b'\n');
        if !self.complete_line() {
            return;
        }
        let (written, result) = self.destination.write(&line);
        self.is_cut = written > 0 && written < line.len();
        if let Err(error) = result.and_then(|()| self.destination.flush()) {
            self.report.fail(error);
        }
    }

    /// Ends an incomplete line, so that the next event starts on its own line. Returns whether this
    /// succeeded.
    fn complete_line(&mut self) -> bool {
        if self.is_cut {
            match self.destination.write(b"\n").1 {
                Ok(()) => self.is_cut = false,
                Err(error) => self.report.fail(error),
            }
        }
        !self.is_cut
    }

    fn lose(&mut self, events: u64) {
        self.report.lost = self.report.lost.saturating_add(events);
    }
}

/// Returns the number of lines that end in these bytes.
fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}
