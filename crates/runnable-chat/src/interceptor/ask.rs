//! Requests an answer from the interceptor of a call, and reads the answer.

use std::sync::Arc;

use futures_util::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use runnable_core::{ChunkStream, Chunked, Error, ErrorKind, Payload, Result, RunContext};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Answer, AnswerPart, Interceptor, OutsideCall};
use crate::from_json::from_json;

/// Returns the complete output that the interceptor of the call has for this input, or `None` if
/// the step has to make the call.
///
/// Models, tools and retrievers call this function. Call it in a custom step that uses a service,
/// so that a replay can answer in place of the service.
///
/// # Errors
///
/// Returns the error of the answer, or [`ErrorKind::InvalidInput`] if the answer has no complete
/// output or if the output cannot be read as an `O`.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use runnable_chat::{
///     interceptor::{Answer, Interceptor, OutsideCall, intercepted},
///     prelude::*,
/// };
///
/// struct Always7;
///
/// impl Interceptor for Always7 {
///     fn intercept(&self, _: &OutsideCall<'_>) -> Option<Answer> {
///         Some(Answer::output(7))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let count = async_lambda(|table: String, cx: RunContext| async move {
///     match intercepted(&cx, &table) {
///         Some(answer) => answer.await,
///         None => Ok(0_u64), // ask the database
///     }
/// });
/// assert_eq!(count.invoke("users").await?, 0);
/// let config = RunConfig::new().resource::<Arc<dyn Interceptor>>(Arc::new(Always7));
/// assert_eq!(count.invoke("users").config(config).await?, 7);
/// # Ok(())
/// # }
/// ```
#[inline]
pub fn intercepted<I, O>(cx: &RunContext, input: &I) -> Option<BoxFuture<'static, Result<O>>>
where
    I: Serialize + 'static,
    O: DeserializeOwned + Send + 'static,
{
    let answer = ask(cx, input, false)?;
    Some(output_of(answer.parts).boxed())
}

/// Returns the chunks that the interceptor of the call has for this input, or `None` if the step
/// has to make the call.
///
/// This function is the equivalent of [`intercepted`] for a step that streams.
///
/// # Errors
///
/// The stream ends with the error of the answer, or with [`ErrorKind::InvalidInput`] if a chunk or
/// the output cannot be read.
#[inline]
pub fn intercepted_chunks<I, O>(cx: &RunContext, input: &I) -> Option<ChunkStream<O>>
where
    I: Serialize + 'static,
    O: Chunked + DeserializeOwned,
    O::Chunk: DeserializeOwned,
{
    let answer = ask(cx, input, true)?;
    Some(ChunkStream::new(chunks_of::<O>(answer.parts)))
}

fn ask<I: Serialize + 'static>(cx: &RunContext, input: &I, streaming: bool) -> Option<Answer> {
    let interceptor = cx.find_resource::<Arc<dyn Interceptor>>()?;
    interceptor.intercept(&OutsideCall { cx, input: Payload::new(input), streaming })
}

async fn output_of<O: DeserializeOwned>(
    mut parts: BoxStream<'static, Result<AnswerPart>>,
) -> Result<O> {
    while let Some(part) = parts.next().await {
        if let AnswerPart::Output(output) = part? {
            return read(&output);
        }
    }
    let message = "the answer of the interceptor has no complete output; add an \
                   `AnswerPart::Output` to it";
    Err(Error::new(ErrorKind::InvalidInput, message))
}

fn chunks_of<O>(
    parts: BoxStream<'static, Result<AnswerPart>>,
) -> impl futures_core::Stream<Item = Result<O::Chunk>> + Send + 'static
where
    O: Chunked + DeserializeOwned,
    O::Chunk: DeserializeOwned,
{
    // The state is `None` after an error, because an error is the last item of the stream.
    stream::unfold((Some(parts), false), |(parts, begun)| async move {
        let mut parts = parts?;
        loop {
            let chunk = match parts.next().await? {
                Ok(AnswerPart::Chunk(chunk)) => read(&chunk),
                Ok(AnswerPart::Output(_)) if begun => continue,
                Ok(AnswerPart::Output(output)) => read::<O>(&output).map(Chunked::into_chunk),
                Err(error) => Err(error),
            };
            let parts = chunk.is_ok().then_some(parts);
            return Some((chunk, (parts, true)));
        }
    })
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T> {
    from_json(value).map_err(|reason| {
        let message = format!("failed to read the answer of the interceptor: {reason}");
        Error::new(ErrorKind::InvalidInput, message)
    })
}
