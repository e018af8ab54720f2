//! [`Tail`]: the events that a program appends to a recording.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::SystemTime,
};

use runnable::events::RecordedEvent;

/// What is new in a recording.
#[derive(Default)]
pub(super) struct News {
    pub(super) events: Vec<RecordedEvent>,
    /// Whether the events belong to another recording than the events before.
    pub(super) is_other_recording: bool,
}

/// The events that a program appends to a file, and to the files that continue it.
pub(super) struct Tail<'a> {
    base: &'a Path,
    /// The open file. `None` while it does not exist.
    file: Option<OpenFile>,
    /// Whether to start at the end of the files that exist.
    from_end: bool,
    /// The beginning of a line whose end is not written yet.
    line: Vec<u8>,
}

struct OpenFile {
    path: PathBuf,
    /// The number in the name of the file. It is 0 for the first file.
    number: u32,
    /// `None` if the file system does not know it.
    created: Option<SystemTime>,
    reader: BufReader<File>,
}

impl<'a> Tail<'a> {
    pub(super) fn new(base: &'a Path, from_end: bool) -> Self {
        Self { base, file: None, from_end, line: Vec::new() }
    }

    /// Returns what is new since the last call.
    pub(super) fn read(&mut self) -> io::Result<News> {
        let mut news = News::default();
        if self.is_replaced()? {
            self.file = None;
            news.is_other_recording = true;
        }
        if self.file.is_none() {
            self.open(0)?;
        }
        while let Some(file) = &mut self.file {
            // A recorder creates the next file after the last line of this file.
            let next = file.number.saturating_add(1);
            let has_next = numbered(self.base, next).exists();
            read_lines(&mut file.reader, &mut self.line, &mut news.events)?;
            if !has_next || !self.open(next)? {
                break;
            }
        }
        self.from_end = false;
        Ok(news)
    }

    /// Returns whether a new program has replaced the file, or has made it empty.
    fn is_replaced(&mut self) -> io::Result<bool> {
        let Some(file) = &mut self.file else { return Ok(false) };
        let read = file.reader.stream_position()?;
        match fs::metadata(&file.path) {
            Ok(found) => Ok(found.len() < read || found.created().ok() != file.created),
            // The program starts again with the first file.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(file.number > 0 && self.base.exists())
            }
            Err(error) => Err(error),
        }
    }

    /// Opens the file with this number. Returns `false` if it does not exist.
    fn open(&mut self, number: u32) -> io::Result<bool> {
        let path = numbered(self.base, number);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        if self.from_end {
            file.seek(SeekFrom::End(0))?;
        }
        let created = file.metadata()?.created().ok();
        self.file = Some(OpenFile { path, number, created, reader: BufReader::new(file) });
        self.line.clear();
        Ok(true)
    }
}

/// Reads the lines that are complete.
fn read_lines(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    events: &mut Vec<RecordedEvent>,
) -> io::Result<()> {
    while reader.read_until(b'\n', line)? > 0 && line.ends_with(b"\n") {
        // Skip a line that is not an event: it is a header, or it is damaged.
        events.extend(serde_json::from_slice::<RecordedEvent>(line).ok());
        line.clear();
    }
    Ok(())
}

/// Returns the name of the file with this number, as a recorder chooses it: `run.1.jsonl` continues
/// `run.jsonl`.
fn numbered(base: &Path, number: u32) -> PathBuf {
    if number == 0 {
        return base.to_owned();
    }
    let mut name = base.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{number}"));
    if let Some(extension) = base.extension() {
        name.push(".");
        name.push(extension);
    }
    base.with_file_name(name)
}
