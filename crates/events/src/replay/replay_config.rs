//! [`Replay`]: answers the calls of a chain from a recording.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runnable_chat::interceptor::{Answer, Interceptor, OutsideCall};
use runnable_core::{Error, ErrorKind, Result, RunConfig};
use serde_json::Value;

use super::{
    live_places::LivePlaces,
    mismatch::{Reason, ReplayMismatch},
    recorded_answer::answer,
    recorded_calls::{Decision, RecordedCalls},
};
use crate::Recording;

/// Answers the calls of models, tools and retrievers from a recording, without a service.
///
/// The chain stays unchanged: pass the configuration of [`config`](Self::config) to the call. All
/// other steps run as usual. A recorded error is returned again, with the same kind and after the
/// same chunks.
///
/// | purpose | method |
/// |---|---|
/// | serve everything without delays | [`new`](Self::new) |
/// | serve everything with the recorded delays | [`with_delays`](Self::with_delays) |
/// | serve the calls before a step, and make the others | [`live_from`](Self::live_from) |
/// | serve only models, and make the calls of tools | [`only_kinds`](Self::only_kinds) |
/// | make the calls that the recording does not contain | [`live_if_unknown`](Self::live_if_unknown) |
/// | ignore parts of the inputs, such as dates | [`compare_inputs`](Self::compare_inputs) |
/// | check that the chain made the recorded calls | [`verify`](Self::verify) |
///
/// A clone is a handle to the same replay. Each recorded call is served once, so use a new replay
/// for each new run of the chain.
///
/// # Matching
///
/// A call is answered by a recorded call at the same place: the same names and positions of the
/// runs from the root to the call. The root itself can have another name, and can be an item of a
/// batch. At the same place, a recorded call with the same input has priority, and equal calls are
/// answered in the recorded order. Concurrent calls therefore receive their own answers,
/// independent of their timing. The options of a model, such as its temperature, are not recorded
/// and not compared.
///
/// A [`typed_tool`](runnable_chat::typed_tool) that is a step of a chain is never called by a replay.
/// It fails unless it is [`replayable`](runnable_chat::tool::TypedTool::replayable), because only
/// then can its output be read from the recording. A function of your own can take part with
/// [`intercepted`](runnable_chat::interceptor::intercepted).
///
/// # Errors
///
/// A call that the recording cannot answer fails with
/// [`ErrorKind::ReplayMismatch`](runnable_core::ErrorKind::ReplayMismatch). Its source is a
/// [`ReplayMismatch`], which shows the difference of the input. Neither a retry nor a fallback
/// handles this error.
///
/// A call that was cancelled in the recording, for example by a time limit, yields its chunks and
/// then waits as long as in the recording, so that it is cancelled again. If the replayed call is
/// not cancelled, it fails one second later.
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_events::{Recording, Replay};
///
/// # async fn example(chain: DynRunnable<Dict, String>) -> Result<()> {
/// let recording = Recording::load("failed.jsonl")?;
/// let replay = Replay::new(&recording);
/// let answer = chain.invoke(dict! { topic: "cats" }).config(replay.config()).await?;
/// replay.verify()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a replay has an effect only on a call that gets its `config`"]
pub struct Replay {
    shared: Arc<Shared>,
    delayed: bool,
}

struct Shared {
    calls: Mutex<RecordedCalls>,
    places: Arc<LivePlaces>,
    mismatches: Mutex<Vec<ReplayMismatch>>,
}

impl Replay {
    /// Creates a strict replay without delays.
    pub fn new(recording: &Recording) -> Self {
        let shared = Shared {
            calls: Mutex::new(RecordedCalls::of(recording)),
            places: Arc::default(),
            mismatches: Mutex::default(),
        };
        Self { shared: Arc::new(shared), delayed: false }
    }

    /// Serves each chunk and each output after the time that it took in the recording.
    ///
    /// The time is measured with the clock of Tokio, so a test with a paused clock does not wait.
    pub fn with_delays(mut self) -> Self {
        self.delayed = true;
        self
    }

    /// Makes the calls that started with or after a step of the recording, and serves only the
    /// calls before it.
    ///
    /// `step` is the name of a run, or its path, such as `RunnableSequence > answer`. The first run
    /// with this name counts. If the step encloses calls, it makes these calls.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the recording has no such run.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_events::{Recording, Replay};
    ///
    /// let error = Replay::new(&Recording::default()).live_from("answer").unwrap_err();
    /// assert_eq!(error.to_string(), "unknown step `answer`: the recording has no runs");
    /// ```
    pub fn live_from(self, step: &str) -> Result<Self> {
        self.calls().set_live_from(step)?;
        Ok(self)
    }

    /// Serves only runs of these kinds. All other calls are made.
    ///
    /// The default is `chat_model`, `llm`, `embedding`, `tool` and `retriever`.
    pub fn only_kinds<T: Into<String>>(self, kinds: impl IntoIterator<Item = T>) -> Self {
        self.calls().set_kinds(kinds.into_iter().map(Into::into).collect());
        self
    }

    /// Makes the calls that the recording does not contain, instead of returning an error.
    pub fn live_if_unknown(self) -> Self {
        self.calls().make_unknown_calls();
        self
    }

    /// Sets a function that changes the recorded inputs and the new inputs before they are
    /// compared, for example to remove a date.
    ///
    /// If the call is made, the model receives the unchanged input.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_events::{Recording, Replay};
    /// use serde_json::Value;
    ///
    /// let replay = Replay::new(&Recording::default()).compare_inputs(|input: &mut Value| {
    ///     if let Some(fields) = input.as_object_mut() {
    ///         fields.remove("requested_at");
    ///     }
    /// });
    /// assert!(replay.verify().is_ok());
    /// ```
    pub fn compare_inputs(self, normalize: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.calls().set_normalize(Box::new(normalize));
        self
    }

    /// Returns the configuration for the call that is answered from the recording.
    pub fn config(&self) -> RunConfig {
        let interceptor: Arc<dyn Interceptor> = Arc::new(self.clone());
        // A run is observed only with a listener, and only an observed call has a place.
        RunConfig::new().resource(interceptor).listener(Arc::clone(&self.shared.places))
    }

    /// Returns the paths of the recorded calls that were not served so far, in the order of the
    /// recording.
    ///
    /// Calls that are made because of [`live_from`](Self::live_from) do not count.
    pub fn unused(&self) -> Vec<String> {
        self.calls().unused()
    }

    /// Returns the calls that the recording could not answer, in the order in which they happened.
    ///
    /// A chain can handle the error of such a call, so they are not always visible in its result.
    pub fn mismatches(&self) -> Vec<ReplayMismatch> {
        self.shared.mismatches.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Checks that the recording answered all calls, and that all its calls were served.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::ReplayMismatch`](runnable_core::ErrorKind::ReplayMismatch) for the
    /// first call that could not be answered, or for the recorded calls that were not served.
    pub fn verify(&self) -> Result<()> {
        if let Some(first) = self.mismatches().into_iter().next() {
            return Err(first.into_error());
        }
        let unused = self.unused();
        let Some(first) = unused.first() else { return Ok(()) };
        let calls = match unused.len() {
            1 => "1 recorded call was not made".to_owned(),
            number => format!("{number} recorded calls were not made"),
        };
        let message = format!("{calls}: expected a call of `{first}`");
        Err(Error::new(ErrorKind::ReplayMismatch, message))
    }

    fn calls(&self) -> MutexGuard<'_, RecordedCalls> {
        self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse(&self, path: Vec<String>, reason: Reason) -> Answer {
        let mismatch = ReplayMismatch::new(path, reason);
        let mut all = self.shared.mismatches.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(mismatch.clone());
        Answer::error(mismatch.into_error())
    }
}

impl Interceptor for Replay {
    fn intercept(&self, call: &OutsideCall<'_>) -> Option<Answer> {
        let Some(run) = call.cx.run() else {
            return Some(self.refuse(Vec::new(), Reason::NotObserved));
        };
        let path = run.parent_names.iter().chain([&run.name]).map(ToString::to_string).collect();
        // The recorder stores a text in place of a value that cannot be serialized.
        let input = call
            .input
            .to_json()
            .unwrap_or_else(|error| Value::String(format!("<not JSON: {error}>")));
        let (root, site) = self.shared.places.site_of(run);
        let mut calls = self.calls();
        match calls.decide((&root, &site), run.kind.as_str(), input) {
            Decision::Live => None,
            Decision::Serve(recorded) => Some(answer(recorded, path, call.streaming, self.delayed)),
            Decision::Refuse(reason) => Some(self.refuse(path, reason)),
        }
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("calls", &*self.calls())
            .field("delayed", &self.delayed)
            .finish_non_exhaustive()
    }
}
