//! A step with others to fall back on.

use std::{fmt, sync::Arc};

use futures_util::FutureExt;

use super::beginning::{Failed, begun};
use crate::{
    ChildPosition, ChunkStream, Chunked, DynRunnable, Error, ErrorKind, Result, RunContext,
    Runnable, RunnableExt, StepInfo, Structure, links::Links,
};

/// A step that, where it fails, is replaced by the next of several. Made by
/// [`RunnableExt::with_fallback`](crate::RunnableExt::with_fallback), once for each.
///
/// All of them get the same input, in order; one that is
/// [told the error](Self::with_fallback_input) gets what becomes of it. If none succeeds, or an error is
/// not one [to fall back from](Self::when), the error is that of the first, which is the one to mend.
/// A member that is cancelled by a token ends it at once, with that error. Streaming, the next is
/// tried until the first chunk that [has content](crate::Chunk::has_content): what the caller has seen
/// is not taken back. Chunks before that are held back until it comes. Its run holds a run for every
/// member that was tried. A `max_concurrency` that is [bound](RunnableExt::with_config) to the first
/// member is one limit for all items of a batch.
#[must_use = "a chain does nothing until it is run"]
pub struct Fallbacks<I, O> {
    members: Vec<Member<I, O>>,
    when: Arc<dyn Fn(&Error) -> bool + Send + Sync>,
}

struct Member<I, O> {
    step: DynRunnable<I, O>,
    tell: Option<Arc<Tell<I>>>,
}

/// What an error makes of the input.
type Tell<I> = dyn Fn(I, &Error) -> I + Send + Sync;

impl<I: Chunked, O: Chunked> Fallbacks<I, O> {
    pub(crate) fn new(step: DynRunnable<I, O>) -> Self {
        Self { members: vec![Member { step, tell: None }], when: Arc::new(|_| true) }
    }

    /// One more step to fall back on.
    pub fn with_fallback<R>(mut self, step: R) -> Self
    where
        R: Runnable<Input = I, Output = O>,
    {
        self.members.push(Member { step: DynRunnable::new(step), tell: None });
        self
    }

    /// One more step to fall back on, which gets what `tell` makes of the input and the error that it
    /// falls back from: [`RunnableExt::with_fallback_input`]. Those after it get the input as it was.
    pub fn with_fallback_input<R>(
        mut self,
        step: R,
        tell: impl Fn(I, &Error) -> I + Send + Sync + 'static,
    ) -> Self
    where
        R: Runnable<Input = I, Output = O>,
    {
        self.members.push(Member { step: DynRunnable::new(step), tell: Some(Arc::new(tell)) });
        self
    }

    /// After which errors to fall back; after all of them, if it is not said.
    ///
    /// An error of kind [`Cancelled`](ErrorKind::Cancelled) is never asked about: cancellation is final.
    pub fn when(mut self, decide: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.when = Arc::new(decide);
        self
    }
}

/// The errors of the members so far.
#[derive(Default)]
struct Errors {
    first: Option<Error>,
    last: Option<Error>,
}

impl Errors {
    /// The first is kept for the end, the last to be told. One that is not to be fallen back from
    /// ends it, with the first; but a cancellation is what the caller asked for.
    fn next(&mut self, error: Error, when: impl Fn(&Error) -> bool) -> Result<()> {
        if error.kind() == ErrorKind::Cancelled {
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

    fn none_left(self) -> Error {
        let empty = || Error::new(ErrorKind::InvalidInput, "there is no step to try");
        self.first.unwrap_or_else(empty)
    }
}

impl<I: Clone, O> Member<I, O> {
    /// What the member gets.
    fn input(&self, input: &I, errors: &Errors) -> I {
        let input = input.clone();
        match (&self.tell, errors.last.as_ref().or(errors.first.as_ref())) {
            (Some(tell), Some(error)) => tell(input, error),
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
        for member in &self.members {
            let input = member.input(&input, &errors);
            match cx.child(ChildPosition::Untagged).invoke_inline(&member.step, input).await {
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
            for member in &members {
                let input = member.input(&input, &errors);
                let chunks = cx.child(ChildPosition::Untagged).stream(&member.step, input);
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
            // The error of the first member, after the chunks that came before it.
            first.map_or_else(|| ChunkStream::error(errors.none_left()), Failed::into_stream)
        };
        ChunkStream::new(chunks.boxed().flatten_stream())
    }

    /// Needs the whole input, to have it again for the next member.
    fn run_transform(&self, input: ChunkStream<I>, cx: RunContext) -> ChunkStream<O> {
        cx.concat_then(self, input)
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
            members.map(|(n, member)| (format!("fallback:{n}"), member.step.graph())).collect(),
        )
    }

    fn steps(&self) -> usize {
        1
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl<I, O> Clone for Member<I, O> {
    fn clone(&self) -> Self {
        Self { step: self.step.clone(), tell: self.tell.clone() }
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
