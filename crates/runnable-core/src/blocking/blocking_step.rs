//! [`Blocking`]: a step for callers that are not async.

use std::{fmt, mem};

use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};

use super::may_block::may_block;
use crate::{
    Chunked, Error, ErrorKind, Result, RunConfig, Runnable, RunnableExt, calls::OutputStream,
    poll::segment::SetAside,
};

/// A step for callers that are not async. Each call blocks the current thread.
///
/// It has its own runtime, which runs on the calling thread. Call it wherever a thread may block:
/// in code that is not async, in tokio's `spawn_blocking`, and in `block_in_place`.
///
/// # Errors
///
/// Each call returns [`ErrorKind::InvalidInput`] if it is made inside async code and not in
/// `spawn_blocking` or `block_in_place`, because a blocked thread cannot run its other tasks.
pub struct Blocking<R> {
    step: R,
    config: RunConfig,
    /// The runtime that runs the calls. `None` only while this value is dropped.
    runtime: Option<Runtime>,
}

impl<R: Runnable> Blocking<R> {
    /// Creates a blocking version of `step`.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system does not provide the resources that a runtime
    /// needs.
    pub fn new(step: R) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { step, config: RunConfig::new(), runtime: Some(runtime) })
    }

    /// Adds a configuration to every later call. Earlier settings are kept: see
    /// [merging](RunConfig#merging).
    #[must_use]
    pub fn config(mut self, config: impl Into<RunConfig>) -> Self {
        self.config = mem::take(&mut self.config).merge(config);
        self
    }

    /// Calls the step with a complete input, and blocks until it returns its output.
    ///
    /// See [`RunnableExt::invoke`].
    ///
    /// # Errors
    ///
    /// Returns the error of the step, or [`ErrorKind::InvalidInput`] inside async code.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{blocking::Blocking, prelude::*};
    ///
    /// # fn main() -> Result<()> {
    /// let shout = Blocking::new(lambda(|text: String| text.to_uppercase()))?;
    /// assert_eq!(shout.invoke("hello")?, "HELLO");
    /// # Ok(())
    /// # }
    /// ```
    pub fn invoke(&self, input: impl Into<R::Input>) -> Result<R::Output> {
        block_on(self.runtime()?, self.step.invoke(input).config(self.config.clone()))
    }

    /// Calls the step with a complete input, and returns a blocking iterator over output chunks.
    ///
    /// See [`RunnableExt::stream`]. Each call of `next` blocks until the next chunk arrives.
    /// Dropping the iterator cancels the call.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{blocking::Blocking, prelude::*};
    ///
    /// # fn main() -> Result<()> {
    /// let shout = Blocking::new(lambda(|text: String| text.to_uppercase()))?;
    /// let chunks: Result<Vec<_>> = shout.stream("hello").collect();
    /// assert_eq!(chunks?, ["HELLO"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(&self, input: impl Into<R::Input>) -> OutputIter<'_, R> {
        let call = self.step.stream(input).config(self.config.clone());
        OutputIter { blocking: self, call: Some(call) }
    }

    /// Calls the step once for each input, and blocks until it has one result per input, in input
    /// order.
    ///
    /// See [`RunnableExt::batch`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{blocking::Blocking, prelude::*};
    ///
    /// # fn main() -> Result<()> {
    /// let shout = Blocking::new(lambda(|text: String| text.to_uppercase()))?;
    /// let results = shout.batch(["a", "b"]);
    /// assert_eq!(*results[1].as_ref().unwrap(), "B");
    /// # Ok(())
    /// # }
    /// ```
    pub fn batch<I>(&self, inputs: I) -> Vec<Result<R::Output>>
    where
        I: IntoIterator<Item: Into<R::Input>>,
    {
        match self.runtime() {
            Ok(runtime) => block_on(runtime, self.step.batch(inputs).config(self.config.clone())),
            Err(error) => inputs.into_iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// Returns the runtime in which this step makes its calls.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the current thread must not block.
    fn runtime(&self) -> Result<&Runtime> {
        let runtime = self.runtime.as_ref().expect("only `drop` takes the runtime");
        let message = "cannot block inside async code, because other tasks would have to wait; \
                       `.await` the step itself, or call `Blocking` in `spawn_blocking`";
        if may_block(runtime) {
            Ok(runtime)
        } else {
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
    }
}

/// Blocks until the call has completed. This also works inside a run that this thread is polling.
fn block_on<F: IntoFuture>(runtime: &Runtime, call: F) -> F::Output {
    let _aside = SetAside::new();
    runtime.block_on(call.into_future())
}

/// A blocking iterator over output chunks. Created by [`Blocking::stream`].
#[must_use = "an iterator does nothing until `next` is called"]
pub struct OutputIter<'a, R: Runnable> {
    blocking: &'a Blocking<R>,
    /// The call. `None` after the call has ended.
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
        // tokio panics if a runtime is dropped inside another runtime, so shut this runtime down in
        // the background.
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
