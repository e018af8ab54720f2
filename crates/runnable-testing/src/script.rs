//! The answers of a scripted model, and the requests that it received.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{FutureExt, Stream, StreamExt, future, stream};
use runnable_chat::AiMessageChunk;
use runnable_core::{Error, ErrorKind, Result};

use crate::ScriptedReply;

/// The script of a model: a list of answers, or a function that creates answers, and the requests
/// so far. A clone is a handle to the same script.
#[derive(Clone, Debug)]
pub(crate) struct Script<Q> {
    state: Arc<Mutex<State<Q>>>,
}

#[derive(Debug)]
struct State<Q> {
    source: Source<Q>,
    repeats_last: bool,
    requests: Vec<Q>,
}

/// The source of the answers.
enum Source<Q> {
    List(Vec<ScriptedReply>),
    Function(Arc<dyn Fn(&Q) -> ScriptedReply + Send + Sync>),
}

impl<Q> fmt::Debug for Source<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(answers) => answers.fmt(f),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}

impl<Q: Clone + Send + 'static> Script<Q> {
    pub(crate) fn new<A: Into<ScriptedReply>>(answers: impl IntoIterator<Item = A>) -> Self {
        Self::of(Source::List(answers.into_iter().map(Into::into).collect()))
    }

    pub(crate) fn from_fn<A: Into<ScriptedReply>>(
        f: impl Fn(&Q) -> A + Send + Sync + 'static,
    ) -> Self {
        Self::of(Source::Function(Arc::new(move |request| f(request).into())))
    }

    fn of(source: Source<Q>) -> Self {
        let state = State { source, repeats_last: false, requests: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    pub(crate) fn repeat_last(&self) {
        self.state().repeats_last = true;
    }

    pub(crate) fn requests(&self) -> Vec<Q> {
        self.state().requests.clone()
    }

    /// Returns a stream of the next answer. The stream takes the answer from the script when it is
    /// first polled, because a call that is never polled must not consume an answer.
    pub(crate) fn answer(
        &self,
        name: impl Into<String>,
        request: Q,
    ) -> impl Stream<Item = Result<AiMessageChunk>> + Send + 'static {
        let (script, name) = (self.clone(), name.into());
        let answer = future::lazy(move |_| match script.take(&name, request) {
            Ok(answer) => answer.into_stream().left_stream(),
            Err(error) => stream::once(future::ready(Err(error))).right_stream(),
        });
        answer.flatten_stream()
    }

    fn take(&self, name: &str, request: Q) -> Result<ScriptedReply> {
        let mut state = self.state();
        let index = state.requests.len();
        let answers = match &state.source {
            Source::List(answers) => answers,
            Source::Function(f) => {
                let f = Arc::clone(f);
                state.requests.push(request.clone());
                // Release the lock before calling the function, because the function may use the
                // script.
                drop(state);
                return Ok(f(&request));
            }
        };
        let last = if state.repeats_last { answers.last() } else { None };
        let answer = answers.get(index).or(last).cloned();
        let count = answers.len();
        state.requests.push(request);
        answer.ok_or_else(|| {
            let (answers, calls) = (count, index + 1);
            let message = format!(
                "{name} was called {calls} times, but its script has {answers} answers; add an \
                 answer, or call `repeat_last`"
            );
            Error::new(ErrorKind::Other, message)
        })
    }

    fn state(&self) -> MutexGuard<'_, State<Q>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Defines the setters that all scripted models have.
macro_rules! script_setters {
    () => {
        /// Sets the name of the model's runs. The default is the name of this type.
        pub fn with_run_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
            self.name = name.into();
            self
        }

        /// Makes the model return each answer as one chunk, like a model that does not support
        /// streaming.
        pub fn without_streaming(mut self) -> Self {
            self.streams = false;
            self
        }

        /// Makes the model repeat its last answer for all further calls.
        pub fn repeat_last(self) -> Self {
            self.script.repeat_last();
            self
        }
    };
}

pub(crate) use script_setters;
