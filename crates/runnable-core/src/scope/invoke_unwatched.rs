//! An invoked run that nobody watches.

use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use pin_project_lite::pin_project;

use crate::{Error, Result, RunContext, concurrency::lease::Held, poll::caught_panic::Unwinding};

pin_project! {
    /// Starts a step when it may begin, and drives its future.
    ///
    /// By hand, since most calls are such: an async block would hold the input twice, and adapters
    /// name the type of the step's future twice, so that of a step in a step in a step it would be
    /// named eight times.
    pub(crate) struct UnwatchedInvoke<S, F, L> {
        // Dropped before what the run has of the budget: what runs inside the run ends before it.
        #[pin]
        state: State<S, F>,
        held: Option<Held>,
        leave: L,
    }
}

pin_project! {
    #[project = StateProjection]
    #[project_replace = OwnedState]
    enum State<S, F> {
        Waiting { cx: RunContext, start: S },
        Running { #[pin] future: F },
        Ended,
    }
}

impl<S, F, L, T> UnwatchedInvoke<S, F, L>
where
    S: FnOnce(RunContext) -> F,
    F: Future<Output = Result<T>>,
    L: Fn(Error) -> Error,
{
    /// `start` calls the step, and `leave` says of its error where that was. `is_run` says whether it has
    /// a part of its own in the budget, if there is one.
    #[inline]
    pub(crate) fn new(cx: RunContext, is_run: bool, start: S, leave: L) -> Self {
        // Started at once if nothing stands against it, which is what costs least.
        let state = if is_run && cx.budget().is_some() {
            State::Waiting { cx, start }
        } else {
            State::Running { future: start(cx) }
        };
        Self { state, held: None, leave }
    }
}

impl<S, F, L, T> Future for UnwatchedInvoke<S, F, L>
where
    S: FnOnce(RunContext) -> F,
    F: Future<Output = Result<T>>,
    L: Fn(Error) -> Error,
{
    type Output = Result<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let unwinding = Unwinding::from(&*this.leave);
        let poll = match this.state.as_mut().project() {
            StateProjection::Running { future } if this.held.is_none() => future.poll(task),
            _ => this.state.poll_limited(this.held, task),
        };
        unwinding.over();
        poll.map(|result| result.map_err(&*this.leave))
    }
}

impl<S, F, T> State<S, F>
where
    S: FnOnce(RunContext) -> F,
    F: Future<Output = Result<T>>,
{
    /// Polls the step of a call that has a limit, if it may go on.
    #[inline(never)]
    fn poll_limited(
        mut self: Pin<&mut Self>,
        held: &mut Option<Held>,
        task: &mut task::Context<'_>,
    ) -> Poll<Result<T>> {
        let is_first = held.is_none();
        if let (true, StateProjection::Waiting { cx, .. }) = (is_first, self.as_mut().project())
            && let Some(budget) = cx.budget()
        {
            let (opened, goes_on) = Held::open_and_ask(budget, cx.lease(), task);
            cx.enter_lease(Arc::clone(&opened.lease));
            *held = Some(opened);
            if !goes_on {
                return Poll::Pending;
            }
        }
        let Some(Held { lease }) = held else {
            panic!("a call polled after it was ready");
        };
        let step = |task: &mut task::Context<'_>| self.as_mut().poll_step(task);
        // The first poll has asked already.
        let result = ready!(match is_first {
            true => lease.poll_on(task, step),
            false => lease.poll(task, step),
        });
        self.set(Self::Ended);
        *held = None;
        Poll::Ready(result)
    }

    /// Polls the future of the step, which is made with the first poll.
    #[inline]
    fn poll_step(mut self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<Result<T>> {
        if let StateProjection::Waiting { .. } = self.as_mut().project()
            && let OwnedState::Waiting { cx, start } = self.as_mut().project_replace(Self::Ended)
        {
            self.set(Self::Running { future: start(cx) });
        }
        match self.project() {
            StateProjection::Running { future } => future.poll(task),
            _ => panic!("a call polled after it was ready"),
        }
    }
}
