//! A listener that keeps what it sees.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runnable_core::{Listener, RunEvent, RunEventData};
use runnable_events::StreamEvent;

/// Keeps the events of the calls that it listens to.
///
/// A clone is a handle on the same events: one is given to the call, the other is asked afterwards.
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
#[derive(Clone, Debug, Default)]
pub struct EventRecorder {
    events: Arc<Mutex<Vec<StreamEvent>>>,
    retries: Arc<Mutex<Vec<StreamEvent>>>,
}

impl EventRecorder {
    /// A recorder that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// What happened, in order, without [retries](Self::retries): the events that
    /// [`stream_events`](runnable_events::StreamEventsExt::stream_events) shows by default.
    pub fn events(&self) -> Vec<StreamEvent> {
        self.state().clone()
    }

    /// The [retries](runnable_events::EventData::Retry) that happened, in order.
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
    /// let call = down.with_retry(policy).invoke(1u64).config(RunConfig::new().listener(recorder.clone()));
    /// assert_eq!(call.await.unwrap_err().attempts(), 3);
    /// assert_eq!(recorder.retries().len(), 2);
    /// # }
    /// ```
    pub fn retries(&self) -> Vec<StreamEvent> {
        self.retries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What happened in runs of this name, in order.
    pub fn events_of(&self, name: &str) -> Vec<StreamEvent> {
        self.state().iter().filter(|event| event.run.name == name).cloned().collect()
    }

    /// What happened, in order, a line each: `on_chain_start RunnableSequence`. An event that a step
    /// has of its own is `on_custom_event` and what the step calls it.
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
