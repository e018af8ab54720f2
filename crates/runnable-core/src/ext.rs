//! The [`RunnableExt`] trait: what the user of a step has.

use std::{borrow::Cow, fmt, time::Duration};

use futures_core::Stream;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ChunkStream, Chunked, DynRunnable, Error, Graph, Result, RunConfig, RunEvent, Runnable,
    calls::{Batch, BatchAsCompleted, Invoke, OutputStream},
    combinators::{
        ConcurrencyLimit, ConfigurableAlternatives, ConfigurableField, Each, Fallbacks, Retry,
        RetryPolicy, Sequence, Timeout, Timeouts, WithConfig,
    },
};

/// Calls and combinations of every [`Runnable`].
///
/// A call does nothing until it is awaited or polled, and dropping it cancels it. Before that, its
/// `config` method takes a [`RunConfig`](crate::RunConfig).
pub trait RunnableExt: Runnable {
    /// Runs this step on a whole input, for its whole output.
    ///
    /// # Errors
    ///
    /// Awaited, it gives the first [`Error`](crate::Error) of any step inside.
    #[doc(alias = "ainvoke")]
    fn invoke(&self, input: impl Into<Self::Input>) -> Invoke<Self> {
        Invoke::new(self.clone(), input.into())
    }

    /// Runs this step on a whole input, for its output as it grows.
    ///
    /// Merging the chunks gives what [`invoke`](Self::invoke) gives.
    #[doc(alias = "astream")]
    fn stream(&self, input: impl Into<Self::Input>) -> OutputStream<Self::Output> {
        OutputStream::stream(self.clone(), input.into())
    }

    /// Runs this step on an input that is still growing, for its output as it grows.
    #[doc(alias = "atransform")]
    fn transform(
        &self,
        input: impl Stream<Item = Result<<Self::Input as Chunked>::Chunk>> + Send + 'static,
    ) -> OutputStream<Self::Output> {
        OutputStream::transform(self.clone(), ChunkStream::new(input))
    }

    /// Runs this step on every input, for one result each, in their order.
    ///
    /// All run at once unless the call is given a
    /// [`max_concurrency`](crate::calls::Batch::max_concurrency).
    ///
    /// The inputs may be borrowed, as in `batch(&strings)`. A slice of `&str` is given as
    /// `texts.iter().copied()`.
    #[doc(alias = "abatch")]
    fn batch<I>(&self, inputs: I) -> Batch<Self>
    where
        I: IntoIterator<Item: Into<Self::Input>>,
    {
        Batch::new(self.clone(), inputs.into_iter().map(Into::into).collect())
    }

    /// Runs this step on every input, for their results as they complete, with their index.
    #[doc(alias = "abatch_as_completed")]
    fn batch_as_completed<I>(&self, inputs: I) -> BatchAsCompleted<Self>
    where
        I: IntoIterator<Item: Into<Self::Input>>,
    {
        BatchAsCompleted::new(self.clone(), inputs.into_iter().map(Into::into).collect())
    }

    /// Feeds this step's output to `next`, chunk by chunk as far as `next` can take them.
    ///
    /// However piped together, the steps of a chain are one flat sequence.
    fn pipe<R>(self, next: R) -> Sequence<Self, R>
    where
        R: Runnable<Input = Self::Output>,
    {
        Sequence::new(self, next)
    }

    /// Runs this step again when it fails in a way that may pass. See
    /// [`RetryPolicy`](crate::combinators::RetryPolicy).
    #[doc(alias = "retry")]
    fn with_retry(self, policy: RetryPolicy) -> Retry<Self>
    where
        Self::Input: Clone,
    {
        Retry::new(self, policy)
    }

    /// Runs `other` on the same input where this step fails.
    #[doc(alias("with_fallbacks", "RunnableWithFallbacks"))]
    fn with_fallback<R>(self, other: R) -> Fallbacks<Self::Input, Self::Output>
    where
        Self::Input: Clone,
        R: Runnable<Input = Self::Input, Output = Self::Output>,
    {
        Fallbacks::new(self.into_dyn()).with_fallback(other)
    }

    /// Runs `other` where this step fails, on what `tell` makes of the input and the error.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let number = try_lambda(|text: String| text.parse::<u64>().map(|n| n.to_string()));
    /// let explained = number.with_fallback_input(passthrough(), |text, error| {
    ///     format!("{text}: {}", error.message())
    /// });
    ///
    /// assert_eq!(explained.invoke("four").await?, "four: invalid digit found in string");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "exception_key")]
    fn with_fallback_input<R>(
        self,
        other: R,
        tell: impl Fn(Self::Input, &Error) -> Self::Input + Send + Sync + 'static,
    ) -> Fallbacks<Self::Input, Self::Output>
    where
        Self::Input: Clone,
        R: Runnable<Input = Self::Input, Output = Self::Output>,
    {
        Fallbacks::new(self.into_dyn()).with_fallback_input(other, tell)
    }

    /// Fails when this step takes longer than `limit` in all.
    #[doc(alias = "timeout")]
    fn with_timeout(self, limit: Duration) -> Timeout<Self> {
        Timeout::new(self, Timeouts::new().total(limit))
    }

    /// Fails when this step takes too long: in all, to its first chunk, or between two chunks.
    fn with_timeouts(self, limits: Timeouts) -> Timeout<Self> {
        Timeout::new(self, limits)
    }

    /// Lets no more than `limit` runs of this step be open at once, over all calls and all clones of
    /// it; the others wait for their turn.
    ///
    /// That is for what the step stands for, such as a model that a machine has room for once.
    /// [`RunConfig::max_concurrency`] is for all steps of one call.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let model = async_lambda(|text: String, _| async move { Ok(text.to_uppercase()) });
    /// let model = model.with_concurrency_limit(1);
    /// let both = parallel((model.clone(), model));
    ///
    /// assert_eq!(both.invoke("a").await?, ("A".to_owned(), "A".to_owned()));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "limit_concurrency")]
    fn with_concurrency_limit(self, limit: usize) -> ConcurrencyLimit<Self> {
        ConcurrencyLimit::new(self, limit)
    }

    /// Runs this step on every item of a list, at once, giving a list.
    #[doc(alias("map", "RunnableEach"))]
    fn each(self) -> Each<Self>
    where
        Self::Input: Clone + fmt::Debug + Serialize,
        Self::Output: Clone + fmt::Debug + Serialize,
    {
        Each::new(self)
    }

    /// Puts other steps beside this one, under names: the call chooses one, by
    /// [`RunConfig::configurable`]. Without a choice it is this one, whose name is `name`.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = map_chunks(|text: String| text.to_uppercase());
    /// let voice = passthrough().configurable_alternatives("voice", "calm").with("loud", shout);
    ///
    /// assert_eq!(voice.invoke("hello").await?, "hello");
    /// let loud = RunConfig::new().configurable("voice", "loud");
    /// assert_eq!(voice.invoke("hello").config(loud).await?, "HELLO");
    /// # Ok(())
    /// # }
    /// ```
    fn configurable_alternatives(
        self,
        key: impl Into<String>,
        name: impl Into<Cow<'static, str>>,
    ) -> ConfigurableAlternatives<Self::Input, Self::Output> {
        ConfigurableAlternatives::new(key.into(), name.into(), self.into_dyn())
    }

    /// Lets the call change this step: `change` makes another of it, with the value that
    /// [`RunConfig::configurable`] has for `key`. Without a value the step is as it is.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// #[derive(Clone)]
    /// struct Indent(usize);
    ///
    /// impl Runnable for Indent {
    ///     type Input = String;
    ///     type Output = String;
    ///
    ///     async fn run(&self, text: String, _: RunContext) -> Result<String> {
    ///         Ok(format!("{:width$}{text}", "", width = self.0))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let indent = Indent(1).configurable_field("indent", |_, width: usize| Indent(width));
    ///
    /// assert_eq!(indent.invoke("hi").await?, " hi");
    /// let wide = RunConfig::new().configurable("indent", 3);
    /// assert_eq!(indent.invoke("hi").config(wide).await?, "   hi");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "configurable_fields")]
    fn configurable_field<T: DeserializeOwned>(
        self,
        key: impl Into<String>,
        change: impl Fn(Self, T) -> Self + Send + Sync + 'static,
    ) -> ConfigurableField<Self> {
        ConfigurableField::new(self).configurable_field(key, change)
    }

    /// Declares that this step reads the configurable value of `key`, by
    /// [`RunContext::configurable`](crate::RunContext::configurable).
    ///
    /// The graph of a chain then shows the key, and a call may set it: a key that no step declares
    /// is refused. A function needs this, because its code does not show from outside.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let greet = async_lambda(|greeting: String, cx: RunContext| async move {
    ///     let user = cx.configurable("user_id").cloned().unwrap_or_default();
    ///     Ok(format!("{greeting}, {user}"))
    /// });
    /// let greet = greet.declares("user_id");
    ///
    /// let config = RunConfig::new().configurable("user_id", 7);
    /// assert_eq!(greet.invoke("hello").config(config).await?, "hello, 7");
    /// # Ok(())
    /// # }
    /// ```
    fn declares(self, key: impl Into<String>) -> ConfigurableField<Self> {
        ConfigurableField::new(self).declares(key)
    }

    /// Gives this step a configuration: a name, tags, metadata, listeners, whoever calls it.
    fn with_config(self, config: RunConfig) -> WithConfig<Self> {
        WithConfig::new(self, config)
    }

    /// Calls `listener` when a run of this step starts.
    ///
    /// It sees this step's run alone, not the runs inside it: for those there is
    /// [`RunConfig::listener`]. Where this step is no run of its own, it sees the run that stands in
    /// its place. It is called in the task that runs the step, so it must not block; if it panics,
    /// it is not called again.
    ///
    /// ```
    /// use runnable_core::{RunEventData, prelude::*};
    ///
    /// let shout = lambda(|text: String| text.to_uppercase())
    ///     .on_start(|event| println!("{} begins", event.run.name))
    ///     .on_end(|event| println!("it took {:?}", event.timing.elapsed))
    ///     .on_error(|event| match &event.data {
    ///         RunEventData::Error { error, .. } => println!("{error}"),
    ///         _ => println!("it was cancelled"),
    ///     });
    /// ```
    #[doc(alias = "with_listeners")]
    fn on_start(
        self,
        listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static,
    ) -> WithConfig<Self> {
        WithConfig::new(self, RunConfig::new().on_start(listener))
    }

    /// Calls `listener` when a run of this step has given all its output; else as
    /// [`on_start`](Self::on_start).
    fn on_end(self, listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static) -> WithConfig<Self> {
        WithConfig::new(self, RunConfig::new().on_end(listener))
    }

    /// Calls `listener` when a run of this step fails or is cancelled, so that every run that started
    /// is heard of once more, here or in [`on_end`](Self::on_end); else as
    /// [`on_start`](Self::on_start).
    fn on_error(
        self,
        listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static,
    ) -> WithConfig<Self> {
        WithConfig::new(self, RunConfig::new().on_error(listener))
    }

    /// Gives this step a name, for its runs and its errors.
    ///
    /// A sequence that has a name stays one step where it is piped to others.
    fn with_name(self, name: impl Into<Cow<'static, str>>) -> WithConfig<Self> {
        WithConfig::new(self, RunConfig::new().run_name(name))
    }

    /// The structure of this step: displayed a tree, drawn a flowchart, serialised JSON.
    #[doc(alias = "get_graph")]
    fn graph(&self) -> Graph {
        Graph::new(self.info().name(), self.structure())
    }

    /// Erases the type of this step, leaving only what it takes and returns.
    ///
    /// Two chains in `if` and `else`, the arms of a `match`, or a list then have one type, which can
    /// also be the field of a struct.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// fn reply(loud: bool) -> DynRunnable<String, String> {
    ///     let trim = lambda(|text: String| text.trim().to_owned());
    ///     let shout = lambda(|text: String| text.to_uppercase());
    ///     if loud { trim.pipe(shout).into_dyn() } else { trim.into_dyn() }
    /// }
    /// ```
    fn into_dyn(self) -> DynRunnable<Self::Input, Self::Output> {
        DynRunnable::new(self)
    }
}

impl<R: Runnable> RunnableExt for R {}
