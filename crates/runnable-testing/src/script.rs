//! What a scripted model is to say, and what it was asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{FutureExt, Stream, StreamExt, future, stream};
use runnable_chat::AiMessageChunk;
use runnable_core::{Error, ErrorKind, Result};

use crate::Answer;

/// Answers in the order in which they are asked for. A clone is a handle on the same script.
#[derive(Clone, Debug)]
pub(crate) struct Script<Q> {
    state: Arc<Mutex<State<Q>>>,
}

#[derive(Debug)]
struct State<Q> {
    answers: Vec<Answer>,
    repeats_last: bool,
    asked: Vec<Q>,
}

impl<Q: Clone + Send + 'static> Script<Q> {
    pub(crate) fn new<A: Into<Answer>>(answers: impl IntoIterator<Item = A>) -> Self {
        let answers = answers.into_iter().map(Into::into).collect();
        let state = State { answers, repeats_last: false, asked: Vec::new() };
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

    fn take(&self, name: &str, question: Q) -> Result<Answer> {
        let mut state = self.state();
        let index = state.asked.len();
        state.asked.push(question);
        let last = if state.repeats_last { state.answers.last() } else { None };
        state.answers.get(index).or(last).cloned().ok_or_else(|| {
            let (answers, call) = (state.answers.len(), index + 1);
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
        pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
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
