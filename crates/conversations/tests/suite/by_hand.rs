//! A chain whose answers a test sends chunk by chunk.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use futures::{FutureExt, stream};
use runnable_chat::prelude::*;
use runnable_core::calls::OutputStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The end of an answer at which a test sends the chunks. Dropping it ends the answer.
pub(crate) struct Answer(UnboundedSender<Result<AiMessageChunk>>);

impl Answer {
    pub(crate) fn send(&self, text: &str) {
        assert!(self.0.send(Ok(AiMessageChunk::new(text))).is_ok(), "the answer is being read");
    }

    /// Returns whether the chain that reads the answer was dropped.
    pub(crate) fn is_dropped(&self) -> bool {
        self.0.is_closed()
    }
}

/// The prompts that the chain has received.
pub(crate) type Prompts = Arc<Mutex<Vec<PromptValue>>>;

/// Creates a chain with `count` answers, the ends of these answers, and the prompts of the chain.
pub(crate) fn by_hand(count: usize) -> (DynRunnable<PromptValue, AiMessage>, Vec<Answer>, Prompts) {
    let (senders, receivers): (Vec<_>, VecDeque<_>) = (0..count)
        .map(|_| {
            let (sender, receiver) = unbounded_channel();
            (Answer(sender), receiver)
        })
        .unzip();
    let receivers = Arc::new(Mutex::new(receivers));
    let prompts = Prompts::default();
    let seen = Arc::clone(&prompts);
    let chain = stream_lambda(move |prompt: PromptValue, _| {
        seen.lock().unwrap().push(prompt);
        chunks(receivers.lock().unwrap().pop_front().expect("an answer for each call"))
    });
    (chain.into_dyn(), senders, prompts)
}

fn chunks(
    mut receiver: UnboundedReceiver<Result<AiMessageChunk>>,
) -> impl futures::Stream<Item = Result<AiMessageChunk>> + Send {
    stream::poll_fn(move |cx| receiver.poll_recv(cx))
}

/// Polls the stream once, and returns the text of its next chunk. `None` if it has to wait.
pub(crate) fn poll_text(stream: &mut OutputStream<AiMessage>) -> Option<Option<String>> {
    let item = stream.next().now_or_never()?;
    Some(item.map(|chunk| chunk.expect("a chunk").text().into_owned()))
}
