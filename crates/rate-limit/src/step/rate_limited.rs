//! [`RateLimited`]: a step whose calls wait for a rate limiter.

use std::{
    any::Any,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use futures_util::{FutureExt, StreamExt};
use runnable_chat::PromptValue;
use runnable_core::{
    ChildPosition, ChunkStream, Chunked, InputStream, Links, Result, RunConfig, RunContext,
    Runnable, RunnableExt, Runs, StepInfo, Structure, combinators::WithConfig,
};

use super::answer_watch::AnswerWatch;
use crate::{RateLimiter, estimate::tokens_of_json, quantity::Tokens, turn::Admission};

/// A step whose calls wait until a [`RateLimiter`] lets them through. Created by
/// [`RateLimitExt::with_rate_limit`](crate::RateLimitExt::with_rate_limit).
///
/// It has its own run with the name `RateLimited`, which contains the wait. The run of the wrapped
/// step is a child of this run, and starts after the wait.
///
/// Each call counts as one request. Its tokens are estimated from the size of its input. They are
/// replaced by the usage of all models inside the step when the call has ended. Rate limits and
/// errors that these models report slow down the limiter at once.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct RateLimited<R> {
    step: R,
    limiter: RateLimiter,
}

impl<R: Runnable> RateLimited<R> {
    pub(crate) fn new(step: R, limiter: RateLimiter) -> Self {
        Self { step, limiter }
    }

    /// Returns the estimated tokens of a call.
    fn estimate(&self, input: &R::Input) -> Tokens {
        let input = match (input as &dyn Any).downcast_ref::<PromptValue>() {
            Some(prompt) => self.limiter.input_tokens(prompt),
            None => tokens_of_json(input),
        };
        Tokens { input, output: self.limiter.state().expected_output() }
    }

    /// Waits until the limiter lets a call through.
    async fn enter(&self, estimate: Tokens, cx: &RunContext) -> Result<Entered<R>> {
        let admission = Admission::wait(&self.limiter, cx, estimate).await?;
        let watch = Arc::new(AnswerWatch::new(self.limiter.clone()));
        let config = RunConfig::new().listener(Arc::clone(&watch));
        let step = self.step.clone().with_config(config);
        Ok(Entered { step, correction: Correction { watch, admission } })
    }
}

/// A call that was let through: the step with a listener.
struct Entered<R> {
    step: WithConfig<R>,
    correction: Correction,
}

/// Corrects the estimate of a call when the call has ended or is dropped.
struct Correction {
    watch: Arc<AnswerWatch>,
    admission: Admission,
}

impl Drop for Correction {
    fn drop(&mut self) {
        self.watch.correct(&self.admission);
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for RateLimited<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
        let Entered { step, correction } = self.enter(self.estimate(&input), &cx).await?;
        let output = cx.child(ChildPosition::Untagged).invoke(&step, input).await;
        if let Err(error) = &output {
            correction.admission.failed(error);
        }
        output
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        let limited = self.clone();
        let chunks = async move {
            match limited.enter(limited.estimate(&input), &cx).await {
                Ok(Entered { step, correction }) => {
                    let chunks = cx.child(ChildPosition::Untagged).stream(&step, input);
                    ChunkStream::<R::Output>::new(LimitedChunks { chunks, correction })
                }
                Err(error) => ChunkStream::error(error),
            }
        };
        ChunkStream::new(chunks.boxed().flatten_stream())
    }

    /// Waits for the complete input before it waits for the limiter, because the tokens are
    /// estimated from the input.
    fn run_transform(
        &self,
        input: InputStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        let step = self.clone();
        input.concat_then(move |input| step.run_stream(input, cx))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RateLimited")
    }

    fn structure(&self) -> Structure {
        self.step.structure()
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

/// The chunks of a limited step.
struct LimitedChunks<T: Chunked> {
    // Declared before `correction`, so that the models end before the estimate is corrected.
    chunks: ChunkStream<T>,
    correction: Correction,
}

impl<T: Chunked> Stream for LimitedChunks<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let poll = self.chunks.poll_next_unpin(cx);
        if let Poll::Ready(Some(Err(error))) = &poll {
            self.correction.admission.failed(error);
        }
        poll
    }
}

/// The chunks are in a box, so no field is pinned.
impl<T: Chunked> Unpin for LimitedChunks<T> {}
