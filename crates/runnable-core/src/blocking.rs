//! The same verbs for callers that are not async. Behind the feature `blocking`.
//!
//! ```
//! use runnable_core::{blocking::Blocking, prelude::*};
//!
//! # fn main() -> Result<()> {
//! let shout = lambda(|text: String| text.to_uppercase());
//! let shout = Blocking::new(shout)?;
//!
//! assert_eq!(shout.invoke("hello")?, "HELLO");
//! for chunk in shout.stream("hello") {
//!     print!("{}", chunk?);
//! }
//! # Ok(())
//! # }
//! ```

mod may_block;

use std::{fmt, mem};

use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};

use self::may_block::may_block;
use crate::{
    Chunked, Error, ErrorKind, Result, RunConfig, Runnable, RunnableExt, calls::OutputStream,
    segment::SetAside,
};

/// A step for callers that are not async: its calls block until they have what they give.
///
/// It brings a runtime of its own, which runs on the calling thread. Calls may be made wherever a
/// thread may block: in code that is not async, in tokio's `spawn_blocking`, and in its
/// `block_in_place`.
///
/// # Errors
///
/// Each call returns [`ErrorKind::InvalidInput`] inside async code, because a blocked thread cannot
/// run its other tasks. The error says what to do instead.
pub struct Blocking<R> {
    step: R,
    config: RunConfig,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl<R: Runnable> Blocking<R> {
    /// Makes a step callable from code that is not async.
    ///
    /// # Errors
    ///
    /// When the operating system refuses what a runtime needs.
    pub fn new(step: R) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { step, config: RunConfig::new(), runtime: Some(runtime) })
    }

    /// Configures every call that follows. What was given before stays: see
    /// [merging](RunConfig#merging).
    #[must_use]
    pub fn config(mut self, config: impl Into<RunConfig>) -> Self {
        self.config = mem::take(&mut self.config).merge(config);
        self
    }

    /// Runs the step on a whole input: [`RunnableExt::invoke`].
    ///
    /// # Errors
    ///
    /// The step's own, and that of a call from async code.
    pub fn invoke(&self, input: impl Into<R::Input>) -> Result<R::Output> {
        block_on(self.runtime()?, self.step.invoke(input).config(self.config.clone()))
    }

    /// Runs the step on a whole input, giving the output as it grows: [`RunnableExt::stream`].
    /// Dropping the iterator cancels the call.
    pub fn stream(&self, input: impl Into<R::Input>) -> OutputIter<'_, R> {
        let call = self.step.stream(input).config(self.config.clone());
        OutputIter { blocking: self, call: Some(call) }
    }

    /// Runs the step on every input, for one result each, in their order: [`RunnableExt::batch`].
    pub fn batch<I>(&self, inputs: I) -> Vec<Result<R::Output>>
    where
        I: IntoIterator<Item: Into<R::Input>>,
    {
        match self.runtime() {
            Ok(runtime) => block_on(runtime, self.step.batch(inputs).config(self.config.clone())),
            Err(error) => inputs.into_iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// The runtime of this step, if the calling thread may block.
    fn runtime(&self) -> Result<&Runtime> {
        let what = "cannot block inside async code, where a blocking call holds up other tasks; \
                    use the step itself and `.await` it, or call it in `spawn_blocking`";
        let refused = || Error::new(ErrorKind::InvalidInput, what);
        let runtime = self.runtime.as_ref().ok_or_else(refused)?;
        match may_block(runtime) {
            true => Ok(runtime),
            false => Err(refused()),
        }
    }
}

/// Blocks until a call has its output, also inside a run that is polled on this thread.
fn block_on<F: IntoFuture>(runtime: &Runtime, call: F) -> F::Output {
    let _aside = SetAside::new();
    runtime.block_on(call.into_future())
}

/// The chunks of a streamed output, as an iterator. Made by [`Blocking::stream`].
#[must_use = "an iterator does nothing until it is asked"]
pub struct OutputIter<'a, R: Runnable> {
    blocking: &'a Blocking<R>,
    /// `None` once it has ended.
    call: Option<OutputStream<R::Output>>,
}

impl<R: Runnable> Iterator for OutputIter<'_, R> {
    type Item = Result<<R::Output as Chunked>::Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        let call = self.call.as_mut()?;
        let chunk = match self.blocking.runtime() {
            Ok(runtime) => block_on(runtime, StreamExt::next(call)),
            Err(error) => Some(Err(error)),
        };
        if !matches!(chunk, Some(Ok(_))) {
            self.call = None;
        }
        chunk
    }
}

impl<R> Drop for Blocking<R> {
    fn drop(&mut self) {
        // Dropped as it is, a runtime panics inside another.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl<R: fmt::Debug> fmt::Debug for Blocking<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Blocking").field(&self.step).finish()
    }
}

impl<R: Runnable> fmt::Debug for OutputIter<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").finish_non_exhaustive()
    }
}
