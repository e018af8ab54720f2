//! [`Recording`]: stored events that are loaded again.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use runnable_core::{Error, ErrorKind, Result};
use serde::Deserialize;

use super::{
    broken_line::BrokenLine, header::RecordingHeader, recorded_event::RecordedEvent,
    rotation::files_of, schema_version::SchemaVersion,
};

/// The events of one or more calls, loaded from the file of a [`Recorder`](crate::Recorder).
///
/// A file that was truncated still loads. Its incomplete last line is one of the [broken
/// lines](Self::broken_lines), and the runs that have no end are [unfinished](Self::unfinished).
///
/// The events equal the live events, with two exceptions: times are rounded to microseconds, and
/// numbers with 17 digits, such as 0.10000000149011612, can differ in their last digit.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::Recording;
///
/// # fn example() -> Result<()> {
/// let recording = Recording::load("run.jsonl")?;
/// for event in recording.events() {
///     println!("{:?} {event}", event.since_root);
/// }
/// for start in recording.unfinished() {
///     println!("{} did not finish", start.name);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recording {
    headers: Vec<RecordingHeader>,
    events: Vec<RecordedEvent>,
    broken_lines: Vec<BrokenLine>,
    missing_events: u64,
    /// The number of the next event, if no event is missing. `None` if it is not known.
    next_seq: Option<u64>,
}

impl Recording {
    /// Loads the events of one file.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Other`] if the file cannot be read.
    /// - [`ErrorKind::InvalidInput`] if the recording has a major version that this version of the
    ///   crate does not know.
    ///
    /// ```
    /// use runnable_events::Recording;
    ///
    /// let error = Recording::load("no such file.jsonl").unwrap_err();
    /// assert_eq!(error.message(), "failed to read the recording `no such file.jsonl`");
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let mut recording = Self::default();
        recording.add_file(path.as_ref())?;
        Ok(recording)
    }

    /// Loads the events of a file and of the files that continue it: `run.jsonl`, `run.1.jsonl`,
    /// `run.2.jsonl`, and so on.
    ///
    /// Files can be missing. [`missing_events`](Self::missing_events) returns how many events they
    /// contained.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`load`](Self::load).
    ///
    /// ```no_run
    /// use runnable_events::Recording;
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// let recording = Recording::load_rotation("run.jsonl")?;
    /// println!("{} files", recording.headers().len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn load_rotation(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let files = files_of(path).map_err(|error| unreadable(error, Some(path)))?;
        let mut recording = Self::default();
        files.iter().try_for_each(|file| recording.add_file(file))?;
        Ok(recording)
    }

    /// Reads the events from a reader, until its end.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`load`](Self::load).
    ///
    /// ```
    /// use runnable_events::Recording;
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// let line = r#"{"v":"1.0","seq":0,"time":"2026-01-31T12:00:00Z","since_root_ms":0,
    ///     "elapsed_ms":0,"run_id":"a","name":"shout","kind":"chain","event":"start","data":{}}"#;
    /// let recording = Recording::read(line.replace('\n', "").as_bytes())?;
    /// assert_eq!(recording.events()[0].to_string(), "on_chain_start shout");
    /// assert_eq!(recording.unfinished()[0].name, "shout");
    /// # Ok(())
    /// # }
    /// ```
    pub fn read(reader: impl BufRead) -> Result<Self> {
        let mut recording = Self::default();
        recording.add(reader, None)?;
        Ok(recording)
    }

    /// Returns the events, in the order in which they happened.
    ///
    /// ```
    /// use runnable_events::{RecordedEvent, Recording};
    ///
    /// fn last_of<'a>(recording: &'a Recording, name: &str) -> Option<&'a RecordedEvent> {
    ///     recording.events().iter().rfind(|event| event.name == name)
    /// }
    /// assert!(last_of(&Recording::default(), "shout").is_none());
    /// ```
    pub fn events(&self) -> &[RecordedEvent] {
        &self.events
    }

    /// Returns the events, in the order in which they happened.
    ///
    /// ```
    /// use runnable_events::Recording;
    ///
    /// assert!(Recording::default().into_events().is_empty());
    /// ```
    pub fn into_events(self) -> Vec<RecordedEvent> {
        self.events
    }

    /// Returns the headers: one for each file, and one for each recorder that appended to a file.
    ///
    /// ```
    /// use runnable_events::Recording;
    ///
    /// fn version(recording: &Recording) -> Option<&str> {
    ///     Some(recording.headers().first()?.versions.get("runnable-events")?)
    /// }
    /// assert_eq!(version(&Recording::default()), None);
    /// ```
    pub fn headers(&self) -> &[RecordingHeader] {
        &self.headers
    }

    /// Returns the lines that are neither a header nor an event, such as an incomplete line.
    ///
    /// ```
    /// use runnable_events::Recording;
    ///
    /// let recording = Recording::read(&b"{\"v\":\"1.0\",\"se"[..]).unwrap();
    /// assert_eq!(recording.broken_lines()[0].line, 1);
    /// ```
    pub fn broken_lines(&self) -> &[BrokenLine] {
        &self.broken_lines
    }

    /// Returns the number of events that are missing between the recorded events.
    ///
    /// They are missing because the recorder could not write them, or because the file was changed.
    /// Events after the last recorded event are not counted.
    ///
    /// ```
    /// use runnable_events::Recording;
    ///
    /// assert_eq!(Recording::default().missing_events(), 0);
    /// ```
    pub fn missing_events(&self) -> u64 {
        self.missing_events
    }

    /// Returns the first event of each run that has no end: usually its start.
    ///
    /// The run was still working when the recording ended, or its end is missing.
    ///
    /// ```
    /// use runnable_events::Recording;
    ///
    /// fn is_complete(recording: &Recording) -> bool {
    ///     recording.unfinished().is_empty()
    /// }
    /// assert!(is_complete(&Recording::default()));
    /// ```
    pub fn unfinished(&self) -> Vec<&RecordedEvent> {
        // The ID alone is not unique, because a caller can give a run the ID of one of its parents.
        let mut open: HashMap<(&str, usize), Vec<usize>> = HashMap::new();
        for (index, event) in self.events.iter().enumerate() {
            let starts = open.entry((&*event.run_id, event.parent_ids.len())).or_default();
            if event.is_terminal() {
                starts.pop();
            } else if starts.is_empty() || event.data.event() == "start" {
                starts.push(index);
            }
        }
        let mut first: Vec<usize> = open.into_values().flatten().collect();
        first.sort_unstable();
        first.into_iter().filter_map(|index| self.events.get(index)).collect()
    }

    fn add_file(&mut self, path: &Path) -> Result<()> {
        let file = File::open(path).map_err(|error| unreadable(error, Some(path)))?;
        self.add(BufReader::new(file), Some(path))
    }

    /// Adds the events of a reader. `file` is the file that it reads.
    fn add(&mut self, mut reader: impl BufRead, file: Option<&Path>) -> Result<()> {
        let (mut bytes, mut line) = (Vec::new(), 0u64);
        loop {
            bytes.clear();
            let length = reader.read_until(b'\n', &mut bytes);
            if length.map_err(|error| unreadable(error, file))? == 0 {
                return Ok(());
            }
            line = line.saturating_add(1);
            let text = bytes.trim_ascii();
            if !text.is_empty() {
                self.add_line(text, line, file)?;
            }
        }
    }

    fn add_line(&mut self, text: &[u8], line: u64, file: Option<&Path>) -> Result<()> {
        let supported = |version: SchemaVersion| {
            if version.is_supported() { Ok(()) } else { Err(unsupported(version, line, file)) }
        };
        let reason = match serde_json::from_slice::<RecordedEvent>(text) {
            Ok(event) => {
                supported(event.version)?;
                self.add_event(event);
                return Ok(());
            }
            Err(reason) => reason,
        };
        if let Ok(header) = serde_json::from_slice::<RecordingHeader>(text) {
            supported(header.version)?;
            self.add_header(header);
            return Ok(());
        }
        // Check the version first, because an event of another version can have other fields.
        if let Ok(Version { v }) = serde_json::from_slice(text) {
            supported(v)?;
        }
        self.broken_lines.push(BrokenLine {
            file: file.map(Path::to_owned),
            line,
            text: String::from_utf8_lossy(text).into_owned(),
            reason: reason.to_string(),
        });
        Ok(())
    }

    fn add_event(&mut self, event: RecordedEvent) {
        let expected = self.next_seq.unwrap_or(event.seq);
        self.miss(event.seq.saturating_sub(expected));
        self.next_seq = Some(event.seq.saturating_add(1));
        self.events.push(event);
    }

    fn add_header(&mut self, header: RecordingHeader) {
        let continues = self.headers.last().is_some_and(|last| last.recorder == header.recorder);
        if let Some(expected) = self.next_seq.filter(|_| continues) {
            self.miss(header.first_seq.saturating_sub(expected));
        }
        self.next_seq = Some(header.first_seq);
        self.headers.push(header);
    }

    fn miss(&mut self, events: u64) {
        self.missing_events = self.missing_events.saturating_add(events);
    }
}

/// Collects events that were not read from a file, such as the events of a call in a test.
///
/// The events keep their numbers, except that events that all have the number 0 are numbered in
/// order.
impl FromIterator<RecordedEvent> for Recording {
    fn from_iter<I: IntoIterator<Item = RecordedEvent>>(events: I) -> Self {
        let mut recording = Self::default();
        let mut events: Vec<_> = events.into_iter().collect();
        if events.iter().all(|event| event.seq == 0) {
            events.iter_mut().zip(0..).for_each(|(event, seq)| event.seq = seq);
        }
        events.into_iter().for_each(|event| recording.add_event(event));
        recording
    }
}

/// The version in a line. The other fields are ignored, because they depend on the version.
#[derive(Deserialize)]
struct Version {
    v: SchemaVersion,
}

fn unreadable(error: io::Error, file: Option<&Path>) -> Error {
    Error::wrap(ErrorKind::Other, error)
        .with_message(format!("failed to read the recording{}", name_of(file)))
}

fn unsupported(version: SchemaVersion, line: u64, file: Option<&Path>) -> Error {
    let message = format!(
        "unsupported version {version} in line {line} of the recording{}: expected {}.x; update \
         `runnable-events`",
        name_of(file),
        SchemaVersion::CURRENT.major,
    );
    Error::new(ErrorKind::InvalidInput, message)
}

/// Returns the name of the file in backticks, after a space.
fn name_of(file: Option<&Path>) -> String {
    file.map(|file| format!(" `{}`", file.display())).unwrap_or_default()
}
