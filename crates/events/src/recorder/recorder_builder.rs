//! [`RecorderBuilder`]: the settings of a recorder.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use runnable_core::Interest;

use super::{hub::Hub, listener::Recorder};
use crate::{
    record::RecordingHeader,
    redact::{CallRedaction, Redaction},
    sinks::{JsonLines, Sink, SinkOptions, SinkThread},
};

/// The maximum time for which the recorder waits until the sinks have stored their buffers.
const PATIENCE: Duration = Duration::from_secs(2);

/// The settings of a [`Recorder`]. Created by [`Recorder::builder`].
///
/// ```
/// use runnable_core::Interest;
/// use runnable_events::Recorder;
///
/// let recorder = Recorder::builder()
///     .interest(Interest::lifecycle())
///     .version("my-program", "1.2.3")
///     .to_writer(std::io::sink());
/// assert_eq!(recorder.report().lost, 0);
/// ```
#[must_use]
pub struct RecorderBuilder {
    interest: Interest,
    max_file_bytes: Option<u64>,
    versions: BTreeMap<String, String>,
    redaction: Option<Redaction>,
    sinks: Vec<(SinkOptions, Box<dyn Sink>)>,
    patience: Duration,
}

impl Recorder {
    /// Creates a recorder that writes to `writer`, with the default settings.
    ///
    /// ```
    /// use runnable_core::RunConfig;
    /// use runnable_events::Recorder;
    ///
    /// let config = RunConfig::new().listener(Recorder::new(std::io::stdout()));
    /// # drop(config);
    /// ```
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self::builder().to_writer(writer)
    }

    /// Creates a recorder that appends to a file, with the default settings. The file is created if
    /// it does not exist.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened.
    ///
    /// ```no_run
    /// use runnable_core::prelude::*;
    /// use runnable_events::Recorder;
    ///
    /// # async fn example(chain: DynRunnable<String, String>) -> Result<()> {
    /// let recorder = Recorder::to_file("run.jsonl")?;
    /// chain.invoke("ada").config(RunConfig::new().listener(recorder.clone())).await?;
    /// recorder.finish()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_file(path: impl Into<PathBuf>) -> io::Result<Self> {
        Self::builder().to_file(path)
    }

    /// Creates a builder with the default settings of a recorder.
    ///
    /// ```
    /// use runnable_core::Interest;
    /// use runnable_events::Recorder;
    ///
    /// let recorder = Recorder::builder().interest(Interest::lifecycle()).to_writer(std::io::sink());
    /// # drop(recorder);
    /// ```
    pub fn builder() -> RecorderBuilder {
        RecorderBuilder {
            interest: Interest::everything(),
            max_file_bytes: None,
            versions: BTreeMap::new(),
            redaction: None,
            sinks: Vec::new(),
            patience: PATIENCE,
        }
    }
}

impl RecorderBuilder {
    /// Sets which events and values are recorded. The default is [`Interest::everything`].
    ///
    /// A chat model that is called with `invoke` streams if its chunks are recorded.
    ///
    /// ```
    /// use runnable_core::Interest;
    /// use runnable_events::Recorder;
    ///
    /// let without_chunks = Interest::lifecycle().with_values();
    /// let recorder = Recorder::builder().interest(without_chunks).to_writer(std::io::sink());
    /// # drop(recorder);
    /// ```
    pub fn interest(mut self, interest: Interest) -> Self {
        self.interest = interest;
        self
    }

    /// Sets the size in bytes at which a file is full. By default, a file has no limit.
    ///
    /// A full `run.jsonl` is continued in `run.1.jsonl`, then in `run.2.jsonl`, and so on. Each
    /// event is in one file, so a file can be larger than the limit by one event. Existing files
    /// are never overwritten, renamed or deleted. [`Recording::load_rotation`] loads all files.
    ///
    /// The limit does not apply to a writer.
    ///
    /// [`Recording::load_rotation`]: crate::Recording::load_rotation
    ///
    /// ```no_run
    /// use runnable_events::Recorder;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let recorder = Recorder::builder().max_file_bytes(100 << 20).to_file("run.jsonl")?;
    /// # drop(recorder);
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_file_bytes(mut self, bytes: u64) -> Self {
        self.max_file_bytes = Some(bytes);
        self
    }

    /// Adds the version of a program or a crate to the [header](RecordingHeader) of the recording.
    ///
    /// The version of this crate is always in the header.
    ///
    /// ```
    /// use runnable_events::Recorder;
    ///
    /// let builder = Recorder::builder().version(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    /// # drop(builder);
    /// ```
    pub fn version(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.versions.insert(name.into(), version.into());
        self
    }

    /// Sets the redaction, which removes data from events before they are stored. The default is
    /// [`Redaction::default`], which removes API keys, passwords and other secrets.
    ///
    /// ```
    /// use runnable_events::{Content, Recorder, Redaction};
    ///
    /// let redaction = Redaction::builder().content(Content::Truncated(1000)).build();
    /// let recorder = Recorder::builder().redaction(redaction).to_writer(std::io::sink());
    /// # drop(recorder);
    /// ```
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = Some(redaction);
        self
    }

    /// Adds a sink, with the default options.
    ///
    /// ```
    /// use runnable_events::{JsonLines, Recorder};
    ///
    /// let recorder = Recorder::builder()
    ///     .sink(JsonLines::to_writer(std::io::sink()))
    ///     .sink(JsonLines::to_writer(std::io::stderr()))
    ///     .build();
    /// assert_eq!(recorder.report().sinks.len(), 2);
    /// ```
    pub fn sink(self, sink: impl Sink) -> Self {
        self.sink_with(SinkOptions::default(), sink)
    }

    /// Adds a sink. The options set the size of its buffer, and what happens if the buffer is full.
    ///
    /// ```
    /// use runnable_events::{JsonLines, Overflow, Recorder, SinkOptions};
    ///
    /// let options = SinkOptions::default().overflow(Overflow::DropChunks);
    /// let recorder = Recorder::builder()
    ///     .sink_with(options, JsonLines::to_writer(std::io::sink()))
    ///     .build();
    /// # drop(recorder);
    /// ```
    pub fn sink_with(mut self, options: SinkOptions, sink: impl Sink) -> Self {
        self.sinks.push((options, Box::new(sink)));
        self
    }

    /// Sets how long [`Recorder::finish`], [`Recorder::report`] and dropping the last handle wait
    /// for the sinks. The default is two seconds.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_events::Recorder;
    ///
    /// let patience = Duration::from_secs(10);
    /// let recorder = Recorder::builder().patience(patience).to_writer(std::io::sink());
    /// # drop(recorder);
    /// ```
    pub fn patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// Creates a recorder that appends to a file, and writes to the sinks that were added before.
    /// The file is created if it does not exist.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened.
    ///
    /// ```no_run
    /// use runnable_events::Recorder;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let recorder = Recorder::builder().to_file("run.jsonl")?;
    /// # drop(recorder);
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_file(self, path: impl Into<PathBuf>) -> io::Result<Recorder> {
        let sink = JsonLines::open(path.into(), self.max_file_bytes)?;
        Ok(self.sink(sink).build())
    }

    /// Creates a recorder that writes to `writer`, and to the sinks that were added before.
    ///
    /// The recorder buffers events itself, so the writer needs no buffer.
    ///
    /// ```
    /// use runnable_events::Recorder;
    ///
    /// let recorder = Recorder::builder().to_writer(std::io::sink());
    /// # drop(recorder);
    /// ```
    pub fn to_writer(self, writer: impl Write + Send + 'static) -> Recorder {
        self.sink(JsonLines::to_writer(writer)).build()
    }

    /// Creates a recorder with the sinks that were added.
    ///
    /// ```
    /// use runnable_events::{JsonLines, Recorder};
    ///
    /// let sink = JsonLines::to_writer(std::io::sink());
    /// let recorder = Recorder::builder().sink(sink).build();
    /// # drop(recorder);
    /// ```
    #[must_use]
    pub fn build(self) -> Recorder {
        let redaction = self.redaction.unwrap_or_default();
        let mut header = RecordingHeader::new(self.versions);
        redaction.apply_to_header(&mut header);
        let spawn = |(options, sink)| SinkThread::spawn(sink, options, header.clone());
        let sinks = self.sinks.into_iter().map(spawn).collect();
        let hub = Hub::new(sinks, self.patience);
        Recorder::with(hub, self.interest, CallRedaction::new(redaction))
    }
}

impl fmt::Debug for RecorderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecorderBuilder")
            .field("interest", &self.interest)
            .field("max_file_bytes", &self.max_file_bytes)
            .field("versions", &self.versions)
            .finish_non_exhaustive()
    }
}
