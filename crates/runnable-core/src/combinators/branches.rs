//! [`Branches`]: the steps of a [`Parallel`](super::Parallel).

use std::{borrow::Cow, pin::pin, task::Poll};

use futures_util::future::{self, TryMaybeDone, try_maybe_done};

use super::{tee::tee, turns::Turns};
use crate::{
    CancelCause, ChildPosition, ChunkStream, Chunked, Graph, Result, RunContext, Runnable,
    poll::cancelling::cancelling, protocol::graph_of::graph_of,
};

/// The branches of a [`Parallel`](super::Parallel): a tuple of up to eight steps.
///
/// All steps have the same input type, which must be `Clone`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of steps that can run in parallel",
    label = "expected a tuple of up to eight steps",
    note = "all steps must have the same input type, which must be `Clone`"
)]
pub trait Branches: Clone + Send + Sync + 'static {
    /// The input type of every branch.
    type Input: Chunked;
    /// The tuple of the outputs of all branches.
    type Output: Chunked;
    /// The number of branches.
    const COUNT: usize;

    /// Returns the graphs of all branches, each with the key of its branch.
    fn graphs(&self, keys: Keys) -> Vec<(String, Graph)>;

    /// Calls every branch with a complete input, and returns all outputs.
    fn invoke(
        &self,
        input: Self::Input,
        cx: &RunContext,
        keys: Keys,
    ) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Calls every branch with a complete input, and returns a stream of the merged outputs.
    fn stream(&self, input: Self::Input, cx: &RunContext, keys: Keys) -> ChunkStream<Self::Output>;

    /// Calls every branch with a stream of input chunks, and returns a stream of the merged
    /// outputs.
    fn transform(
        &self,
        input: ChunkStream<Self::Input>,
        cx: &RunContext,
        keys: Keys,
    ) -> ChunkStream<Self::Output>;
}

/// The keys of the branches, in order.
pub type Keys = &'static [&'static str];

fn place(keys: Keys, branch: usize) -> ChildPosition {
    ChildPosition::ParallelKey(Cow::Borrowed(keys.get(branch).copied().unwrap_or_default()))
}

/// Converts the chunks of one branch to chunks of the tuple. In these chunks, only this branch is
/// set.
macro_rules! chunks_of_branch {
    ($chunks:expr, $i:tt) => {
        $chunks.mapped(|chunk| {
            let mut tuple: <Self::Output as Chunked>::Chunk = Default::default();
            tuple.$i = Some(chunk);
            tuple
        })
    };
}

macro_rules! branches {
    ($count:literal, $($B:ident $b:ident $i:tt),+) => {
        impl<In, $($B),+> Branches for ($($B,)+)
        where
            In: Chunked + Clone,
            $($B: Runnable<Input = In>,)+
        {
            type Input = In;
            type Output = ($($B::Output,)+);
            const COUNT: usize = $count;

            fn graphs(&self, keys: Keys) -> Vec<(String, Graph)> {
                let graphs = [$(graph_of(&self.$i)),+];
                keys.iter().map(|key| (*key).to_owned()).zip(graphs).collect()
            }

            async fn invoke(
                &self,
                input: Self::Input,
                cx: &RunContext,
                keys: Keys,
            ) -> Result<Self::Output> {
                // Do not join the calls with adapters of `futures`. An adapter of nested pairs
                // drops some of the other calls itself, before the cause of their cancellation can
                // be stated.
                $(
                    let $b = cx.child(place(keys, $i)).invoke_inline(&self.$i, input.clone());
                    let mut $b = pin!(try_maybe_done($b));
                )+
                let joined = future::poll_fn(|task| {
                    let mut is_complete = true;
                    $(is_complete &= $b.as_mut().poll(task)?.is_ready();)+
                    if is_complete { Poll::Ready(Ok(())) } else { Poll::Pending }
                });
                if let Err(error) = joined.await {
                    cancelling(CancelCause::SiblingFailed, || {
                        $($b.set(TryMaybeDone::Gone);)+
                    });
                    return Err(error);
                }
                Ok(($($b.take_output().expect("every branch has returned its output"),)+))
            }

            fn stream(
                &self,
                input: Self::Input,
                cx: &RunContext,
                keys: Keys,
            ) -> ChunkStream<Self::Output> {
                Turns::default().select([$({
                    let chunks = cx.child(place(keys, $i)).stream(&self.$i, input.clone());
                    chunks_of_branch!(chunks, $i)
                }),+])
            }

            fn transform(
                &self,
                input: ChunkStream<Self::Input>,
                cx: &RunContext,
                keys: Keys,
            ) -> ChunkStream<Self::Output> {
                let turns = Turns::default();
                let [$($b),+]: [_; $count] = tee(input, &turns);
                turns.select([$({
                    let chunks = cx.child(place(keys, $i)).transform(&self.$i, $b);
                    chunks_of_branch!(chunks, $i)
                }),+])
            }
        }
    };
}

branches!(1, A a 0);
branches!(2, A a 0, B b 1);
branches!(3, A a 0, B b 1, C c 2);
branches!(4, A a 0, B b 1, C c 2, D d 3);
branches!(5, A a 0, B b 1, C c 2, D d 3, E e 4);
branches!(6, A a 0, B b 1, C c 2, D d 3, E e 4, F f 5);
branches!(7, A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6);
branches!(
    8, A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7
);
