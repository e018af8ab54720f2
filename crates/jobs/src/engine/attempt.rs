//! [`Attempt`]: the chain of a job, which counts its attempts.

use std::sync::Arc;

use runnable_core::{
    ChunkStream, Error, ErrorKind, InputStream, Links, Result, RunContext, Runnable, Runs,
    StepInfo, Structure,
};

use crate::checkpoint::CurrentItem;

/// The chain of a job inside its retry. It tells the item when an attempt begins and fails.
///
/// It passes its own context on to the chain, so it has the runs of the chain.
#[derive(Clone)]
pub(super) struct Attempt<R> {
    chain: R,
}

impl<R> Attempt<R> {
    pub(super) fn new(chain: R) -> Self {
        Self { chain }
    }
}

fn item(cx: &RunContext) -> Option<&Arc<CurrentItem>> {
    cx.find_resource()
}

/// Returns the error of an item that does not start its next attempt, because the job stops. This
/// kind of error is never retried.
pub(super) fn stopped(item: &CurrentItem) -> Error {
    item.stop();
    Error::new(ErrorKind::Cancelled, "the job has stopped")
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for Attempt<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
        let Some(item) = item(&cx).cloned() else {
            return self.chain.run(input, cx).await;
        };
        // A retry without a wait begins its next attempt at once.
        if item.is_waiting() && item.control.is_stopping() {
            return Err(stopped(&item));
        }
        item.begin_attempt();
        let result = self.chain.run(input, cx).await;
        item.end_attempt();
        result
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        self.chain.run_stream(input, cx)
    }

    fn run_transform(
        &self,
        input: InputStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        self.chain.run_transform(input, cx)
    }

    fn info(&self) -> StepInfo {
        self.chain.info()
    }

    fn structure(&self) -> Structure {
        self.chain.structure()
    }

    fn runs(&self) -> Runs {
        self.chain.runs()
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
