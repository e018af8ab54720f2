//! Reads the lines that a user types.

use std::{io, thread};

use futures::{Stream, stream};
use runnable::{Error, ErrorKind, Result};
use tokio::sync::mpsc;

/// Returns the lines of the standard input, without their line breaks.
///
/// A thread reads them, so that Ctrl-C can end the program while it waits for a line. Tokio's own
/// standard input delays the end of the program until the user presses Enter.
pub fn input_lines() -> impl Stream<Item = Result<String>> + Unpin {
    let (sender, mut lines) = mpsc::channel(1);
    thread::spawn(move || {
        for line in io::stdin().lines() {
            if sender.blocking_send(line.map_err(unreadable)).is_err() {
                break;
            }
        }
    });
    stream::poll_fn(move |task| lines.poll_recv(task))
}

fn unreadable(error: io::Error) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("failed to read the standard input: {error}"))
}
