//! The step that returns an answer together with the output of any parser.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use futures_util::{StreamExt, stream};
use runnable_core::{
    ChildPosition, ChunkStream, Chunked, Error, InputStream, Result, RunContext, Runnable, StepInfo,
};

use super::{StructuredAnswer, StructuredAnswerChunk, final_error::is_final};
use crate::{AiMessage, AiMessageChunk, run_kind::PARSER};

/// Creates a step that returns both the answer and the output of a parser.
///
/// If the parser fails, the step does not fail. The error is then in
/// [`StructuredAnswer::parsed`]. A stream yields the chunks of the answer as they arrive, and the
/// chunks of the output after the chunks of the answer that they result from.
///
/// For [`json`](super::json), the method [`with_raw`](super::JsonParser::with_raw) does the same.
///
/// ```
/// use runnable_chat::{parser::{include_raw, one_of}, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let mood = include_raw(one_of(["happy", "sad"]));
///
/// let answer = mood.invoke(AiMessage::new("Sad.")).await?;
/// assert_eq!(answer.raw.text(), "Sad.");
/// assert_eq!(answer.parsed?, "sad");
///
/// let answer = mood.invoke(AiMessage::new("tired")).await?;
/// assert_eq!(answer.parsed.unwrap_err().kind(), ErrorKind::Parse);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The step returns the errors of the steps before it. An error of the parser is a part of the
/// output.
pub fn include_raw<P: Runnable<Input = AiMessage>>(parser: P) -> IncludeRaw<P> {
    IncludeRaw { parser }
}

/// A step that returns an answer and the output of a parser. Created by [`include_raw`].
#[derive(Clone)]
#[must_use = "a chain does nothing until it is run"]
pub struct IncludeRaw<P> {
    parser: P,
}

impl<P: Runnable<Input = AiMessage>> Runnable for IncludeRaw<P> {
    type Input = AiMessage;
    type Output = StructuredAnswer<P::Output>;

    async fn run(&self, raw: AiMessage, cx: RunContext) -> Result<Self::Output> {
        let parser = cx.child(ChildPosition::Untagged);
        match parser.invoke(&self.parser, raw.clone()).await {
            Err(error) if is_final(&error) => Err(error),
            parsed => Ok(StructuredAnswer { raw, parsed }),
        }
    }

    fn run_stream(&self, raw: AiMessage, cx: RunContext) -> ChunkStream<Self::Output> {
        self.run_transform(InputStream::once(raw), cx)
    }

    fn run_transform(
        &self,
        raw: InputStream<AiMessage>,
        cx: RunContext,
    ) -> ChunkStream<Self::Output> {
        let source = Arc::new(Mutex::new(Tapped {
            chunks: Some(raw.into_chunks()),
            seen: VecDeque::new(),
            failed: None,
        }));
        let tap = Arc::clone(&source);
        let tap = ChunkStream::new(stream::poll_fn(move |task| locked(&tap).poll_next(task)));
        let parser = cx.child(ChildPosition::Untagged).transform(&self.parser, tap);
        let mut joined =
            Joined { source, parser: Some(parser), ready: VecDeque::new(), last: None };
        ChunkStream::new(stream::poll_fn(move |task| joined.poll_next(task)))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("IncludeRaw").with_kind(PARSER)
    }
}

impl<P> fmt::Debug for IncludeRaw<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncludeRaw").finish_non_exhaustive()
    }
}

/// The stream of an answer. It keeps copies of the chunks that the parser has read.
struct Tapped {
    /// `None` after the end.
    chunks: Option<ChunkStream<AiMessage>>,
    seen: VecDeque<AiMessageChunk>,
    /// The error of the answer, which is not an error of the parser.
    failed: Option<Error>,
}

fn locked(source: &Mutex<Tapped>) -> MutexGuard<'_, Tapped> {
    source.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tapped {
    fn poll_next(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<AiMessageChunk>>> {
        let Some(chunks) = &mut self.chunks else { return Poll::Ready(None) };
        let chunk = ready!(chunks.poll_next_unpin(task));
        match &chunk {
            Some(Ok(chunk)) => self.seen.push_back(chunk.clone()),
            Some(Err(error)) => {
                self.failed = Some(error.clone());
                self.chunks = None;
            }
            None => self.chunks = None,
        }
        Poll::Ready(chunk)
    }
}

/// The chunks of an answer, joined with the chunks of the parser that reads the answer.
struct Joined<T: Chunked> {
    source: Arc<Mutex<Tapped>>,
    /// `None` after the end of the parser.
    parser: Option<ChunkStream<T>>,
    /// The chunks to yield next.
    ready: VecDeque<StructuredAnswerChunk<T::Chunk>>,
    /// The error to yield after the answer.
    last: Option<Error>,
}

impl<T: Chunked> Joined<T> {
    #[allow(clippy::type_complexity, reason = "the item type of the stream")]
    fn poll_next(
        &mut self,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<StructuredAnswerChunk<T::Chunk>>>> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(chunk)));
            }
            if let Some(parser) = &mut self.parser {
                let parsed = parser.poll_next_unpin(task);
                self.pass_on_seen();
                match parsed {
                    Poll::Pending if self.ready.is_empty() => return Poll::Pending,
                    Poll::Pending => {}
                    Poll::Ready(Some(Ok(chunk))) => {
                        let parsed = Some(Ok(chunk));
                        self.ready.push_back(StructuredAnswerChunk { raw: None, parsed });
                    }
                    Poll::Ready(Some(Err(error))) => {
                        self.parser = None;
                        self.last = Some(error);
                    }
                    Poll::Ready(None) => self.parser = None,
                }
                continue;
            }
            if let Some(error) = locked(&self.source).failed.take() {
                self.last = None;
                return Poll::Ready(Some(Err(error)));
            }
            if let Some(error) = self.last.take_if(|error| is_final(error)) {
                locked(&self.source).chunks = None;
                return Poll::Ready(Some(Err(error)));
            }
            // The parser can end before the answer. The rest of the answer is passed on.
            let rest = ready!(locked(&self.source).poll_next(task));
            self.pass_on_seen();
            if rest.is_none() {
                return Poll::Ready(self.last.take().map(|error| {
                    Ok(StructuredAnswerChunk { raw: None, parsed: Some(Err(error)) })
                }));
            }
        }
    }

    fn pass_on_seen(&mut self) {
        let seen = std::mem::take(&mut locked(&self.source).seen);
        let chunks = seen.into_iter();
        self.ready
            .extend(chunks.map(|chunk| StructuredAnswerChunk { raw: Some(chunk), parsed: None }));
    }
}
