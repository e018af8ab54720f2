//! [`BatchConfig`]: the step of a batch, and the configuration that all its inputs share.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::Arc,
};

use futures_core::Stream;
use futures_util::StreamExt;

use super::{
    batch_item::Item,
    invoke,
    running_batch::{RunningBatch, Unpulled, Work},
};
use crate::{
    Result, RunConfig, Runnable,
    concurrency::{
        round::Driver,
        window::{ItemQueue, Window},
    },
    config::opened::Opened,
    policy::bounds::Guard,
    poll::{caught_panic::panicked, segment::is_driving},
};

/// The step of a batch, and the configuration that all its inputs share.
pub(super) struct BatchConfig<R> {
    step: R,
    depth: u16,
    limit: usize,
    /// Whether the batch sets the outermost concurrency limit.
    sets_limit: bool,
    opened: Arc<Result<Opened>>,
}

impl<R: Runnable> BatchConfig<R> {
    /// Validates the configuration of a batch, and converts it to a context, only once, so that all
    /// inputs share its limit.
    ///
    /// If neither the batch, nor its step, nor the run around it has a limit, `default_limit` is
    /// the limit.
    pub(super) fn open(
        step: &R,
        config: RunConfig,
        each: Option<&[RunConfig]>,
        default_limit: Option<usize>,
    ) -> Result<(Self, Option<RunConfig>)> {
        // `Runnable::info` and `Runnable::structure` are user code, so this call can panic.
        let open = || {
            // A limit that is attached to the step applies to all inputs of the batch together.
            let limit = step.info().limit.for_call(|key| config.configurable_value(key));
            let config = config.for_items().limited_to(limit);
            let config = config.inside_as(each.and_then(|each| each.first()));
            let config = match config.concurrency()? {
                Some(_) => config,
                None => config.limited_to(default_limit),
            };
            let limit = config.concurrency()?.unwrap_or(usize::MAX);
            let (depth, sets_limit) = (config.depth(), config.sets_outermost_limit());
            let common = each.is_some().then(|| config.clone());
            let opened = Arc::new(Ok(config.open(step)?));
            Ok((Self { step: step.clone(), depth, limit, sets_limit, opened }, common))
        };
        panic::catch_unwind(AssertUnwindSafe(open))
            .unwrap_or_else(|panic| Err(panicked(&*panic, |error| error)))
    }

    /// Returns the configuration of an input that adds no settings.
    pub(super) fn shared(&self) -> Arc<Result<Opened>> {
        Arc::clone(&self.opened)
    }

    /// Returns a function that converts the configuration of one input. `common` is the
    /// configuration that [`open`](Self::open) returned.
    pub(super) fn open_each(
        &self,
        common: RunConfig,
    ) -> impl Fn(RunConfig) -> Arc<Result<Opened>> + use<R> {
        let (step, opened) = (self.step.clone(), self.shared());
        move |own| {
            Arc::new(match &*opened {
                Ok(opened) => own.open_item(&step, &common, opened),
                Err(error) => Err(error.clone()),
            })
        }
    }

    /// Measures how long the inputs of a list wait until they may start.
    pub(super) fn queue_of(&self, count: usize) -> ItemQueue {
        ItemQueue::of(count, self.limit)
    }

    /// Creates what watches the cancellation tokens of the batch. Each input watches them, too, but
    /// there may be no input that runs.
    pub(super) fn token_guard(&self) -> Option<Guard> {
        let bounds = self.opened.as_ref().as_ref().ok()?.bounds.as_deref()?;
        Guard::of_tokens(&bounds.tokens)
    }

    /// Runs the step for each input. The inputs are pulled when there is room for them.
    pub(super) fn run(
        self,
        inputs: impl Stream<Item = (R::Input, Arc<Result<Opened>>)> + Send + 'static,
        queue: ItemQueue,
        guard: Option<Guard>,
        unpulled: Unpulled,
    ) -> RunningBatch<R::Output> {
        let Self { step, depth, limit, sets_limit, opened } = self;
        let budget = Opened::budget(&opened, sets_limit);
        let inside = opened.as_ref().as_ref().ok().and_then(|opened| opened.cx.budget()).cloned();
        let items = inputs.enumerate().map({
            let step = step.clone();
            move |(index, (input, opened))| {
                let opened = Opened::at_index(opened, index, queue);
                Item { call: invoke::run(step.clone(), input, opened), index }
            }
        });
        let window = Window::new(items, limit, inside.as_ref());
        let driver = budget.as_ref().map(Driver::root);
        let apart = depth == 0 && is_driving();
        RunningBatch::new(Box::pin(Work { window, driver, step, depth, apart, unpulled }), guard)
    }
}
