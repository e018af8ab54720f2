//! [`Recorder`]: a listener that stores events.

use std::{
    fmt, io,
    sync::Arc,
    task::{self, Poll},
};

use runnable_core::{Interest, Listener, Run, RunEvent};

use super::{hub::Hub, report::RecorderReport};
use crate::{event::StreamEvent, record::RecordedEvent, redact::CallRedaction};

/// A listener that stores the events of calls in a file, one JSON object per line.
///
/// The first line is a [header](crate::RecordingHeader), and each further line is a
/// [`RecordedEvent`]. [`Recording`](crate::Recording) loads the file.
///
/// A recorder only appends. Events are written within a few milliseconds, and chunks within 50 ms.
/// If the program is killed, the file contains all earlier events.
///
/// A clone is a handle to the same recording. Any number of calls, tasks and threads can share one
/// recorder.
///
/// A recorder can have several [sinks](crate::Sink), such as files. Each sink has its own thread
/// and a bounded buffer. If the buffer is full, the runs wait, or the oldest chunk events are
/// [dropped](crate::Overflow). Starts, ends and errors are never dropped. A sink that fails or
/// panics does not fail the chain: the recorder counts the events that are lost.
/// [`finish`](Self::finish) returns the first error.
///
/// The threads end when the last handle to the recorder is dropped, or with `finish`. Both wait
/// until the sinks have stored their buffers, for [two seconds](crate::RecorderBuilder::patience)
/// at most.
///
/// A recorder redacts each event before it is stored: API keys, passwords and other secrets are
/// replaced, see [`Redaction`](crate::Redaction). A recording still contains the inputs and outputs
/// of all runs, so treat the file as you treat these values.
/// [`redaction`](crate::RecorderBuilder::redaction) sets how much of them is kept, and
/// [`interest`](crate::RecorderBuilder::interest) sets what is recorded. The
/// [resources](runnable_core::RunConfig::resource) and
/// [configurable values](runnable_core::RunConfig::configurable) of a call are never recorded.
///
/// ```
/// use std::io::{self, BufReader};
/// use runnable_core::prelude::*;
/// use runnable_events::{Recorder, Recording};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// // A pipe instead of a file: `Recorder::to_file("run.jsonl")?`.
/// let (reader, writer) = io::pipe()?;
/// let recorder = Recorder::new(writer);
///
/// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
/// shout.invoke("hi").config(RunConfig::new().listener(recorder.clone())).await?;
/// recorder.finish()?;
///
/// let recording = Recording::read(BufReader::new(reader))?;
/// let names: Vec<_> = recording.events().iter().map(ToString::to_string).collect();
/// assert_eq!(names, ["on_chain_start shout", "on_chain_end shout"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
}

struct Shared {
    hub: Hub,
    interest: Interest,
    redaction: CallRedaction,
}

impl Recorder {
    pub(super) fn with(hub: Hub, interest: Interest, redaction: CallRedaction) -> Self {
        Self { shared: Arc::new(Shared { hub, interest, redaction }) }
    }

    /// Writes the buffered events, and returns what was written and lost so far.
    ///
    /// The method blocks until the sinks have stored the events so far, for
    /// [two seconds](crate::RecorderBuilder::patience) at most.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_events::Recorder;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let recorder = Recorder::new(std::io::sink());
    /// let shout = lambda(|text: String| text.to_uppercase());
    /// shout.invoke("hi").config(RunConfig::new().listener(recorder.clone())).await?;
    /// assert_eq!(recorder.report().written, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn report(&self) -> RecorderReport {
        self.shared.hub.flush();
        self.shared.hub.report()
    }

    /// Writes the buffered events, closes the file, and returns what was written and lost.
    ///
    /// The method blocks until the sinks have stored all events, for [two
    /// seconds](crate::RecorderBuilder::patience) at most. Events that a sink has not stored by
    /// then are lost, and the thread of the sink ends as soon as the sink returns.
    ///
    /// The recorder ignores runs that start later. Later events of runs that are still open are
    /// lost. If you do not call this method, the events are written when the last handle is
    /// dropped.
    ///
    /// # Errors
    ///
    /// Returns the first error of the file or the writer. [`report`](Self::report) still returns
    /// how many events were lost.
    ///
    /// ```
    /// use runnable_events::Recorder;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let recorder = Recorder::new(std::io::sink());
    /// let report = recorder.finish()?;
    /// assert_eq!(report.lost, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn finish(&self) -> io::Result<RecorderReport> {
        self.shared.hub.finish();
        let report = self.shared.hub.report();
        match report.error {
            Some(error) => Err(io::Error::new(error.kind(), error)),
            None => Ok(report),
        }
    }

    /// Converts and redacts an event. Returns `None` if this version of the crate does not know the
    /// kind of the event.
    fn recorded(&self, event: &RunEvent<'_>) -> Option<RecordedEvent> {
        let mut event = RecordedEvent::from(StreamEvent::from_run_event(event)?);
        if !self.shared.interest.values {
            event.data.remove_output();
        }
        self.shared.redaction.apply(&mut event);
        Some(event)
    }
}

#[deny(clippy::missing_trait_methods)]
impl Listener for Recorder {
    fn interest(&self, _: &Run) -> Option<Interest> {
        self.shared.hub.is_open().then_some(self.shared.interest)
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        if let Some(event) = self.recorded(event) {
            self.shared.hub.push(event);
        }
    }

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        self.shared.hub.poll_ready(cx)
    }

    fn poll_run(&self, _: &Run, cx: &mut task::Context<'_>) -> Poll<()> {
        self.poll_ready(cx)
    }

    fn around_poll(&self, _: &Run, poll: &mut dyn FnMut()) {
        poll();
    }

    fn propagate(&self, _: &Run, _: &mut dyn FnMut(&str, &str)) {}
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}
