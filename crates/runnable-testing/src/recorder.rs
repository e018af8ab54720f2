//! A listener that records the events of calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runnable_core::{Listener, RunEvent};
use runnable_events::{EventData, RecordedEvent, Recording, StreamEvent};

/// A listener that records the events of calls.
///
/// A clone is a handle to the same list of events. Pass one handle to the call, and get the events
/// from the other handle.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_testing::EventRecorder;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let recorder = EventRecorder::new();
/// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
/// shout.invoke("hi").config(RunConfig::new().listener(recorder.clone())).await?;
///
/// assert_eq!(recorder.lines(), ["on_chain_start shout", "on_chain_end shout"]);
/// # Ok(())
/// # }
/// ```
#[doc(alias("RunCollectorCallbackHandler", "collect_runs"))]
#[derive(Clone, Debug, Default)]
pub struct EventRecorder {
    /// The events. The flag states whether the event is a detail.
    events: Arc<Mutex<Vec<(StreamEvent, bool)>>>,
}

impl EventRecorder {
    /// Creates a recorder without events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the recorded events in order, without [details](Self::details).
    ///
    /// These are the events that
    /// [`stream_events`](runnable_events::StreamEventsExt::stream_events) yields by default.
    pub fn events(&self) -> Vec<StreamEvent> {
        self.only(false)
    }

    /// Returns all events, with details, as a recording.
    ///
    /// Use it to compare a run with an earlier [recording](Recording), for example with
    /// [`assert_same_run`](crate::assert_same_run).
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_testing::EventRecorder;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let recorder = EventRecorder::new();
    /// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
    /// shout.invoke("hi").config(RunConfig::new().listener(recorder.clone())).await?;
    /// assert_eq!(recorder.recording().events().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn recording(&self) -> Recording {
        self.state().iter().map(|(event, _)| RecordedEvent::from(event.clone())).collect()
    }

    /// Returns the recorded [retry events](EventData::Retry) in order.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_testing::EventRecorder;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let down = try_lambda(|_: u64| {
    ///     Result::<u64, _>::Err(Error::new(ErrorKind::Unavailable, "the service is down"))
    /// });
    /// let (recorder, policy) = (EventRecorder::new(), RetryPolicy::new().without_backoff());
    /// let config = RunConfig::new().listener(recorder.clone());
    /// let error = down.with_retry(policy).invoke(1u64).config(config).await.unwrap_err();
    /// assert_eq!(error.attempts(), 3);
    /// assert_eq!(recorder.retries().len(), 2);
    /// # }
    /// ```
    pub fn retries(&self) -> Vec<StreamEvent> {
        let is_retry = |event: &StreamEvent| matches!(event.data, EventData::Retry { .. });
        self.details().into_iter().filter(is_retry).collect()
    }

    /// Returns the recorded details of the runs, in order: retries,
    /// [fallbacks](EventData::Fallback), [waits](EventData::Wait) and [reports](EventData::Report).
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_testing::EventRecorder;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let load = async_lambda(|key: String, cx: RunContext| async move {
    ///     cx.emit_report("database", &"1 row");
    ///     Ok(key)
    /// });
    /// let recorder = EventRecorder::new();
    /// load.invoke("a").config(RunConfig::new().listener(recorder.clone())).await?;
    /// assert_eq!(recorder.details()[0].event_name(), "on_chain_report");
    /// # Ok(())
    /// # }
    /// ```
    pub fn details(&self) -> Vec<StreamEvent> {
        self.only(true)
    }

    /// Returns the recorded events of runs with this name, in order.
    pub fn events_of(&self, name: &str) -> Vec<StreamEvent> {
        self.events().into_iter().filter(|event| event.run.name == name).collect()
    }

    /// Returns one line per recorded event, such as `on_chain_start RunnableSequence`.
    ///
    /// The line of a custom event consists of `on_custom_event` and the name of the custom event.
    pub fn lines(&self) -> Vec<String> {
        self.events().iter().map(StreamEvent::to_string).collect()
    }

    /// Returns only the details, or only the other events.
    fn only(&self, details: bool) -> Vec<StreamEvent> {
        let state = self.state();
        let chosen = state.iter().filter(|(_, is_detail)| *is_detail == details);
        chosen.map(|(event, _)| event.clone()).collect()
    }

    fn state(&self) -> MutexGuard<'_, Vec<(StreamEvent, bool)>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for EventRecorder {
    fn on_event(&self, event: &RunEvent<'_>) {
        let is_detail = event.data.is_detail();
        // Convert the event before taking the lock, because serializing a large value is slow.
        let event = StreamEvent::from_run_event(event).map(|event| (event, is_detail));
        self.state().extend(event);
    }
}
