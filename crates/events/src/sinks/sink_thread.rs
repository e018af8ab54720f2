//! [`SinkThread`]: a sink with its buffer and its thread.

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, PoisonError},
    task::{self, Poll},
    thread::{self, JoinHandle},
    time::Instant,
};

use super::{
    channel::{Channel, Next},
    event_buffer::Taken,
    sink::Sink,
    sink_options::SinkOptions,
    sink_report::SinkReport,
};
use crate::record::{RecordedEvent, RecordingHeader};

/// A sink with its buffer and its thread.
pub(crate) struct SinkThread {
    channel: Arc<Channel>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl SinkThread {
    /// Starts the thread of a sink. If the thread cannot be started, all events are lost.
    pub(crate) fn spawn(
        sink: Box<dyn Sink>,
        options: SinkOptions,
        header: RecordingHeader,
    ) -> Self {
        let channel = Arc::new(Channel::new(options));
        let shared = Arc::clone(&channel);
        let builder = thread::Builder::new().name("runnable-sink".to_owned());
        let thread = builder.spawn(move || run(&shared, sink, &header));
        if let Err(error) = &thread {
            channel.end(Some(io::Error::new(error.kind(), error.to_string())));
        }
        Self { channel, thread: Mutex::new(thread.ok()) }
    }

    /// Adds an event to the buffer. This never blocks.
    pub(crate) fn push(&self, event: Arc<RecordedEvent>) {
        self.channel.push(event);
    }

    pub(crate) fn poll_ready(&self, cx: &task::Context<'_>) -> Poll<()> {
        self.channel.poll_ready(cx)
    }

    /// Returns whether the sink receives no further events.
    pub(crate) fn is_done(&self) -> bool {
        self.channel.is_done()
    }

    /// Waits until the sink has stored the events so far, or until the deadline.
    pub(crate) fn flush(&self, deadline: Instant) {
        self.channel.flush(deadline);
    }

    /// Waits until the sink has stored all events, and its thread has ended, or until the deadline.
    /// After the deadline, the thread ends as soon as the sink returns.
    pub(crate) fn finish(&self, deadline: Instant) {
        let has_ended = self.channel.finish(deadline);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && has_ended
            && thread.thread().id() != thread::current().id()
        {
            // The thread has finished its work, so `join` returns immediately. The thread catches
            // panics itself.
            thread.join().ok();
        }
    }

    pub(crate) fn report(&self) -> SinkReport {
        self.channel.report()
    }
}

/// Passes the events to the sink until the end. The sink is dropped before the end is reported, so
/// that its file is closed then.
fn run(channel: &Channel, mut sink: Box<dyn Sink>, header: &RecordingHeader) {
    let served = panic::catch_unwind(AssertUnwindSafe(|| serve(channel, &mut *sink, header)));
    let dropped = panic::catch_unwind(AssertUnwindSafe(|| drop(sink)));
    let has_panicked = served.is_err() || dropped.is_err();
    channel.end(has_panicked.then(|| io::Error::other("the sink panicked")));
}

fn serve(channel: &Channel, sink: &mut dyn Sink, header: &RecordingHeader) {
    if let Err(error) = sink.start(header) {
        channel.failed(error);
    }
    loop {
        match channel.next() {
            Next::Write(taken) => channel.wrote(write(sink, taken)),
            Next::Flush => {
                let result = sink.flush();
                channel.flushed(result, |report| sink.describe(report));
            }
            Next::Finish => {
                let result = sink.finish();
                return channel.flushed(result, |report| sink.describe(report));
            }
            Next::Abandon => return,
        }
    }
}

fn write(sink: &mut dyn Sink, taken: Taken) -> io::Result<()> {
    let Taken { event, dropped_before } = taken;
    if dropped_before == 0 {
        return sink.write(&event);
    }
    let mut event = Arc::unwrap_or_clone(event);
    event.set_dropped_chunks(dropped_before);
    sink.write(&event)
}
