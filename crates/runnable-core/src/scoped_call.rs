//! An invoked run that nobody watches.

use std::{
    pin::Pin,
    task::{self, Poll, ready},
};

use futures_util::FutureExt;
use pin_project_lite::pin_project;

use crate::{Context, Error, Result, budget::Held, caught::Unwinding, turn::Turn};

pin_project! {
    /// Starts a step when it is its turn, and drives its future.
    ///
    /// By hand, since most calls are such: an async block would hold the input twice, and adapters
    /// name the type of the step's future twice, so that of a step in a step in a step it would be
    /// named eight times.
    pub(crate) struct ScopedCall<S, F, L> {
        // Dropped before what it has of the budget: what runs inside the run ends before it.
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
        Waiting { turn: Turn, start: S },
        Running { #[pin] future: F },
        Ended,
    }
}

impl<S, F, L, T> ScopedCall<S, F, L>
where
    S: FnOnce(Context) -> F,
    F: Future<Output = Result<T>>,
    L: Fn(Error) -> Error,
{
    /// `start` calls the step, and `leave` says of its error where that was.
    #[inline]
    pub(crate) fn new(cx: Context, is_run: bool, start: S, leave: L) -> Self {
        // Started at once if nothing stands against it, which is what costs least.
        let state = if is_run && cx.budget().is_some() {
            State::Waiting { turn: Turn::Whole(cx), start }
        } else {
            State::Running { future: start(cx) }
        };
        Self { state, held: None, leave }
    }
}

impl<S, F, L, T> Future for ScopedCall<S, F, L>
where
    S: FnOnce(Context) -> F,
    F: Future<Output = Result<T>>,
    L: Fn(Error) -> Error,
{
    type Output = Result<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let StateProjection::Waiting { turn, .. } = this.state.as_mut().project() {
            let (cx, held) = ready!(turn.poll_unpin(task));
            *this.held = held;
            if let OwnedState::Waiting { start, .. } =
                this.state.as_mut().project_replace(State::Ended)
            {
                this.state.set(State::Running { future: start(cx) });
            }
        }
        let StateProjection::Running { future } = this.state.as_mut().project() else {
            panic!("a call polled after it was ready");
        };
        let unwinding = Unwinding::from(&*this.leave);
        let poll = future.poll(task);
        unwinding.over();
        let result = ready!(poll);
        if let Some(held) = this.held.take() {
            this.state.set(State::Ended);
            drop(held);
        }
        Poll::Ready(result.map_err(&*this.leave))
    }
}
