//! [`Calls`]: the calls of the chain that are under way.

use std::{
    collections::HashMap,
    sync::Arc,
    task::{self, Poll},
};

use futures_util::{StreamExt, stream};
use runnable_core::{
    Error, ErrorKind, Result, Runnable, RunnableExt, calls::BatchStreamAsCompleted,
};
use tokio::sync::mpsc;

use super::{
    item_end::Called,
    item_step::{ItemInput, ItemStep},
    starting::Starting,
};
use crate::state::Settings;

/// The calls of the chain that are under way. They are one batch, so that they share one limit of
/// concurrency and the limits of the steps.
pub(super) struct Calls<R: Runnable<Input: Clone>> {
    inputs: mpsc::UnboundedSender<ItemInput<R::Input>>,
    /// `None` after the calls were cancelled.
    batch: Option<BatchStreamAsCompleted<ItemStep<R>>>,
    /// The items, by the number of their input in the batch.
    open: HashMap<usize, Called>,
    /// The number of inputs that the batch has received.
    received: usize,
}

impl<R: Runnable<Input: Clone>> Calls<R> {
    /// # Errors
    ///
    /// Returns an error if the configuration is invalid for the chain.
    pub(super) fn new(chain: R, settings: &Settings) -> Result<Self> {
        let step = ItemStep::new(chain, settings.retry.clone());
        let limit = settings.max_concurrency;
        let batch = |inputs| {
            let batch = step.batch_stream(inputs).config(settings.config.clone());
            batch.max_concurrency(limit).as_completed()
        };
        // An invalid configuration is an error of the job, and not of each item.
        let task = &mut task::Context::from_waker(task::Waker::noop());
        let mut trial = batch(stream::pending().boxed());
        if let Poll::Ready(Some((_, Err(error)))) = trial.poll_next_unpin(task) {
            return Err(error);
        }
        let (inputs, mut received) = mpsc::unbounded_channel();
        let batch = batch(stream::poll_fn(move |cx| received.poll_recv(cx)).boxed());
        Ok(Self { inputs, batch: Some(batch), open: HashMap::new(), received: 0 })
    }

    pub(super) fn start(&mut self, Starting { item, input, before, .. }: Starting<R::Input>) {
        let called = Called { item: Arc::clone(&item), before };
        // The batch keeps the receiver as long as `self` exists.
        _ = self.inputs.send(ItemInput { input, item });
        self.open.insert(self.received, called);
        self.received += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Returns the next call that has ended. If no call is open, it is pending.
    ///
    /// # Errors
    ///
    /// The outer error is an error of the batch, which runs no further items.
    pub(super) fn poll(
        &mut self,
        cx: &mut task::Context<'_>,
    ) -> Poll<Result<(Called, Result<R::Output>)>> {
        let Some(batch) = &mut self.batch else {
            return Poll::Pending;
        };
        let ended = task::ready!(batch.poll_next_unpin(cx));
        Poll::Ready(match ended {
            Some((number, result)) => match (self.open.remove(&number), result) {
                (Some(called), result) => Ok((called, result)),
                (None, Err(error)) => Err(error),
                (None, Ok(_)) => Err(early()),
            },
            None => Err(early()),
        })
    }

    /// Cancels all calls, and returns their items.
    pub(super) fn cancel(&mut self) -> Vec<Called> {
        self.batch = None;
        self.open.drain().map(|(_, called)| called).collect()
    }
}

fn early() -> Error {
    Error::new(ErrorKind::Other, "the calls of the job have ended early")
}
