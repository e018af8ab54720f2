//! One answer of a scripted model.

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use runnable_chat::{AiMessageChunk, Usage};
use runnable_core::{Error, Result};
use tokio::time::sleep;

/// One answer of a scripted model: its chunks, how long each takes, and where it breaks off.
///
/// Text converts into it, and comes word by word.
///
/// ```
/// use std::time::Duration;
/// use runnable_chat::prelude::*;
/// use runnable_testing::{Answer, ScriptedChat};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let breaks = Answer::words("Hello brave new world")
///     .delay(Duration::from_millis(5))
///     .error_after(3, Error::new(ErrorKind::Connection, "the line is dead"));
///
/// let mut answer = ScriptedChat::new([breaks]).to_model().stream("hi");
/// assert_eq!(answer.next().await.unwrap().unwrap().text(), "Hello");
/// assert_eq!(answer.next().await.unwrap().unwrap().text(), " ");
/// assert_eq!(answer.next().await.unwrap().unwrap().text(), "brave");
/// assert_eq!(answer.next().await.unwrap().unwrap_err().kind(), ErrorKind::Connection);
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    chunks: Vec<AiMessageChunk>,
    /// After how many chunks it fails, and with what.
    failure: Option<(usize, Error)>,
    delay: Duration,
}

impl Answer {
    /// An answer that comes word by word, each blank a chunk of its own: `Hello`, ` `, `you`.
    pub fn words(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            return Self::whole(text);
        }
        let words = text.split_inclusive(char::is_whitespace).flat_map(|word| {
            let (word, blank) = word.split_at(word.trim_end().len());
            [word, blank].into_iter().filter(|piece| !piece.is_empty())
        });
        Self::chunks(words)
    }

    /// An answer that comes all at once.
    pub fn whole(text: impl Into<String>) -> Self {
        Self::chunks([text])
    }

    /// An answer that comes in these pieces of text.
    pub fn chunks<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::message_chunks(texts.into_iter().map(AiMessageChunk::new))
    }

    /// An answer that comes in exactly these chunks, with all that they say besides their text.
    pub fn message_chunks(chunks: impl IntoIterator<Item = AiMessageChunk>) -> Self {
        Self { chunks: chunks.into_iter().collect(), failure: None, delay: Duration::ZERO }
    }

    /// An answer that fails at once.
    pub fn error(error: Error) -> Self {
        Self::message_chunks([]).error_after(0, error)
    }

    /// The last chunk says how many tokens the answer took. An answer without chunks gets one.
    pub fn usage(mut self, usage: Usage) -> Self {
        let last = self.chunks.pop().unwrap_or_default();
        self.chunks.push(last.with_usage(usage));
        self
    }

    /// After so many chunks, fails instead of going on: at the end, if it has no more than that.
    pub fn error_after(mut self, chunks: usize, error: Error) -> Self {
        self.failure = Some((chunks, error));
        self
    }

    /// Waits so long before each chunk, and before the error.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<AiMessageChunk>> + Send + 'static {
        let Self { chunks, failure, delay } = self;
        let (given, error) = failure.map_or((usize::MAX, None), |(n, error)| (n, Some(error)));
        let items: Vec<_> = chunks.into_iter().take(given).map(Ok).chain(error.map(Err)).collect();
        stream::iter(items).then(move |item| async move {
            if !delay.is_zero() {
                sleep(delay).await;
            }
            item
        })
    }
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::words(text)
    }
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self::words(text)
    }
}
