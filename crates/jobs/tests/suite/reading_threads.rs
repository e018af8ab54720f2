//! The threads that read files.

use std::{
    cell::RefCell,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use futures::{StreamExt, executor::block_on};
use runnable_core::ErrorKind;
use runnable_jobs::{JobInputs, ReadItem, inputs::TextLineInputs};
use serde::{Deserialize, Deserializer};

use crate::read_all::{TestFolder, read_all};

static LINES_READ: AtomicUsize = AtomicUsize::new(0);
static THREAD_ENDED: AtomicBool = AtomicBool::new(false);

/// Sets the flag when its thread ends.
struct EndOfThread;

impl Drop for EndOfThread {
    fn drop(&mut self) {
        THREAD_ENDED.store(true, Ordering::SeqCst);
    }
}

thread_local! {
    static END: RefCell<Option<EndOfThread>> = const { RefCell::new(None) };
}

/// A line that counts the lines, and notices the end of the thread that has read it.
struct CountedLine;

impl<'de> Deserialize<'de> for CountedLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        LINES_READ.fetch_add(1, Ordering::SeqCst);
        END.with(|end| _ = end.borrow_mut().get_or_insert_with(|| EndOfThread));
        String::deserialize(deserializer).map(|_| Self)
    }
}

#[test]
fn the_thread_reads_a_little_ahead_and_ends_with_the_stream() {
    let folder = TestFolder::new();
    let path = folder.file("in.txt", "line\n".repeat(100_000));
    let mut stream = JobInputs::<CountedLine>::read(Box::new(TextLineInputs::open(path)));
    assert_eq!(LINES_READ.load(Ordering::SeqCst), 0);

    assert!(matches!(block_on(stream.next()), Some(Ok(ReadItem::Item(_)))));
    assert!(!THREAD_ENDED.load(Ordering::SeqCst));

    drop(stream);
    assert!(THREAD_ENDED.load(Ordering::SeqCst));
    // A batch in the stream, a batch in the channel, a batch of the thread.
    assert!((1..=3 * 64).contains(&LINES_READ.load(Ordering::SeqCst)));
}

#[test]
fn the_file_is_opened_at_the_first_poll() {
    let folder = TestFolder::new();
    let path = folder.path().join("in.txt");
    let mut stream = JobInputs::<String>::read(Box::new(TextLineInputs::open(&path)));
    folder.file("in.txt", "late\n");
    assert!(matches!(block_on(stream.next()), Some(Ok(ReadItem::Item(_)))));
    assert!(block_on(stream.next()).is_none());
    assert!(block_on(stream.next()).is_none());
}

#[derive(Debug)]
struct Panics;

impl<'de> Deserialize<'de> for Panics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        assert_ne!(String::deserialize(deserializer)?, "two", "found two");
        Ok(Self)
    }
}

#[test]
fn a_panic_of_the_thread_is_an_error_and_not_the_end_of_the_file() {
    let folder = TestFolder::new();
    let items =
        read_all::<Panics>(TextLineInputs::open(folder.file("in.txt", "one\ntwo\nthree\n")));
    assert!(matches!(items[0], Ok(ReadItem::Item(_))));
    let error = items[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert!(error.message().contains("found two"), "{error}");
    assert_eq!(items.len(), 2);
}

/// A pipe that nothing writes to blocks its reader without end.
#[cfg(unix)]
#[test]
fn a_stream_from_a_silent_pipe_can_be_dropped() {
    let folder = TestFolder::new();
    let path = folder.path().join("pipe");
    make_pipe(&path);
    let mut stream = JobInputs::<String>::read(Box::new(TextLineInputs::open(&path)));
    let waker = futures::task::noop_waker();
    let poll = stream.poll_next_unpin(&mut std::task::Context::from_waker(&waker));
    assert!(poll.is_pending());
    drop(stream);
}

/// The first line arrives although the batch is not full and the pipe stays open.
#[cfg(unix)]
#[test]
fn a_line_from_a_pipe_arrives_at_once() {
    use std::{fs::OpenOptions, io::Write};

    let folder = TestFolder::new();
    let path = folder.path().join("pipe");
    make_pipe(&path);
    let mut stream = JobInputs::<String>::read(Box::new(TextLineInputs::open(&path)));
    // Opened for reading too, so that opening it does not wait for the reader.
    let mut pipe = OpenOptions::new().read(true).write(true).open(&path).unwrap();
    for line in ["first", "second"] {
        writeln!(pipe, "{line}").unwrap();
        let Some(Ok(ReadItem::Item(item))) = block_on(stream.next()) else { panic!("no item") };
        assert_eq!(item.input, line);
    }
    assert_eq!(block_on(JobInputs::<String>::count(&TextLineInputs::open(&path))), None);
}

#[cfg(unix)]
fn make_pipe(path: &Path) {
    let status = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(status.success());
}
