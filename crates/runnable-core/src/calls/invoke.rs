//! A call for the whole output.

use std::{
    borrow::Borrow,
    fmt, mem,
    pin::Pin,
    task::{self, Poll},
};

use futures_util::future::{self, BoxFuture, FutureExt};

use super::{Bounds, Passed};
use crate::{
    Error, Result, RunConfig, Runnable, Scope,
    opened::Opened,
    round::Rounds,
    segment::{OtherTree, is_driving},
};

/// The call of a step on a whole input: a future of its whole output. Made by
/// [`RunnableExt::invoke`](crate::RunnableExt::invoke).
///
/// Dropping it cancels the call.
#[must_use = "a call does nothing until it is awaited"]
pub struct Invoke<R: Runnable> {
    state: State<R>,
}

enum State<R: Runnable> {
    // Boxed if there is one: most calls have none, and a configuration is large.
    Ready(R, R::Input, Option<Box<RunConfig>>),
    Running(BoxFuture<'static, Result<R::Output>>),
    Done,
}

impl<R: Runnable> Invoke<R> {
    pub(crate) fn new(step: R, input: R::Input) -> Self {
        Self { state: State::Ready(step, input, None) }
    }

    /// Configures the call. What it was given before stays: see [merging](RunConfig#merging).
    ///
    /// A call that has been polled takes no configuration any more. It then stops, and fails with an
    /// error of kind [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn config(mut self, config: impl Into<RunConfig>) -> Self {
        match &mut self.state {
            State::Ready(_, _, current) => RunConfig::add_to(current, config),
            State::Running(_) => {
                self.state = State::Running(future::ready(Err(RunConfig::too_late())).boxed());
            }
            State::Done => (),
        }
        self
    }
}

/// Opens a call. Apart, since a configuration is large, and would lie on the stack while the call is
/// polled.
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

/// Runs a call to its end. Calls may share what was opened for them.
pub(super) async fn run<R: Runnable>(
    step: R,
    input: R::Input,
    opened: impl Borrow<Result<Opened>> + Send,
) -> Result<R::Output> {
    // Borrowed: a future holds what is moved in it twice.
    let Opened { cx, opening, bounds } = match opened.borrow() {
        Ok(opened) => opened,
        Err(error) => return Err(error.clone()),
    };
    // A scope that is looked at first would be held, too.
    let result = match cx.outer_budget() {
        Some(budget) => {
            let scope = Scope::root(cx, opening.clone());
            scope.invoke_node(budget, step.clone(), input, bounds.clone()).await
        }
        None if bounds.is_none() => {
            Scope::root(cx, opening.clone()).invoke_inline(&step, input).await
        }
        None => {
            let call = Scope::root(cx, opening.clone()).invoke_inline(&step, input);
            Bounds::future(bounds.as_deref(), call, Passed::by_call).await
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
            panic!("`Invoke` polled after it was ready");
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
