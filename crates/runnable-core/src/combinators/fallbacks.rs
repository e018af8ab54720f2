//! [`Fallbacks`]: a step, and the fallback steps that replace it if it fails.

use std::{fmt, sync::Arc};

use futures_util::FutureExt;

use super::beginning::{Failed, begun};
use crate::{
    ChildPosition, ChunkStream, Chunked, DynRunnable, Error, InputStream, Result, RunContext,
    Runnable, Runs, Scope, StepInfo, Structure,
    protocol::{graph_of::graph_of, links::Links},
};

/// A step with fallbacks: if the step fails, the next of several other steps is used instead.
///
/// Created by [`RunnableExt::with_fallback`](crate::RunnableExt::with_fallback).
///
/// The steps are tried in order, with the same input. A step that was added by
/// [`with_fallback_input`](Self::with_fallback_input) receives an input that a function creates
/// from the original input and the error.
///
/// The run of the fallbacks has one child run for each step that was tried. The run of a fallback
/// has the [position](crate::Run::position) `fallback:1`, `fallback:2` and so on. Before each of
/// them, the run of the fallbacks emits a [`Fallback`](crate::RunEventData::Fallback) event.
///
/// In a stream, a fallback is used only until the first chunk that [has
/// content](crate::Chunk::has_content), because the caller has then received that chunk. Chunks
/// without content are held back until the first chunk with content arrives.
///
/// A `max_concurrency` that is attached to the first step [with
/// `with_config`](crate::RunnableExt::with_config) is one limit for all inputs of a batch.
///
/// # Errors
///
/// - Returns the error of the first step if every step fails, or if [`when`](Self::when) rejects an
///   error.
/// - Returns an error of kind [`Cancelled`](crate::ErrorKind::Cancelled) or
///   [`ReplayMismatch`](crate::ErrorKind::ReplayMismatch) immediately, without a fallback.
#[doc(alias = "RunnableWithFallbacks")]
#[must_use = "a chain does nothing until it is run"]
pub struct Fallbacks<I, O> {
    members: Vec<Member<I, O>>,
    when: Arc<dyn Fn(&Error) -> bool + Send + Sync>,
}

struct Member<I, O> {
    step: DynRunnable<I, O>,
    make_input: Option<Arc<MakeInput<I>>>,
}

/// A function that creates the input of a fallback from the original input and an error.
type MakeInput<I> = dyn Fn(I, &Error) -> I + Send + Sync;

impl<I: Chunked, O: Chunked> Fallbacks<I, O> {
    pub(crate) fn new(step: DynRunnable<I, O>) -> Self {
        Self { members: vec![Member { step, make_input: None }], when: Arc::new(|_| true) }
    }

    /// Adds a step that is used if all earlier steps fail.
    #[doc(alias = "with_fallbacks")]
    pub fn with_fallback<R>(mut self, step: R) -> Self
    where
        R: Runnable<Input = I, Output = O>,
    {
        self.members.push(Member { step: DynRunnable::new(step), make_input: None });
        self
    }

    /// Adds a step that is used if all earlier steps fail. `make_input` creates its input from the
    /// original input and the last error.
    ///
    /// Steps that are added afterwards receive the original input. See
    /// [`RunnableExt::with_fallback_input`](crate::RunnableExt::with_fallback_input) for an
    /// example.
    #[doc(alias = "exception_key")]
    pub fn with_fallback_input<R>(
        mut self,
        step: R,
        make_input: impl Fn(I, &Error) -> I + Send + Sync + 'static,
    ) -> Self
    where
        R: Runnable<Input = I, Output = O>,
    {
        self.members
            .push(Member { step: DynRunnable::new(step), make_input: Some(Arc::new(make_input)) });
        self
    }

    /// Sets which errors cause a fallback. The default is every error.
    ///
    /// An error of kind [`Cancelled`](crate::ErrorKind::Cancelled) or
    /// [`ReplayMismatch`](crate::ErrorKind::ReplayMismatch) never causes a fallback.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let invalid = try_lambda(|_: String| -> Result<String> {
    ///     Err(Error::new(ErrorKind::InvalidRequest, "the request is invalid"))
    /// });
    /// let chain = invalid.with_fallback(passthrough()).when(Error::is_transient);
    ///
    /// assert_eq!(chain.invoke("hi").await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    /// # }
    /// ```
    #[doc(alias = "exceptions_to_handle")]
    pub fn when(mut self, decide: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.when = Arc::new(decide);
        self
    }
}

/// The errors of the steps that were tried.
#[derive(Default)]
struct Errors {
    first: Option<Error>,
    last: Option<Error>,
}

impl Errors {
    /// Records the error of a step that was tried.
    ///
    /// The first error is kept for the caller. The last error is kept for the input of the next
    /// fallback.
    ///
    /// # Errors
    ///
    /// If no fallback may be used, returns the error of the call. This is the first error, or the
    /// cancellation that the caller requested.
    fn next(&mut self, error: Error, when: impl Fn(&Error) -> bool) -> Result<()> {
        if error.kind().is_final() {
            return Err(error);
        }
        if !when(&error) {
            return Err(self.first.take().unwrap_or(error));
        }
        match self.first {
            None => self.first = Some(error),
            Some(_) => self.last = Some(error),
        }
        Ok(())
    }

    /// Returns the error of the step that was tried last.
    fn latest(&self) -> Option<&Error> {
        self.last.as_ref().or(self.first.as_ref())
    }

    fn none_left(self) -> Error {
        self.first.expect("fallbacks have at least one step, and all of them failed")
    }
}

/// Returns the scope in which the step with this number is called. The first step has the number 0.
/// For each fallback, the run emits an event first.
fn scope<'a>(cx: &'a RunContext, number: usize, errors: &Errors) -> Scope<'a> {
    let Some(error) = errors.latest() else {
        return cx.child(ChildPosition::Untagged);
    };
    cx.emit_fallback(u32::try_from(number).unwrap_or(u32::MAX), error);
    cx.child(ChildPosition::Fallback(number))
}

impl<I: Clone, O> Member<I, O> {
    /// Returns the input with which this step is called, after the steps before it failed.
    fn input(&self, input: &I, errors: &Errors) -> I {
        let input = input.clone();
        match (&self.make_input, errors.latest()) {
            (Some(make_input), Some(error)) => make_input(input, error),
            _ => input,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<I: Chunked + Clone, O: Chunked> Runnable for Fallbacks<I, O> {
    type Input = I;
    type Output = O;

    async fn run(&self, input: I, cx: RunContext) -> Result<O> {
        let mut errors = Errors::default();
        for (number, member) in self.members.iter().enumerate() {
            let input = member.input(&input, &errors);
            match scope(&cx, number, &errors).invoke_inline(&member.step, input).await {
                Ok(output) => return Ok(output),
                Err(error) => errors.next(error, &*self.when)?,
            }
        }
        Err(errors.none_left())
    }

    fn run_stream(&self, input: I, cx: RunContext) -> ChunkStream<O> {
        let Self { members, when } = self.clone();
        let chunks = async move {
            let mut errors = Errors::default();
            let mut first = None;
            for (number, member) in members.iter().enumerate() {
                let input = member.input(&input, &errors);
                let chunks = scope(&cx, number, &errors).stream(&member.step, input);
                let failed = match begun(chunks).await {
                    Ok(chunks) => return chunks,
                    Err(failed) => failed,
                };
                let next = errors.next(failed.error.clone(), &*when);
                let begun = first.take().unwrap_or(failed);
                if let Err(error) = next {
                    return Failed { error, ..begun }.into_stream();
                }
                first = Some(begun);
            }
            // All steps have failed. Yield the chunks of the first step and then its error.
            first.map_or_else(|| ChunkStream::error(errors.none_left()), Failed::into_stream)
        };
        ChunkStream::new(chunks.boxed().flatten_stream())
    }

    /// Waits for the complete input, because each fallback needs it again.
    fn run_transform(&self, input: InputStream<I>, cx: RunContext) -> ChunkStream<O> {
        let step = self.clone();
        input.concat_then(move |input| step.run_stream(input, cx))
    }

    fn info(&self) -> StepInfo {
        let info = StepInfo::new("RunnableWithFallbacks");
        match self.members.first() {
            Some(first) => info.limited_as(&first.step.info()),
            None => info,
        }
    }

    fn structure(&self) -> Structure {
        let members = self.members.iter().enumerate();
        Structure::Choice(
            members.map(|(n, member)| (format!("fallback:{n}"), graph_of(&member.step))).collect(),
        )
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl<I, O> Clone for Member<I, O> {
    fn clone(&self) -> Self {
        Self { step: self.step.clone(), make_input: self.make_input.clone() }
    }
}

impl<I, O> Clone for Fallbacks<I, O> {
    fn clone(&self) -> Self {
        Self { members: self.members.clone(), when: Arc::clone(&self.when) }
    }
}

impl<I, O> fmt::Debug for Fallbacks<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.members.iter().map(|member| &member.step).collect::<Vec<_>>();
        f.debug_struct("Fallbacks").field("members", &steps).finish_non_exhaustive()
    }
}
