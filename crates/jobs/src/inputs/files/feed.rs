//! [`Feed`]: the end of a [`ThreadStream`](super::ThreadStream) into which its thread puts items.

use std::{
    fs::File,
    io::{self, Read},
    mem,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use runnable_core::Result;
use tokio::sync::mpsc::{Sender, error::TrySendError};

/// The maximum number of items in a batch.
const MOST_ITEMS: usize = 64;

/// The number of bytes after which a batch is complete.
const MOST_BYTES: usize = 1 << 18;

/// The end of a [`ThreadStream`](super::ThreadStream) into which its thread puts items.
///
/// A batch is sent as soon as the stream has taken the batch before it. So the batches are small if
/// the stream is fast, and an item from a slow pipe does not wait for others. If the stream is slow,
/// the thread waits when the batch is full.
pub(crate) struct Feed<U> {
    sender: Sender<Result<Vec<U>>>,
    batch: Vec<U>,
    bytes: usize,
    stop: Arc<AtomicBool>,
}

impl<U: Send> Feed<U> {
    pub(super) fn new(sender: Sender<Result<Vec<U>>>, stop: Arc<AtomicBool>) -> Self {
        Self { sender, batch: Vec::new(), bytes: 0, stop }
    }

    /// Adds an item that was read from `bytes` bytes. Returns `Break` if the stream was dropped.
    pub(crate) fn put(&mut self, item: U, bytes: usize) -> ControlFlow<()> {
        self.batch.push(item);
        self.bytes = self.bytes.saturating_add(bytes);
        let full = self.batch.len() >= MOST_ITEMS || self.bytes >= MOST_BYTES;
        let sent = match self.sender.try_reserve() {
            Ok(permit) => {
                self.bytes = 0;
                permit.send(Ok(mem::take(&mut self.batch)));
                true
            }
            Err(TrySendError::Full(())) if full => {
                self.bytes = 0;
                self.sender.blocking_send(Ok(mem::take(&mut self.batch))).is_ok()
            }
            Err(TrySendError::Full(())) => true,
            Err(TrySendError::Closed(())) => false,
        };
        if sent && !self.is_stopped() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// Sends the last batch, and the error that ended the work.
    pub(super) fn finish(mut self, result: Result<()>) {
        // If the stream was dropped, nothing needs the batch and the error.
        if !self.batch.is_empty() {
            _ = self.sender.blocking_send(Ok(mem::take(&mut self.batch)));
        }
        if let Err(error) = result {
            _ = self.sender.blocking_send(Err(error));
        }
    }

    /// Returns whether the stream was dropped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Returns a reader of the file that fails once the stream is dropped, so that the thread also
    /// ends in the middle of a long line.
    pub(crate) fn watched(&self, file: File) -> WatchedFile {
        WatchedFile { file, stop: Arc::clone(&self.stop) }
    }
}

/// A file that cannot be read after its stream was dropped. Created by [`Feed::watched`].
pub(crate) struct WatchedFile {
    file: File,
    stop: Arc<AtomicBool>,
}

impl Read for WatchedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("the stream was dropped"));
        }
        self.file.read(buffer)
    }
}
