//! The method that a step calls on its input decides when its run starts.

use std::{pin::pin, time::Duration};

use futures::{FutureExt, StreamExt, stream};
use runnable_core::prelude::*;
use serde_json::json;
use tokio::time::{Instant, advance, sleep};

use crate::{
    meter::Meter,
    recorder::{EventData, Recorder},
};

const SECOND: Duration = Duration::from_secs(1);

/// The way in which a step takes its input.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Takes {
    Chunks,
    Complete,
    /// Waits before it requests the complete input.
    CompleteLater,
    CompleteThen,
    Nothing,
}

#[derive(Clone)]
struct Echo(Takes);

impl Runnable for Echo {
    type Input = String;
    type Output = String;

    async fn run(&self, text: String, _: RunContext) -> Result<String> {
        Ok(text)
    }

    fn run_transform(&self, text: InputStream<String>, _: RunContext) -> ChunkStream<String> {
        let takes = self.0;
        match takes {
            Takes::Chunks => text.into_chunks(),
            Takes::CompleteThen => text.concat_then(ChunkStream::once),
            Takes::Complete | Takes::CompleteLater => ChunkStream::new(stream::once(async move {
                if takes == Takes::CompleteLater {
                    sleep(SECOND).await;
                }
                text.concat().await
            })),
            Takes::Nothing => ChunkStream::once("none".to_owned()),
        }
    }
}

fn chunks() -> impl futures::Stream<Item = Result<String>> + Send + 'static {
    stream::iter(["a", "b"]).then(|text| async move {
        sleep(SECOND).await;
        Ok(text.to_owned())
    })
}

#[tokio::test(start_paused = true)]
async fn a_run_starts_when_its_step_has_the_input_that_it_needs() {
    let complete = json!("ab");
    let starts = [
        (Takes::Chunks, 1, None),
        (Takes::Complete, 2, Some(complete.clone())),
        (Takes::CompleteLater, 3, Some(complete.clone())),
        (Takes::CompleteThen, 2, Some(complete)),
        (Takes::Nothing, 0, None),
    ];
    for (takes, seconds, input) in starts {
        let recorder = Recorder::default();
        let config = RunConfig::new().listener(recorder.clone());
        let call = Echo(takes).transform(chunks()).config(config).concat();
        let (call_start, mut call) = (Instant::now(), pin!(call));
        let mut started = None;
        let mut output = None;
        while output.is_none() {
            output = call.as_mut().now_or_never();
            started =
                started.or((!recorder.events().is_empty()).then(|| call_start.elapsed().as_secs()));
            advance(SECOND).await;
        }
        assert!(output.unwrap().is_ok(), "{takes:?}");
        assert_eq!(started, Some(seconds), "{takes:?}");
        let [EventData::Start(first), .., EventData::End { input: last, .. }] =
            &recorder.of("Echo")[..]
        else {
            panic!("{takes:?}: {:?}", recorder.script());
        };
        assert_eq!(*first, input, "{takes:?}");
        let late_input = (takes == Takes::Chunks).then(|| json!("ab"));
        assert_eq!(*last, late_input, "{takes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_without_its_complete_input_emits_no_events() {
    for takes in [Takes::Complete, Takes::CompleteLater, Takes::CompleteThen] {
        let recorder = Recorder::default();
        let config = RunConfig::new().listener(recorder.clone());
        let mut call = Echo(takes).transform(chunks()).config(config.clone());
        assert!(call.next().now_or_never().is_none());
        drop(call);
        let truncated = stream::iter([Ok("a".to_owned()), Err(Error::other("truncated"))]);
        let failed = Echo(takes).transform(truncated).config(config).concat().await;
        assert_eq!(failed.unwrap_err().partial(), Some("a".to_owned()), "{takes:?}");
        assert_eq!(recorder.script(), [""; 0], "{takes:?}");
    }
}

/// A step that works when its input is complete.
#[derive(Clone)]
struct Work(Meter);

impl Runnable for Work {
    type Input = String;
    type Output = String;

    async fn run(&self, text: String, _: RunContext) -> Result<String> {
        self.0.work(5).await;
        Ok(text)
    }

    fn run_transform(&self, text: InputStream<String>, cx: RunContext) -> ChunkStream<String> {
        let step = self.clone();
        ChunkStream::new(stream::once(async move { step.run(text.concat().await?, cx).await }))
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_with_its_complete_input_waits_for_a_permit() {
    let meter = Meter::default();
    let both = parallel((Work(meter.clone()), Work(meter.clone())));
    let call = both.transform(chunks()).config(RunConfig::new().max_concurrency(1));
    assert_eq!(call.concat().await.unwrap(), ("ab".to_owned(), "ab".to_owned()));
    assert_eq!(meter.peak(), 1);
}
