//! [`Branch`]: a step that chooses another step by conditions on its input.

use std::fmt;

use futures_util::FutureExt;

use crate::{
    ChildPosition, ChunkStream, Chunked, DynRunnable, InputStream, Result, RunContext, Runnable,
    Runs, StepInfo, Structure,
    protocol::{graph_of::graph_of, links::Links},
};

/// Starts a [`Branch`] that runs `body` if `condition` returns `true`.
///
/// Add further cases with [`else_if`](BranchBuilder::else_if), and complete the branch with
/// [`otherwise`](BranchBuilder::otherwise). A condition receives the same input as its body. If the
/// body is a chat model, the condition therefore receives the prompt.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let size = branch(lambda(|n: u64| n > 100), lambda(|_: u64| "big".to_owned()))
///     .else_if(lambda(|n: u64| n > 10), lambda(|_: u64| "medium".to_owned()))
///     .otherwise(lambda(|_: u64| "small".to_owned()));
///
/// assert_eq!(size.invoke(50u64).await?, "medium");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnableBranch")]
pub fn branch<C, R>(condition: C, body: R) -> BranchBuilder<R::Input, R::Output>
where
    C: Condition<R>,
    R: Runnable,
{
    BranchBuilder { cases: Vec::new() }.else_if(condition, body)
}

/// A step that can be the condition of `R` in a [`branch`].
///
/// This trait is implemented for every step that has the same input as `R` and returns a `bool`. It
/// exists so that the compiler reports an unsuitable condition at the condition, and not at the
/// step `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the condition of this step",
    label = "expected a step that has the same input and returns a `bool`",
    note = "a condition receives the input of the step that follows it: before a chat model, write `lambda(|prompt: PromptValue| …)`",
    note = "to use a function as a condition, wrap it: `lambda(f)`, or `async_lambda(f)` if it is async"
)]
pub trait Condition<R: Runnable>: Runnable<Input = R::Input, Output = bool> {}

#[diagnostic::do_not_recommend]
impl<C, R> Condition<R> for C
where
    C: Runnable<Input = R::Input, Output = bool>,
    R: Runnable,
{
}

/// The cases of a [`Branch`] that has no default yet. Created by [`branch`].
#[doc(alias = "RunnableBranch")]
#[must_use = "a branch has no effect until you add a default with `otherwise`"]
pub struct BranchBuilder<I, O> {
    cases: Vec<Case<I, O>>,
}

struct Case<I, O> {
    condition: DynRunnable<I, bool>,
    body: DynRunnable<I, O>,
}

impl<I: Chunked, O: Chunked> BranchBuilder<I, O> {
    /// Adds a case. It runs `body` if `condition` returns `true` and no earlier condition does.
    pub fn else_if<C, R>(mut self, condition: C, body: R) -> Self
    where
        C: Runnable<Input = I, Output = bool>,
        R: Runnable<Input = I, Output = O>,
    {
        self.cases
            .push(Case { condition: DynRunnable::new(condition), body: DynRunnable::new(body) });
        self
    }

    /// Sets the step that runs if no condition returns `true`, and completes the branch.
    pub fn otherwise<R>(self, body: R) -> Branch<I, O>
    where
        R: Runnable<Input = I, Output = O>,
    {
        Branch { cases: self.cases, default: DynRunnable::new(body) }
    }
}

/// A step that runs the first of several steps whose condition returns `true`, or else a default
/// step.
///
/// Created by [`branch`] and [`BranchBuilder::otherwise`].
///
/// The conditions are evaluated in order, until the first that returns `true`. Each condition has a
/// run, with the tag `condition:1`, `condition:2` and so on. The run of the chosen step has the tag
/// `branch:1`, `branch:2` and so on, or `branch:default`. The chosen step streams its output.
#[doc(alias = "RunnableBranch")]
#[must_use = "a chain does nothing until it is run"]
pub struct Branch<I, O> {
    cases: Vec<Case<I, O>>,
    default: DynRunnable<I, O>,
}

impl<I: Chunked + Clone, O: Chunked> Branch<I, O> {
    /// Evaluates the conditions, and returns the step to run with its position.
    async fn choose(
        &self,
        input: &I,
        cx: &RunContext,
    ) -> Result<(&DynRunnable<I, O>, ChildPosition)> {
        for (number, case) in (1..).zip(&self.cases) {
            let place = ChildPosition::Tag(format!("condition:{number}").into());
            if cx.child(place).invoke_inline(&case.condition, input.clone()).await? {
                return Ok((&case.body, ChildPosition::Tag(format!("branch:{number}").into())));
            }
        }
        Ok((&self.default, ChildPosition::Tag("branch:default".into())))
    }
}

#[deny(clippy::missing_trait_methods)]
impl<I: Chunked + Clone + Sync, O: Chunked> Runnable for Branch<I, O> {
    type Input = I;
    type Output = O;

    async fn run(&self, input: I, cx: RunContext) -> Result<O> {
        let (body, place) = self.choose(&input, &cx).await?;
        cx.child(place).invoke_inline(body, input).await
    }

    fn run_stream(&self, input: I, cx: RunContext) -> ChunkStream<O> {
        let branch = self.clone();
        let chunks = async move {
            match branch.choose(&input, &cx).await {
                Ok((body, place)) => cx.child(place).stream(body, input),
                Err(error) => ChunkStream::error(error),
            }
        };
        ChunkStream::new(chunks.boxed().flatten_stream())
    }

    /// Waits for the complete input, because the conditions need it.
    fn run_transform(&self, input: InputStream<I>, cx: RunContext) -> ChunkStream<O> {
        let step = self.clone();
        input.concat_then(move |input| step.run_stream(input, cx))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RunnableBranch")
    }

    fn structure(&self) -> Structure {
        let (mut options, mut keys) = (Vec::new(), Vec::new());
        for (number, case) in (1..).zip(&self.cases) {
            let condition = graph_of(&case.condition);
            keys.extend(condition.configurable_keys().into_iter().map(str::to_owned));
            let label = format!("branch:{number} if {}", condition.name);
            options.push((label, graph_of(&case.body)));
        }
        options.push(("branch:default".to_owned(), graph_of(&self.default)));
        if keys.is_empty() {
            Structure::Choice(options)
        } else {
            // A graph does not show the conditions. Their configurable keys are included, because
            // the conditions determine which step runs.
            Structure::Configurable { keys, options }
        }
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl<I, O> Clone for Case<I, O> {
    fn clone(&self) -> Self {
        Self { condition: self.condition.clone(), body: self.body.clone() }
    }
}

impl<I, O> Clone for Branch<I, O> {
    fn clone(&self) -> Self {
        Self { cases: self.cases.clone(), default: self.default.clone() }
    }
}

impl<I, O> fmt::Debug for Case<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.condition).field(&self.body).finish()
    }
}

impl<I, O> fmt::Debug for BranchBuilder<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BranchBuilder").field("cases", &self.cases).finish()
    }
}

impl<I, O> fmt::Debug for Branch<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Branch")
            .field("cases", &self.cases)
            .field("default", &self.default)
            .finish()
    }
}
