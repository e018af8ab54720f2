//! A streamed call with recorded events.

use runnable_chat::{AiMessage, ChatModel};
use runnable_core::{Error, RunConfig, RunnableExt, calls::OutputStream};

use super::service::next_text;
use crate::EventRecorder;

/// A streamed call, and the recorder of the call's events.
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

    /// Asserts that the next chunks with text contain exactly these texts.
    pub(super) async fn assert_texts(&mut self, pieces: &[&str]) {
        for piece in pieces {
            assert_eq!(next_text(&mut self.chunks).await, *piece);
        }
    }

    /// Reads the stream up to its error. Returns the text before the error, and the error. Panics
    /// if the stream does not fail, or if it continues after the error.
    pub(super) async fn read_to_error(&mut self) -> (String, Error) {
        let mut text = String::new();
        loop {
            match self.chunks.next().await {
                Some(Ok(chunk)) => text.push_str(&chunk.text()),
                Some(Err(error)) => {
                    let next = self.chunks.next().await;
                    assert!(next.is_none(), "the stream continues after its error: {error}");
                    return (text, error);
                }
                None => panic!("a truncated answer looks complete: {text}"),
            }
        }
    }

    /// Returns the recorded events, which remain available if the call is dropped.
    pub(super) fn record(&self) -> Record {
        Record(self.recorder.clone())
    }
}

/// The recorded events of a call.
#[derive(Debug)]
pub(super) struct Record(EventRecorder);

impl Record {
    /// Asserts that the run has exactly one end event, that this event is the last one, and that it
    /// is of the kind `end`, such as `error`.
    #[track_caller]
    pub(super) fn assert_ended(&self, end: &str) {
        let (events, lines) = (self.0.events(), self.0.lines());
        let ends = events.iter().filter(|event| event.is_terminal()).count();
        assert_eq!(ends, 1, "{lines:?}");
        let last = events.last().map(|event| event.event_name().to_owned());
        assert_eq!(last, Some(format!("on_chat_model_{end}")), "{lines:?}");
    }
}
