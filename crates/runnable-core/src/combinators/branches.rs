//! The steps that are put side by side.

use std::borrow::Cow;

use futures_util::future;

use super::{tee::tee, turns::Turns};
use crate::{
    ChildPosition, ChunkStream, Chunked, Graph, Result, RunContext, Runnable, RunnableExt,
};

/// The branches of a [`Parallel`](super::Parallel): a tuple of up to eight steps that take the same input.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run side by side",
    label = "expected a tuple of up to eight steps",
    note = "all of them take the same input, which must be `Clone`"
)]
pub trait Branches: Clone + Send + Sync + 'static {
    /// What every branch takes.
    type Input: Chunked;
    /// What the branches give.
    type Output: Chunked;
    /// How many branches there are.
    const COUNT: usize;

    /// The structure of every branch.
    fn graphs(&self, keys: Keys) -> Vec<(String, Graph)>;

    /// Runs every branch on a whole input.
    fn invoke(
        &self,
        input: Self::Input,
        cx: &RunContext,
        keys: Keys,
    ) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Streams every branch.
    fn stream(&self, input: Self::Input, cx: &RunContext, keys: Keys) -> ChunkStream<Self::Output>;

    /// Streams every branch on an input that is still growing.
    fn transform(
        &self,
        input: ChunkStream<Self::Input>,
        cx: &RunContext,
        keys: Keys,
    ) -> ChunkStream<Self::Output>;
}

/// What the branches are called, in their order.
pub type Keys = &'static [&'static str];

fn place(keys: Keys, branch: usize) -> ChildPosition {
    ChildPosition::ParallelKey(Cow::Borrowed(keys.get(branch).copied().unwrap_or_default()))
}

/// Joins futures, giving their outputs as nested pairs: `(a, (b, c))`.
macro_rules! try_join {
    ($last:expr) => { $last };
    ($first:expr, $($rest:expr),+) => { future::try_join($first, try_join!($($rest),+)) };
}

macro_rules! nested {
    ($last:ident) => { $last };
    ($first:ident, $($rest:ident),+) => { ($first, nested!($($rest),+)) };
}

/// A chunk of one branch is a chunk of the tuple that is empty but for it.
macro_rules! news {
    ($chunks:expr, $i:tt) => {
        $chunks.mapped(|chunk| {
            let mut news: <Self::Output as Chunked>::Chunk = Default::default();
            news.$i = Some(chunk);
            news
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
                let graphs = [$(self.$i.graph()),+];
                keys.iter().map(|key| (*key).to_owned()).zip(graphs).collect()
            }

            async fn invoke(
                &self,
                input: Self::Input,
                cx: &RunContext,
                keys: Keys,
            ) -> Result<Self::Output> {
                $(let $b = cx.child(place(keys, $i)).invoke_inline(&self.$i, input.clone());)+
                let nested!($($b),+) = try_join!($($b),+).await?;
                Ok(($($b,)+))
            }

            fn stream(
                &self,
                input: Self::Input,
                cx: &RunContext,
                keys: Keys,
            ) -> ChunkStream<Self::Output> {
                Turns::default().select([$({
                    let chunks = cx.child(place(keys, $i)).stream(&self.$i, input.clone());
                    news!(chunks, $i)
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
                    news!(chunks, $i)
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
