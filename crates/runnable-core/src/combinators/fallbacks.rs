//! A step with others to fall back on.

use std::{fmt, sync::Arc};

use futures_util::{FutureExt, StreamExt, stream};

use crate::{
    ChunkStream, Chunked, Context, DynRunnable, Error, Place, Result, Runnable, RunnableExt,
    StepInfo, Structure,
};

/// A step that, where it fails, is replaced by the next of several. Made by
/// [`RunnableExt::with_fallback`](crate::RunnableExt::with_fallback), once for each.
///
/// All of them get the same input, in order. If none succeeds, the error is that of the first,
/// which is the one to mend. Streaming, the next is tried until the first chunk: what the caller
/// has seen is not taken back. Its run holds a run for every member that was tried.
#[must_use = "a chain does nothing until it is run"]
pub struct Fallbacks<I, O> {
    members: Vec<DynRunnable<I, O>>,
    when: Arc<dyn Fn(&Error) -> bool + Send + Sync>,
}

impl<I: Chunked, O: Chunked> Fallbacks<I, O> {
    pub(crate) fn new(members: Vec<DynRunnable<I, O>>) -> Self {
        Self { members, when: Arc::new(|_| true) }
    }

    /// One more step to fall back on.
    pub fn with_fallback<R>(mut self, step: R) -> Self
    where
        R: Runnable<Input = I, Output = O>,
    {
        self.members.push(DynRunnable::new(step));
        self
    }

    /// After which errors to fall back; after all of them, if it is not said.
    pub fn when(mut self, decide: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.when = Arc::new(decide);
        self
    }
}

/// What becomes of the errors of the members: the first is kept, and one that is not to be fallen
/// back from ends it.
fn next(first: &mut Option<Error>, error: Error, when: impl Fn(&Error) -> bool) -> Result<()> {
    if !when(&error) {
        return Err(error);
    }
    first.get_or_insert(error);
    Ok(())
}

fn none_left(first: Option<Error>) -> Error {
    first.unwrap_or_else(|| Error::new(crate::ErrorKind::InvalidInput, "there is no step to try"))
}

#[deny(clippy::missing_trait_methods)]
impl<I: Chunked + Clone, O: Chunked> Runnable for Fallbacks<I, O> {
    type Input = I;
    type Output = O;

    async fn run(&self, input: I, cx: Context) -> Result<O> {
        let mut first = None;
        for member in &self.members {
            match cx.at(Place::Anywhere).invoke(member, input.clone()).await {
                Ok(output) => return Ok(output),
                Err(error) => next(&mut first, error, &*self.when)?,
            }
        }
        Err(none_left(first))
    }

    fn run_stream(&self, input: I, cx: Context) -> ChunkStream<O> {
        let Self { members, when } = self.clone();
        let chunks = async move {
            let mut errors = None;
            for member in &members {
                let mut chunks = cx.at(Place::Anywhere).stream(member, input.clone());
                match chunks.next().await {
                    Some(Err(error)) => {
                        if let Err(error) = next(&mut errors, error, &*when) {
                            return ChunkStream::<O>::error(error);
                        }
                    }
                    first => return ChunkStream::new(stream::iter(first).chain(chunks)),
                }
            }
            ChunkStream::error(none_left(errors))
        };
        ChunkStream::new(chunks.boxed().flatten_stream())
    }

    /// Needs the whole input, to have it again for the next member.
    fn run_transform(&self, input: ChunkStream<I>, cx: Context) -> ChunkStream<O> {
        cx.gather_then(self, input)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RunnableWithFallbacks")
    }

    fn structure(&self) -> Structure {
        let members = (0..).zip(&self.members);
        Structure::Choice(
            members.map(|(n, step): (usize, _)| (format!("fallback:{n}"), step.graph())).collect(),
        )
    }

    fn steps(&self) -> usize {
        1
    }
}

impl<I, O> Clone for Fallbacks<I, O> {
    fn clone(&self) -> Self {
        Self { members: self.members.clone(), when: Arc::clone(&self.when) }
    }
}

impl<I, O> fmt::Debug for Fallbacks<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallbacks").field("members", &self.members).finish_non_exhaustive()
    }
}
