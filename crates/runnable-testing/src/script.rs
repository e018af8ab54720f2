//! What a scripted model is to say, and what it was asked.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{FutureExt, Stream, StreamExt, future, stream};
use runnable_chat::AiMessageChunk;
use runnable_core::{Error, ErrorKind, Result};

use crate::ScriptedReply;

/// Answers in the order in which they are asked for. A clone is a handle on the same script.
#[derive(Clone, Debug)]
pub(crate) struct Script<Q> {
    state: Arc<Mutex<State<Q>>>,
}

#[derive(Debug)]
struct State<Q> {
    source: Source<Q>,
    repeats_last: bool,
    asked: Vec<Q>,
}

/// Where the answers come from.
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
        Self::of(Source::Function(Arc::new(move |question| f(question).into())))
    }

    fn of(source: Source<Q>) -> Self {
        let state = State { source, repeats_last: false, asked: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    pub(crate) fn repeat_last(&self) {
        self.state().repeats_last = true;
    }

    pub(crate) fn asked(&self) -> Vec<Q> {
        self.state().asked.clone()
    }

    /// The next answer. It is taken when the stream is first polled, since a call that nobody polls
    /// asks nothing.
    pub(crate) fn answer(
        &self,
        name: impl Into<String>,
        question: Q,
    ) -> impl Stream<Item = Result<AiMessageChunk>> + Send + 'static {
        let (script, name) = (self.clone(), name.into());
        let answer = future::lazy(move |_| match script.take(&name, question) {
            Ok(answer) => answer.into_stream().left_stream(),
            Err(error) => stream::once(future::ready(Err(error))).right_stream(),
        });
        answer.flatten_stream()
    }

    fn take(&self, name: &str, question: Q) -> Result<ScriptedReply> {
        let mut state = self.state();
        let index = state.asked.len();
        let answers = match &state.source {
            Source::List(answers) => answers,
            Source::Function(f) => {
                let f = Arc::clone(f);
                state.asked.push(question.clone());
                // The function may ask the script itself.
                drop(state);
                return Ok(f(&question));
            }
        };
        let last = if state.repeats_last { answers.last() } else { None };
        let answer = answers.get(index).or(last).cloned();
        let count = answers.len();
        state.asked.push(question);
        answer.ok_or_else(|| {
            let (answers, call) = (count, index + 1);
            let message = format!(
                "the script of {name} is exhausted: answers {answers}, calls {call}; add an \
                 answer, or let it `repeat_last`"
            );
            Error::new(ErrorKind::Other, message)
        })
    }

    fn state(&self) -> MutexGuard<'_, State<Q>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same setters for each kind of model that answers from a script.
macro_rules! script_setters {
    () => {
        /// What runs of the model are called, instead of the name of this type.
        pub fn with_run_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
            self.name = name.into();
            self
        }

        /// Gives each answer all at once, as a model that cannot stream.
        pub fn without_streaming(mut self) -> Self {
            self.streams = false;
            self
        }

        /// Gives the last answer again and again.
        pub fn repeat_last(self) -> Self {
            self.script.repeat_last();
            self
        }
    };
}

pub(crate) use script_setters;
