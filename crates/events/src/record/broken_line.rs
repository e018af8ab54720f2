//! [`BrokenLine`]: a line of a recording that is not an event.

use std::path::PathBuf;

/// A line of a recording that is neither a header nor an event.
///
/// For example, the last line of a recording is incomplete if the program was killed while it wrote
/// the line.
///
/// ```
/// use runnable_events::Recording;
///
/// let recording = Recording::read(&br#"{"v":"1.0","seq":7,"ti"#[..]).unwrap();
/// let broken = &recording.broken_lines()[0];
/// assert_eq!((broken.line, &*broken.text), (1, r#"{"v":"1.0","seq":7,"ti"#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrokenLine {
    /// The file that contains the line. `None` if the recording was not read from a file.
    pub file: Option<PathBuf>,
    /// The number of the line in its file, counted from 1.
    pub line: u64,
    /// The line. Bytes that are not valid UTF-8 are replaced.
    pub text: String,
    /// Why the line is not an event.
    pub reason: String,
}
