//! [`Invoke`]: a call that returns a complete output.

use std::{
    borrow::Borrow,
    fmt, mem,
    pin::Pin,
    task::{self, Poll},
};

use futures_util::future::{self, BoxFuture, FutureExt};

use crate::{
    Error, Result, RunConfig, Runnable, Scope,
    concurrency::round::Rounds,
    config::opened::Opened,
    policy::bounds::{Bounds, Passed},
    poll::segment::{OtherTree, is_driving},
};

/// The call of a step. It is a future that returns the complete output.
///
/// Created by [`RunnableExt::invoke`](crate::RunnableExt::invoke). Dropping the future cancels the
/// call.
///
/// # Panics
///
/// The future panics if it is polled again after it has completed.
#[must_use = "a call does nothing until it is awaited"]
pub struct Invoke<R: Runnable> {
    state: State<R>,
}

enum State<R: Runnable> {
    // The configuration is boxed, because it is large and most calls have none.
    Ready(R, R::Input, Option<Box<RunConfig>>),
    Running(BoxFuture<'static, Result<R::Output>>),
    Done,
}

impl<R: Runnable> Invoke<R> {
    pub(crate) fn new(step: R, input: R::Input) -> Self {
        Self { state: State::Ready(step, input, None) }
    }

    /// Adds a configuration to the call. Earlier settings are kept: see
    /// [merging](RunConfig#merging).
    ///
    /// Call this before the future is polled. A later configuration stops the call, which then
    /// fails with an error of kind [`InvalidInput`](crate::ErrorKind::InvalidInput).
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = lambda(|text: String| text.to_uppercase());
    /// let config = RunConfig::new().run_name("shout").tag("demo");
    /// assert_eq!(shout.invoke("hello").config(config).await?, "HELLO");
    /// # Ok(())
    /// # }
    /// ```
    pub fn config(mut self, config: impl Into<RunConfig>) -> Self {
        match &mut self.state {
            State::Ready(_, _, current) => RunConfig::add_to(current, config),
            State::Running(_) | State::Done => {
                self.state = State::Running(future::ready(Err(RunConfig::too_late())).boxed());
            }
        }
        self
    }
}

/// Validates the configuration of a call, and converts it to the context of the call.
///
/// This is a separate function that is not inlined, because a configuration is large and would
/// otherwise take up stack space while the call is polled.
#[inline(never)]
fn open<R: Runnable>(
    step: R,
    input: R::Input,
    config: Option<Box<RunConfig>>,
) -> BoxFuture<'static, Result<R::Output>> {
    let (opened, budget) = Opened::call(config, &step);
    let apart = is_driving() && opened.as_ref().is_ok_and(Opened::is_root);
    let call = match budget {
        Some(budget) => Rounds::new(Some(&budget), run(step, input, opened)).boxed(),
        None => run(step, input, opened).boxed(),
    };
    if apart { OtherTree::new(call).boxed() } else { call }
}

/// Runs a call until it returns its output or its error. Several calls can share `opened`.
pub(super) async fn run<R: Runnable>(
    step: R,
    input: R::Input,
    opened: impl Borrow<Result<Opened>> + Send,
) -> Result<R::Output> {
    // Borrow `opened`, because a value that is moved into an async block takes up space twice in
    // the future.
    let Opened { cx, opening, bounds } = match opened.borrow() {
        Ok(opened) => opened,
        Err(error) => return Err(error.clone()),
    };
    // Create the scope in the expression that uses it. A scope in a variable would be part of the
    // future.
    let result = match cx.outer_budget() {
        Some(budget) => {
            let scope = Scope::root(cx, opening.clone());
            scope.invoke_node(budget, step.clone(), input, bounds.clone()).await
        }
        None if bounds.is_none() => {
            Scope::root(cx, opening.clone()).invoke_inline(&step, input).await
        }
        None => {
            let (cx, clock) = cx.clone().timed(bounds.as_deref());
            let call = Scope::root(&cx, opening.clone()).invoke_inline(&step, input);
            Bounds::future(bounds.as_deref(), clock, call, Passed::by_call).await
        }
    };
    if cx.depth() > 0 {
        return result;
    }
    result.map_err(Error::leave_tree)
}

impl<R: Runnable> Future for Invoke<R> {
    type Output = Result<R::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.state = match mem::replace(&mut this.state, State::Done) {
            State::Ready(step, input, config) => State::Running(open(step, input, config)),
            state => state,
        };
        let State::Running(future) = &mut this.state else {
            panic!("`Invoke` polled after completion");
        };
        let poll = future.as_mut().poll(cx);
        if poll.is_ready() {
            this.state = State::Done;
        }
        poll
    }
}

impl<R: Runnable> Unpin for Invoke<R> {}

impl<R: Runnable> fmt::Debug for Invoke<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Ready(..) => "ready",
            State::Running(_) => "running",
            State::Done => "done",
        };
        f.debug_struct("Invoke").field("state", &state).finish_non_exhaustive()
    }
}
