//! [`JsonLines`]: a sink that writes a file, one JSON object per line.

use std::{
    fmt,
    io::{self, Write},
    path::PathBuf,
};

use super::{
    destination::Destination,
    line_writer::LineWriter,
    rotating_file::{Opened, RotatingFile},
    sink::Sink,
    sink_report::SinkReport,
};
use crate::record::{RecordedEvent, RecordingHeader};

/// A [`Sink`] that writes a file, one JSON object per line.
///
/// The first line is a [header](RecordingHeader), and each further line is a [`RecordedEvent`].
/// [`Recording`](crate::Recording) loads the file. The sink only appends, and writes whole lines,
/// so that several recorders and processes can share a file.
///
/// [`Recorder::to_file`](crate::Recorder::to_file) creates a recorder with this sink. Use this type
/// for a recorder with several sinks, or for other [options](crate::SinkOptions).
///
/// ```
/// use runnable_events::{JsonLines, Recorder};
///
/// let recorder = Recorder::builder()
///     .sink(JsonLines::to_writer(std::io::sink()))
///     .sink(JsonLines::to_writer(std::io::stdout()))
///     .build();
/// # drop(recorder);
/// ```
pub struct JsonLines {
    lines: LineWriter,
}

impl JsonLines {
    /// Creates a sink that appends to a file. The file is created if it does not exist.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened.
    ///
    /// ```no_run
    /// use runnable_events::{JsonLines, Recorder};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let recorder = Recorder::builder().sink(JsonLines::to_file("run.jsonl")?).build();
    /// # drop(recorder);
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_file(path: impl Into<PathBuf>) -> io::Result<Self> {
        Self::open(path.into(), None)
    }

    /// Creates a sink that appends to a file, and continues in another file when the file has this
    /// size in bytes. See [`max_file_bytes`](crate::RecorderBuilder::max_file_bytes).
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened.
    ///
    /// ```no_run
    /// use runnable_events::{JsonLines, Recorder};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let sink = JsonLines::to_rotating_file("run.jsonl", 100 << 20)?;
    /// let recorder = Recorder::builder().sink(sink).build();
    /// # drop(recorder);
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_rotating_file(path: impl Into<PathBuf>, max_bytes: u64) -> io::Result<Self> {
        Self::open(path.into(), Some(max_bytes))
    }

    /// Creates a sink that writes to `writer`.
    ///
    /// The sink buffers events itself, so the writer needs no buffer.
    ///
    /// ```
    /// use runnable_events::{JsonLines, Recorder};
    ///
    /// let recorder = Recorder::builder().sink(JsonLines::to_writer(std::io::sink())).build();
    /// # drop(recorder);
    /// ```
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        Self { lines: LineWriter::new(Destination::Writer(Box::new(writer)), None, false) }
    }

    pub(crate) fn open(path: PathBuf, max_bytes: Option<u64>) -> io::Result<Self> {
        let name = path.display().to_string();
        let opened = RotatingFile::open(path, max_bytes).map_err(|error| {
            let message = format!("failed to open the recording `{name}`: {error}");
            io::Error::new(error.kind(), message)
        })?;
        let Opened { file, path, is_cut } = opened;
        Ok(Self { lines: LineWriter::new(Destination::File(file), Some(path), is_cut) })
    }
}

impl Sink for JsonLines {
    fn start(&mut self, header: &RecordingHeader) -> io::Result<()> {
        self.lines.start(header.clone());
        Ok(())
    }

    fn write(&mut self, event: &RecordedEvent) -> io::Result<()> {
        self.lines.write(event);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.flush();
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.lines.flush();
        Ok(())
    }

    fn describe(&self, report: &mut SinkReport) {
        *report = self.lines.report();
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines").finish_non_exhaustive()
    }
}
