//! A listener that records the events of calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runnable_core::{Listener, RunEvent, RunEventData};
use runnable_events::StreamEvent;

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
    events: Arc<Mutex<Vec<StreamEvent>>>,
    retries: Arc<Mutex<Vec<StreamEvent>>>,
}

impl EventRecorder {
    /// Creates a recorder without events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the recorded events in order, without [retries](Self::retries).
    ///
    /// These are the events that
    /// [`stream_events`](runnable_events::StreamEventsExt::stream_events) yields by default.
    pub fn events(&self) -> Vec<StreamEvent> {
        self.state().clone()
    }

    /// Returns the recorded [retry events](runnable_events::EventData::Retry) in order.
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
        self.retries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the recorded events of runs with this name, in order.
    pub fn events_of(&self, name: &str) -> Vec<StreamEvent> {
        self.state().iter().filter(|event| event.run.name == name).cloned().collect()
    }

    /// Returns one line per recorded event, such as `on_chain_start RunnableSequence`.
    ///
    /// The line of a custom event consists of `on_custom_event` and the name of the custom event.
    pub fn lines(&self) -> Vec<String> {
        self.state().iter().map(StreamEvent::to_string).collect()
    }

    fn state(&self) -> MutexGuard<'_, Vec<StreamEvent>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for EventRecorder {
    fn on_event(&self, event: &RunEvent<'_>) {
        let kept = match event.data {
            RunEventData::Retry { .. } => &self.retries,
            _ => &self.events,
        };
        kept.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(StreamEvent::from_run_event(event));
    }
}
