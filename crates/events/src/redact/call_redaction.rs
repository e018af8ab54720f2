//! [`CallRedaction`]: redacts the events of calls, in order.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    chunk_tails::ChunkTails,
    redaction::Redaction,
    run_key::{RunKey, key_of},
};
use crate::record::{RecordedData, RecordedEvent};

/// Redacts the events of calls, in order, and recognises secrets that are split across chunks.
///
/// A [`Recorder`](crate::Recorder) does this itself. Use this type in a custom listener.
///
/// The chunks of a model are often shorter than a key, so no single chunk contains the key.
/// [`Redaction::apply`] does not recognise such a key. This type remembers the end of the text of
/// each open run. As soon as the text so far contains a secret, the rest of the secret is removed
/// from the chunks that follow. The start of the secret, which is the prefix of the key and about
/// eight characters, was already passed on with earlier chunks. The complete output of the run
/// never contains any part of the secret.
///
/// ```
/// use runnable_core::{Listener, RunEvent};
/// use runnable_events::{CallRedaction, RecordedEvent, StreamEvent};
///
/// struct Log { redaction: CallRedaction }
///
/// impl Listener for Log {
///     fn on_event(&self, event: &RunEvent<'_>) {
///         if let Some(event) = StreamEvent::from_run_event(event) {
///             let mut event = RecordedEvent::from(event);
///             self.redaction.apply(&mut event);
///             println!("{event}");
///         }
///     }
/// }
/// # drop(Log { redaction: CallRedaction::default() });
/// ```
#[derive(Default)]
pub struct CallRedaction {
    redaction: Redaction,
    /// The ends of the chunks of each open run.
    open: Mutex<HashMap<RunKey, ChunkTails>>,
}

impl CallRedaction {
    /// Creates a redaction of the events of calls.
    ///
    /// ```
    /// use runnable_events::{CallRedaction, Redaction};
    ///
    /// let redaction = CallRedaction::new(Redaction::default());
    /// # drop(redaction);
    /// ```
    pub fn new(redaction: Redaction) -> Self {
        Self { redaction, open: Mutex::default() }
    }

    /// Removes all secrets from an event. Pass the events of a run in the order in which they
    /// happened.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_events::{CallRedaction, RecordedEvent, StreamEventsExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let redaction = CallRedaction::default();
    /// let step = lambda(|text: String| text);
    /// let mut events = step.stream_events("my key is sk-ant-0123456789");
    /// while let Some(event) = events.next().await {
    ///     let mut event = RecordedEvent::from(event?);
    ///     redaction.apply(&mut event);
    ///     assert!(!serde_json::to_string(&event)?.contains("sk-ant"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn apply(&self, event: &mut RecordedEvent) {
        if !matches!(event.data, RecordedData::Chunk { .. }) {
            if event.is_terminal() {
                self.open().remove(&key_of(event));
            }
            return self.redaction.apply(event);
        }
        // Release the lock before the event is redacted, so that the events of other runs do not
        // wait.
        let mut tails = self.open().remove(&key_of(event)).unwrap_or_default();
        self.redaction.apply_after(&mut tails, event);
        self.open().insert(key_of(event), tails);
    }

    fn open(&self) -> MutexGuard<'_, HashMap<RunKey, ChunkTails>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The clone continues with the chunks so far, and does not share the chunks that follow.
impl Clone for CallRedaction {
    fn clone(&self) -> Self {
        Self { redaction: self.redaction.clone(), open: Mutex::new(self.open().clone()) }
    }
}

/// Shows no texts, because they can contain parts of secrets.
impl fmt::Debug for CallRedaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallRedaction").finish_non_exhaustive()
    }
}
