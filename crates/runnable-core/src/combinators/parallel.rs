//! Steps side by side.

use std::borrow::Cow;

use futures_util::{TryStreamExt, future, stream};

use super::tee::tee;
use crate::{
    ChunkStream, Chunked, Context, Graph, Place, Result, Runnable, RunnableExt, StepInfo, Structure,
};

/// Puts two to eight steps side by side: all get the same input, and the output is a tuple of
/// theirs.
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase());
/// let length = lambda(|text: String| text.len());
///
/// let (loud, length) = parallel((shout, length)).invoke("hello").await?;
/// assert_eq!((loud.as_str(), length), ("HELLO", 5));
/// # Ok(())
/// # }
/// ```
pub fn parallel<B: Branches>(branches: B) -> Parallel<B> {
    Parallel { branches }
}

/// Steps side by side on the same input. Made by [`parallel`].
///
/// Chunks of the outputs come interleaved, in the order they are ready; each chunk brings news of
/// one branch. Chunks of the input go to every branch as they come. An error of one branch cancels
/// the others.
///
/// The branches' runs are tagged `map:key:0`, `map:key:1`, ….
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Parallel<B> {
    branches: B,
}

#[deny(clippy::missing_trait_methods)]
impl<B: Branches> Runnable for Parallel<B> {
    type Input = B::Input;
    type Output = B::Output;

    async fn run(&self, input: B::Input, cx: Context) -> Result<B::Output> {
        self.branches.invoke(input, &cx).await
    }

    fn run_stream(&self, input: B::Input, cx: Context) -> ChunkStream<B::Output> {
        ChunkStream::new(stream::select_all(self.branches.stream(input, &cx)))
    }

    fn run_transform(&self, input: ChunkStream<B::Input>, cx: Context) -> ChunkStream<B::Output> {
        ChunkStream::new(stream::select_all(self.branches.transform(input, &cx)))
    }

    fn info(&self) -> StepInfo {
        let keys: Vec<_> = (0..B::COUNT).map(|key| key.to_string()).collect();
        StepInfo::new(format!("RunnableParallel<{}>", keys.join(",")))
    }

    fn structure(&self) -> Structure {
        let labelled = (0..).zip(self.branches.graphs());
        Structure::Parallel(
            labelled.map(|(key, graph): (usize, _)| (key.to_string(), graph)).collect(),
        )
    }

    fn steps(&self) -> usize {
        1
    }
}

/// The branches of a [`Parallel`]: a tuple of two to eight steps that take the same input.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run side by side",
    label = "expected a tuple of two to eight steps",
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
    fn graphs(&self) -> Vec<Graph>;

    /// Runs every branch on a whole input.
    fn invoke(
        &self,
        input: Self::Input,
        cx: &Context,
    ) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Streams every branch.
    fn stream(&self, input: Self::Input, cx: &Context) -> Vec<ChunkStream<Self::Output>>;

    /// Streams every branch on an input that is still growing.
    fn transform(
        &self,
        input: ChunkStream<Self::Input>,
        cx: &Context,
    ) -> Vec<ChunkStream<Self::Output>>;
}

fn key(branch: &'static str) -> Place {
    Place::Key(Cow::Borrowed(branch))
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

macro_rules! branches {
    ($count:literal, $($B:ident $b:ident $i:tt $key:literal),+) => {
        impl<In, $($B),+> Branches for ($($B,)+)
        where
            In: Chunked + Clone,
            $($B: Runnable<Input = In>,)+
        {
            type Input = In;
            type Output = ($($B::Output,)+);
            const COUNT: usize = $count;

            fn graphs(&self) -> Vec<Graph> {
                vec![$(self.$i.graph()),+]
            }

            async fn invoke(&self, input: Self::Input, cx: &Context) -> Result<Self::Output> {
                $(let $b = cx.at(key($key)).invoke(&self.$i, input.clone());)+
                let nested!($($b),+) = try_join!($($b),+).await?;
                Ok(($($b,)+))
            }

            fn stream(&self, input: Self::Input, cx: &Context) -> Vec<ChunkStream<Self::Output>> {
                vec![$({
                    let chunks = cx.at(key($key)).stream(&self.$i, input.clone());
                    // A chunk of one branch is a chunk of the tuple that is empty but for it.
                    ChunkStream::new(chunks.map_ok(|chunk| {
                        let mut news: <Self::Output as Chunked>::Chunk = Default::default();
                        news.$i = Some(chunk);
                        news
                    }))
                }),+]
            }

            fn transform(
                &self,
                input: ChunkStream<Self::Input>,
                cx: &Context,
            ) -> Vec<ChunkStream<Self::Output>> {
                let [$($b),+]: [_; $count] = tee(input);
                vec![$({
                    let chunks = cx.at(key($key)).transform(&self.$i, $b);
                    ChunkStream::new(chunks.map_ok(|chunk| {
                        let mut news: <Self::Output as Chunked>::Chunk = Default::default();
                        news.$i = Some(chunk);
                        news
                    }))
                }),+]
            }
        }
    };
}

branches!(2, A a 0 "0", B b 1 "1");
branches!(3, A a 0 "0", B b 1 "1", C c 2 "2");
branches!(4, A a 0 "0", B b 1 "1", C c 2 "2", D d 3 "3");
branches!(5, A a 0 "0", B b 1 "1", C c 2 "2", D d 3 "3", E e 4 "4");
branches!(6, A a 0 "0", B b 1 "1", C c 2 "2", D d 3 "3", E e 4 "4", F f 5 "5");
branches!(7, A a 0 "0", B b 1 "1", C c 2 "2", D d 3 "3", E e 4 "4", F f 5 "5", G g 6 "6");
branches!(
    8, A a 0 "0", B b 1 "1", C c 2 "2", D d 3 "3", E e 4 "4", F f 5 "5", G g 6 "6", H h 7 "7"
);
