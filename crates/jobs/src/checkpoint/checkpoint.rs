//! [`Checkpoint`]: a step whose output the journal of a job keeps.

use std::{borrow::Cow, sync::Arc};

use futures_util::{FutureExt, stream};
use runnable_core::{
    ChildPosition, Chunk, ChunkStream, Chunked, Error, ErrorKind, InputStream, Links, Result,
    RunContext, Runnable, Runs, StepInfo, Structure,
};
use serde::{Serialize, de::DeserializeOwned};

use super::current_item::CurrentItem;
use crate::records::Digest;

/// A step whose output the journal of a job keeps.
///
/// Created by [`CheckpointExt::checkpoint`](super::CheckpointExt::checkpoint). Its run has the name
/// of the checkpoint, and contains the run of the step unless the output was stored. Its report
/// `checkpoint` contains whether the output was stored.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Checkpoint<R> {
    step: R,
    name: Cow<'static, str>,
}

/// What a checkpoint reports about its run.
#[derive(Serialize)]
struct Report {
    stored: bool,
}

/// A call of a checkpoint inside a job.
struct Call {
    item: Arc<CurrentItem>,
    entry: String,
}

impl Call {
    /// Stores the output, and waits until it is durable.
    async fn store(self, json: Vec<u8>) -> Result<()> {
        self.item.checkpoints.store(self.entry, json).await
    }
}

impl<R: Runnable<Output: DeserializeOwned>> Checkpoint<R> {
    pub(super) fn new(step: R, name: Cow<'static, str>) -> Self {
        Self { step, name }
    }

    /// Returns the call inside a job, and its stored output. Returns `None` outside a job.
    fn call(&self, input: &R::Input, cx: &RunContext) -> Result<Option<(Call, Option<R::Output>)>> {
        let Some(item) = cx.find_resource::<Arc<CurrentItem>>() else {
            return Ok(None);
        };
        let digest = Digest::of_value(input).map_err(|error| self.not_json("input", error))?;
        let (entry, stored) = item.checkpoints.next(&self.name, digest);
        // An output that another version of the program stored can have another form. The step then
        // runs again.
        let stored = stored.and_then(|json| serde_json::from_slice(&json).ok());
        cx.emit_report("checkpoint", &Report { stored: stored.is_some() });
        Ok(Some((Call { item: Arc::clone(item), entry }, stored)))
    }

    fn json(&self, output: &R::Output) -> Result<Vec<u8>> {
        serde_json::to_vec(output).map_err(|error| self.not_json("output", error))
    }

    fn not_json(&self, part: &str, error: serde_json::Error) -> Error {
        let message = format!(
            "failed to convert the {part} of the checkpoint `{}` to JSON: {error}",
            self.name
        );
        Error::new(ErrorKind::InvalidInput, message).with_source(error)
    }

    /// Returns the chunks of the step. Before the last item, it stores the complete output.
    fn recorded(self, chunks: ChunkStream<R::Output>, call: Call) -> ChunkStream<R::Output> {
        let state = Some((self, chunks, call, None::<<R::Output as Chunked>::Chunk>));
        ChunkStream::new(stream::unfold(state, |state| {
            async move {
                let (this, mut chunks, call, mut merged) = state?;
                match chunks.next().await {
                    Some(Ok(chunk)) => {
                        match &mut merged {
                            Some(merged) => merged.merge_ref(&chunk),
                            None => merged = Some(chunk.clone()),
                        }
                        Some((Ok(chunk), Some((this, chunks, call, merged))))
                    }
                    Some(Err(error)) => Some((Err(error), None)),
                    None => {
                        let output = R::Output::from_merged(merged);
                        let stored = match output.and_then(|output| this.json(&output)) {
                            Ok(json) => call.store(json).await,
                            Err(error) => Err(error),
                        };
                        stored.err().map(|error| (Err(error), None))
                    }
                }
            }
            .boxed()
        }))
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable<Output: DeserializeOwned>> Runnable for Checkpoint<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
        let call = match self.call(&input, &cx)? {
            Some((_, Some(output))) => return Ok(output),
            Some((call, None)) => Some(call),
            None => None,
        };
        let output = cx.child(ChildPosition::Untagged).invoke(&self.step, input).boxed().await?;
        if let Some(call) = call {
            call.store(self.json(&output)?).await?;
        }
        Ok(output)
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        let call = match self.call(&input, &cx) {
            Ok(Some((_, Some(output)))) => return ChunkStream::once(output),
            Ok(Some((call, None))) => Some(call),
            Ok(None) => None,
            Err(error) => return ChunkStream::error(error),
        };
        let chunks = cx.child(ChildPosition::Untagged).stream(&self.step, input);
        match call {
            Some(call) => self.clone().recorded(chunks, call),
            None => chunks,
        }
    }

    /// Waits for the complete input inside a job, because the output is found by it.
    fn run_transform(
        &self,
        input: InputStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        if cx.find_resource::<Arc<CurrentItem>>().is_none() {
            return cx.child(ChildPosition::Untagged).transform(&self.step, input.into_chunks());
        }
        let step = self.clone();
        input.concat_then(move |input| step.run_stream(input, cx))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name.clone())
    }

    fn structure(&self) -> Structure {
        Structure::Step
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
