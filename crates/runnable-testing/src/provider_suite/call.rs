//! A streamed call, and what is recorded of its run.

use runnable_chat::{AiMessage, ChatModel};
use runnable_core::{Error, RunConfig, RunnableExt, calls::OutputStream};

use super::service::next_text;
use crate::EventRecorder;

/// A streamed call, and what is recorded of its run.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) chunks: OutputStream<AiMessage>,
    recorder: EventRecorder,
}

impl Call {
    pub(super) fn of(model: &ChatModel) -> Self {
        let recorder = EventRecorder::new();
        let config = RunConfig::new().listener(recorder.clone());
        Self { chunks: model.stream("Hi").config(config), recorder }
    }

    /// Reads on: these are the next chunks that have text.
    pub(super) async fn says(&mut self, pieces: &[&str]) {
        for piece in pieces {
            assert_eq!(next_text(&mut self.chunks).await, *piece);
        }
    }

    /// Reads to the error, after which nothing comes: the text up to it, and the error.
    pub(super) async fn fails(&mut self) -> (String, Error) {
        let mut text = String::new();
        loop {
            match self.chunks.next().await {
                Some(Ok(chunk)) => text.push_str(&chunk.text()),
                Some(Err(error)) => {
                    assert!(self.chunks.next().await.is_none(), "something came after {error}");
                    return (text, error);
                }
                None => panic!("an answer that broke off looked complete: {text}"),
            }
        }
    }

    /// What is recorded of the run.
    pub(super) fn record(&self) -> Record {
        Record(self.recorder.clone())
    }
}

/// What is recorded of the run of a call.
#[derive(Debug)]
pub(super) struct Record(EventRecorder);

impl Record {
    /// The run has ended once, and last: so, such as `error`.
    #[track_caller]
    pub(super) fn assert_ended(&self, end: &str) {
        let (events, script) = (self.0.events(), self.0.lines());
        let ends = events.iter().filter(|event| event.is_terminal()).count();
        assert_eq!(ends, 1, "{script:?}");
        let last = events.last().map(|event| event.event_name().to_owned());
        assert_eq!(last, Some(format!("on_chat_model_{end}")), "{script:?}");
    }
}
