//! [`assign!`](crate::assign!): a step that replaces fields of a struct.

use std::fmt;

use futures_util::{TryStreamExt, future};

use super::{Branches, Parallel, branches::Keys, tee::tee_kept, turns::Turns};
use crate::{
    ChildPosition, ChunkStream, Chunked, InputStream, Result, RunContext, Runnable, Runs, StepInfo,
    Structure,
    protocol::{graph_of::graph_of, links::Links},
    value::fields::Fields,
};

/// Creates a step that replaces up to eight fields of a struct.
///
/// Each field is computed by its own step, which receives the complete struct. The steps run in
/// parallel. The struct must be `Clone` and derive [`Chunked`](derive@crate::Chunked). In a stream,
/// the other fields are passed on as they arrive, and the chunks of the computed fields are added
/// as they become ready.
///
/// # Examples
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
#[doc(alias = "RunnableAssign")]
#[macro_export]
macro_rules! assign {
    ($Struct:path { $($field:ident : $step:expr),+ $(,)? }) => {
        $crate::combinators::AssignStruct::<_, $Struct>::new(
            ($($step,)+),
            const { &[$($crate::__private::unraw(stringify!($field))),+] },
            |chunk, ($($field,)+)| {
                $(chunk.$field = $field;)+
            },
        )
    };
}

type ChunkOf<T> = <T as Chunked>::Chunk;

/// A step that replaces fields of a struct. Created by [`assign!`](crate::assign!).
///
/// Its run contains a run of a `RunnableParallel`, whose branches have the tag `map:key:` followed
/// by the name of the field. In a stream, an input chunk that is available is yielded before any
/// computed field, and does not wait for a step that is busy.
///
/// # Errors
///
/// Returns the first error of any step, and cancels the other steps.
#[doc(alias = "RunnableAssign")]
#[must_use = "a chain does nothing until it is run"]
pub struct AssignStruct<B: Branches, S: Chunked> {
    added: Parallel<B>,
    /// A function that sets the computed fields of a chunk of the struct.
    set: fn(&mut ChunkOf<S>, ChunkOf<B::Output>),
}

impl<B, S> AssignStruct<B, S>
where
    B: Branches<Input = S>,
    S: Chunked<Chunk: Fields> + Clone,
    ChunkOf<B::Output>: Default,
{
    #[doc(hidden)]
    pub fn new(branches: B, fields: Keys, set: fn(&mut ChunkOf<S>, ChunkOf<B::Output>)) -> Self {
        Self { added: Parallel::named(branches, fields), set }
    }

    /// Returns a chunk of the struct that contains only the computed fields, which are in `added`.
    fn chunk_of_added(
        set: fn(&mut ChunkOf<S>, ChunkOf<B::Output>),
        added: ChunkOf<B::Output>,
    ) -> ChunkOf<S> {
        let mut chunk = ChunkOf::<S>::default();
        set(&mut chunk, added);
        chunk
    }
}

#[deny(clippy::missing_trait_methods)]
impl<B, S> Runnable for AssignStruct<B, S>
where
    B: Branches<Input = S>,
    S: Chunked<Chunk: Fields> + Clone,
    ChunkOf<B::Output>: Default,
{
    type Input = S;
    type Output = S;

    async fn run(&self, value: S, cx: RunContext) -> Result<S> {
        let added =
            cx.child(ChildPosition::Untagged).invoke_inline(&self.added, value.clone()).await?;
        let mut chunk = value.into_chunk();
        (self.set)(&mut chunk, added.into_chunk());
        S::from_chunk(chunk)
    }

    fn run_stream(&self, value: S, cx: RunContext) -> ChunkStream<S> {
        self.run_transform(InputStream::once(value), cx)
    }

    fn run_transform(&self, values: InputStream<S>, cx: RunContext) -> ChunkStream<S> {
        let turns = Turns::default();
        let [kept, taken] = tee_kept(values.into_chunks(), &turns);
        let set = self.set;
        let kept = kept.try_filter_map(move |mut chunk| {
            set(&mut chunk, Default::default());
            future::ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
        });
        let added = cx.child(ChildPosition::Untagged).transform(&self.added, taken);
        let added = added.mapped::<S>(move |added| Self::chunk_of_added(set, added));
        turns.select_kept_first(kept, added)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnableAssign<{}>", self.added.keys()))
    }

    fn structure(&self) -> Structure {
        Structure::Parallel(vec![("added".to_owned(), graph_of(&self.added))])
    }

    fn runs(&self) -> Runs {
        Runs::Own
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
