//! Invoked runs that are not observed: neither a listener nor a `tracing` subscriber is attached.

use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use pin_project_lite::pin_project;

use crate::{Error, Result, RunContext, concurrency::lease::Held, poll::caught_panic::Unwinding};

pin_project! {
    /// A future that polls the future of a step, after the call has acquired a permit if it has a
    /// limit.
    ///
    /// This future is written by hand, because most calls use it. An async block would store the
    /// input twice. A chain of adapters would name the type of the step's future twice. With three
    /// nested steps, the type would then be named eight times.
    pub(crate) struct UnwatchedInvoke<S, F, L> {
        // This field is declared before `held`, so that the runs inside this run are dropped before
        // its lease.
        #[pin]
        state: State<S, F>,
        // The lease of the run, from its first poll to its end. `None` if the call has no
        // concurrency limit.
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
    /// Creates the future of a call.
    ///
    /// `start` calls the step, and `leave` adds the step to the path of an error. `is_run` is set
    /// if the call is a run, which opens its own lease if there is a budget.
    #[inline]
    pub(crate) fn new(cx: RunContext, is_run: bool, start: S, leave: L) -> Self {
        // Without a limit, call the step immediately, because this costs least.
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
    /// Polls the step of a call that has a limit, if the step has a permit.
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
        // The first poll has requested the permit above.
        let result =
            ready!(if is_first { lease.poll_on(task, step) } else { lease.poll(task, None, step) });
        self.set(Self::Ended);
        *held = None;
        Poll::Ready(result)
    }

    /// Polls the future of the step, which is created on the first poll.
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
