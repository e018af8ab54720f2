//! [`Sink`]: receives the events of a recorder.

use std::io;

use super::sink_report::SinkReport;
use crate::record::{RecordedEvent, RecordingHeader};

/// Receives the events of a [`Recorder`](crate::Recorder), in the order of their numbers.
///
/// Each sink has its own thread and a bounded [buffer](crate::SinkOptions), so it may block. An
/// error or a panic of a sink does not fail the chain: the recorder counts the events that the sink
/// cannot store, and reports them. If a method panics, the sink receives no further events, and is
/// dropped.
///
/// The events are redacted already. [`RecordedEvent::dropped_chunks`] returns how many chunk events
/// were dropped before an event because the buffer was full.
///
/// ```
/// use std::io;
/// use runnable_core::prelude::*;
/// use runnable_events::{RecordedEvent, Recorder, Sink};
///
/// /// Prints the name of each event.
/// struct Names;
///
/// impl Sink for Names {
///     fn write(&mut self, event: &RecordedEvent) -> io::Result<()> {
///         println!("{event}");
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let recorder = Recorder::builder().sink(Names).build();
/// let shout = lambda(|text: String| text.to_uppercase());
/// shout.invoke("hi").config(RunConfig::new().listener(recorder.clone())).await?;
/// assert_eq!(recorder.finish()?.written, 2);
/// # Ok(())
/// # }
/// ```
pub trait Sink: Send + 'static {
    /// Receives the header of the recording, before the first event. The default does nothing.
    ///
    /// # Errors
    ///
    /// The recorder reports the error, and continues.
    fn start(&mut self, header: &RecordingHeader) -> io::Result<()> {
        let _ = header;
        Ok(())
    }

    /// Stores an event, now or at the next [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// The recorder counts the event as lost, reports the error, and continues with the next event.
    fn write(&mut self, event: &RecordedEvent) -> io::Result<()>;

    /// Stores the events that are not stored yet. The recorder calls this method when its buffer
    /// contains no further events. The default does nothing.
    ///
    /// # Errors
    ///
    /// The recorder reports the error, and continues.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Ends the recording. The recorder calls no other method after this method. The default calls
    /// [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// The recorder reports the error.
    fn finish(&mut self) -> io::Result<()> {
        self.flush()
    }

    /// Corrects the report after each flush. For example, a sink adds the events that it could not
    /// store after `write` had returned. The default changes nothing.
    fn describe(&self, report: &mut SinkReport) {
        let _ = report;
    }
}

impl Sink for Box<dyn Sink> {
    fn start(&mut self, header: &RecordingHeader) -> io::Result<()> {
        (**self).start(header)
    }

    fn write(&mut self, event: &RecordedEvent) -> io::Result<()> {
        (**self).write(event)
    }

    fn flush(&mut self) -> io::Result<()> {
        (**self).flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        (**self).finish()
    }

    fn describe(&self, report: &mut SinkReport) {
        (**self).describe(report);
    }
}
