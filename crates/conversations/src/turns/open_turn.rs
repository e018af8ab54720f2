//! [`OpenTurn`]: a turn that is being answered. It is saved however it ends.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use runnable_chat::Message;
use runnable_core::{Chunk, Chunked, Error, ErrorKind, Result};

use super::{conversations::Conversations, queue::Place, unsaved::Unsaved};
use crate::tree::{Turn, TurnStatus};

/// A function that returns the messages of an output.
pub(crate) type ToMessages<O> = Arc<dyn Fn(&O) -> Vec<Message> + Send + Sync>;

/// A turn that is being answered.
///
/// It holds the conversation. If it is dropped before it has ended, the turn is saved as cancelled.
pub(crate) struct OpenTurn<O: Chunked> {
    conversations: Conversations,
    to_messages: ToMessages<O>,
    place: Place,
    /// The turn without its answer, and the branch that it moves. `None` after the turn was saved.
    turn: Option<Unsaved>,
    /// The chunks of the answer that have arrived, merged.
    arrived: Option<O::Chunk>,
}

impl<O: Chunked> OpenTurn<O> {
    pub(crate) fn new(
        conversations: Conversations,
        to_messages: ToMessages<O>,
        place: Place,
        turn: Unsaved,
    ) -> Self {
        Self { conversations, to_messages, place, turn: Some(turn), arrived: None }
    }

    /// Adds a chunk that has arrived to the answer.
    pub(crate) fn add(&mut self, chunk: &O::Chunk) {
        match &mut self.arrived {
            Some(arrived) => arrived.merge_ref(chunk),
            None => self.arrived = Some(chunk.clone()),
        }
    }

    /// Returns the messages of a complete answer.
    pub(crate) fn messages_of(&self, answer: &O) -> Vec<Message> {
        (self.to_messages)(answer)
    }

    /// Saves the turn with a complete answer, which has these messages.
    pub(crate) async fn complete(mut self, messages: Vec<Message>) -> Result<()> {
        self.end(messages, TurnStatus::Complete).await
    }

    /// Saves the turn with the chunks that have arrived, which are the complete answer.
    pub(crate) async fn complete_arrived(mut self) -> Result<()> {
        let answer = match O::from_merged(self.arrived.clone()) {
            Ok(answer) => answer,
            Err(error) => return Err(self.fail(error).await),
        };
        let messages = self.messages_of(&answer);
        drop(answer);
        self.end(messages, TurnStatus::Complete).await
    }

    /// Saves the turn of a chain that has failed, and returns the error of the chain.
    pub(crate) async fn fail(mut self, error: Error) -> Error {
        if self.arrived.is_none() {
            self.arrived = error.partial();
        }
        let status = match error.kind() {
            ErrorKind::Cancelled => TurnStatus::Cancelled,
            _ => TurnStatus::Failed,
        };
        let messages = self.arrived_messages();
        if self.end(messages, status).await.is_err() {
            // The error of the chain comes first. The next turn tries to save this turn again, and
            // returns the error of the store.
            if let Some(turn) = self.turn.take() {
                self.place.unsaved().push(turn);
            }
        }
        error
    }

    async fn end(&mut self, answer: Vec<Message>, status: TurnStatus) -> Result<()> {
        let Some(Unsaved { branch, turn }) = &mut self.turn else { return Ok(()) };
        (turn.answer, turn.status) = (answer, status);
        // If this future is dropped, the turn is still here, and is saved with its answer.
        let saved = self.conversations.save(self.place.key(), branch, turn).await;
        if saved.is_ok() || status == TurnStatus::Complete {
            // The caller learns that a complete turn was not saved, and can repeat it.
            self.turn = None;
        }
        saved
    }

    /// Returns the messages of the chunks that have arrived. Chunks that form no value, such as half
    /// a JSON document, have no messages.
    fn arrived_messages(&self) -> Vec<Message> {
        let Some(arrived) = self.arrived.clone() else { return Vec::new() };
        let messages = || O::from_chunk(arrived).map(|answer| (self.to_messages)(&answer));
        // The function of the caller may panic for a part of an answer, and a panic while a value
        // is dropped would end the program.
        catch_unwind(AssertUnwindSafe(messages)).ok().and_then(Result::ok).unwrap_or_default()
    }
}

impl<O: Chunked> Drop for OpenTurn<O> {
    fn drop(&mut self) {
        let Some(mut unsaved) = self.turn.take() else { return };
        let turn: &mut Turn = &mut unsaved.turn;
        if turn.status == TurnStatus::Cancelled && turn.answer.is_empty() {
            turn.answer = self.arrived_messages();
        }
        let (conversations, place) = (&self.conversations, &mut self.place);
        // A panic of a custom store must not end the program.
        let save = AssertUnwindSafe(|| conversations.save_dropped(place, unsaved));
        _ = catch_unwind(save);
    }
}
