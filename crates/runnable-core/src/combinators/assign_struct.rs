//! Fields of a struct, made anew.

use std::fmt;

use futures_util::{TryStreamExt, future};

use super::{Branches, Parallel, branches::Keys, tee::tee_kept, turns::Turns};
use crate::{
    ChildPosition, ChunkStream, Chunked, Result, RunContext, Runnable, RunnableExt, StepInfo,
    Structure, fields::Fields, links::Links,
};

/// Makes a step from a struct of one's own to the same struct with up to eight of its fields made
/// anew: each by a step that takes the whole struct, all of them side by side. The struct is `Clone`,
/// and derives [`Chunked`](derive@crate::Chunked).
///
/// ```
/// use runnable_core::prelude::*;
/// use serde::Serialize;
///
/// #[derive(Clone, Debug, Default, PartialEq, Serialize, Chunked)]
/// struct State {
///     question: String,
///     context: Vec<String>,
///     answer: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let search = lambda(|state: State| vec![format!("about {}", state.question)]);
/// let answer = lambda(|state: State| state.context.join(", ").to_uppercase());
/// let chain = assign!(State { context: search }).pipe(assign!(State { answer: answer }));
///
/// let state = chain.invoke(State { question: "the sea".into(), ..State::default() }).await?;
/// assert_eq!(state.answer, "ABOUT THE SEA");
/// assert_eq!(state.question, "the sea");
/// # Ok(())
/// # }
/// ```
///
/// Streamed, it passes on at once what comes of the other fields, and adds these as they come.
#[macro_export]
macro_rules! assign {
    ($Struct:path { $($field:ident : $step:expr),+ $(,)? }) => {
        $crate::combinators::AssignStruct::<_, $Struct>::new(
            ($($step,)+),
            const { &[$($crate::__private::unraw(stringify!($field))),+] },
            |news, ($($field,)+)| {
                $(news.$field = $field;)+
            },
        )
    };
}

type News<T> = <T as Chunked>::Chunk;

/// A step that makes fields of a struct anew. Made by [`assign!`](crate::assign!).
///
/// Its run holds one of a `RunnableParallel`, whose branches are tagged `map:key:` and the name of
/// the field. An error of one branch cancels the others. Streamed, input that has come goes out before
/// any field that is made anew, and does not wait for a step that is busy.
#[must_use = "a chain does nothing until it is run"]
pub struct AssignStruct<B: Branches, S: Chunked> {
    added: Parallel<B>,
    /// Sets the fields that are made anew.
    set: fn(&mut News<S>, News<B::Output>),
}

impl<B, S> AssignStruct<B, S>
where
    B: Branches<Input = S>,
    S: Chunked<Chunk: Fields> + Clone,
    News<B::Output>: Default,
{
    #[doc(hidden)]
    pub fn new(branches: B, fields: Keys, set: fn(&mut News<S>, News<B::Output>)) -> Self {
        Self { added: Parallel::named(branches, fields), set }
    }

    /// News of the fields that are made anew, and of no other.
    fn news(set: fn(&mut News<S>, News<B::Output>), added: News<B::Output>) -> News<S> {
        let mut news = News::<S>::default();
        set(&mut news, added);
        news
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B, S> Runnable for AssignStruct<B, S>
where
    B: Branches<Input = S>,
    S: Chunked<Chunk: Fields> + Clone,
    News<B::Output>: Default,
{
    type Input = S;
    type Output = S;

    async fn run(&self, whole: S, cx: RunContext) -> Result<S> {
        let added =
            cx.child(ChildPosition::Untagged).invoke_inline(&self.added, whole.clone()).await?;
        let mut chunk = whole.into_chunk();
        (self.set)(&mut chunk, added.into_chunk());
        S::from_chunk(chunk)
    }

    fn run_stream(&self, whole: S, cx: RunContext) -> ChunkStream<S> {
        self.run_transform(ChunkStream::once(whole), cx)
    }

    fn run_transform(&self, whole: ChunkStream<S>, cx: RunContext) -> ChunkStream<S> {
        let turns = Turns::default();
        let [kept, taken] = tee_kept(whole, &turns);
        let set = self.set;
        let kept = kept.try_filter_map(move |mut chunk| {
            set(&mut chunk, Default::default());
            future::ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
        });
        let added = cx.child(ChildPosition::Untagged).transform(&self.added, taken);
        let added = added.mapped::<S>(move |added| Self::news(set, added));
        turns.select_kept_first(kept, added)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnableAssign<{}>", self.added.keys()))
    }

    fn structure(&self) -> Structure {
        Structure::Parallel(vec![("added".to_owned(), self.added.graph())])
    }

    fn steps(&self) -> usize {
        1
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl<B: Branches, S: Chunked> Clone for AssignStruct<B, S> {
    fn clone(&self) -> Self {
        Self { added: self.added.clone(), set: self.set }
    }
}

impl<B: Branches, S: Chunked> fmt::Debug for AssignStruct<B, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AssignStruct").field(&self.added.keys()).finish()
    }
}
