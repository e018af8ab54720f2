//! Functions that return a stream, and functions that capture the steps they call.

use async_stream::try_stream;
use futures::{FutureExt, StreamExt, stream};
use runnable_core::prelude::*;

use crate::{
    recorder::Recorder,
    words::{Words, shout},
};

/// Streams a step, and invokes another step for each chunk.
fn explained() -> impl Runnable<Input = String, Output = String> {
    stream_lambda(capture((Words, shout()), |(words, shout), text: String, cx| {
        try_stream! {
            let mut chunks = words.stream(text).config(&cx);
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk?;
                yield chunk.clone();
                yield shout.invoke(chunk).config(&cx).await?;
            }
        }
    }))
}

#[tokio::test]
async fn a_stream_lambda_streams_and_calls_other_steps() {
    assert_eq!(explained().invoke("a b").await.unwrap(), "a A bB");
    let chunks: Vec<_> = explained().stream("a b").map(Result::unwrap).collect().await;
    assert_eq!(chunks, ["a ", "A ", "b", "B"]);
}

#[test]
fn a_stream_lambda_yields_before_it_has_ended() {
    let step = stream_lambda(|text: String, _| {
        try_stream! {
            yield text;
            std::future::pending::<()>().await;
        }
    });
    let mut call = step.stream("a");
    assert_eq!(call.next().now_or_never().unwrap().unwrap().unwrap(), "a");
    assert!(call.next().now_or_never().is_none());
}

#[tokio::test]
async fn an_error_ends_a_stream_lambda() {
    let step = stream_lambda(|text: String, _| {
        try_stream! {
            yield text.clone();
            text.parse::<u64>().map_err(Error::other)?;
            yield "not reached".to_owned();
        }
    });
    let error = step.invoke("a").await.unwrap_err();
    assert_eq!(error.message(), "invalid digit found in string");
    let items: Vec<_> = step.stream("a").collect().await;
    assert_eq!(items.len(), 2);
    assert!(items[0].is_ok() && items[1].is_err());
}

#[tokio::test]
async fn calls_of_a_stream_lambda_are_children_of_its_run() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    Words.pipe(explained()).stream("a").config(config).concat().await.unwrap();
    let names: Vec<_> = recorder.starts().iter().map(|run| run.name.to_string()).collect();
    assert_eq!(
        names,
        ["RunnableSequence", "Words", "RunnableLambda", "Words", "RunnableGenerator"]
    );
}

#[tokio::test]
async fn a_generator_can_be_written_as_async_code() {
    let step = generator(capture(shout(), |shout, mut text: ChunkStream<String>, cx| {
        try_stream! {
            while let Some(chunk) = text.next().await {
                yield shout.invoke(chunk?).config(&cx).await?;
            }
        }
    }));
    let input = stream::iter(["a", "b"].map(|text| Ok(text.to_owned()))).chain(stream::pending());
    let mut call = step.transform(input);
    assert_eq!(call.next().now_or_never().unwrap().unwrap().unwrap(), "A");
    assert_eq!(call.next().now_or_never().unwrap().unwrap().unwrap(), "B");
    assert_eq!(step.invoke("ab").await.unwrap(), "AB");
}

#[tokio::test]
async fn a_captured_step_needs_no_clone() {
    let length = lambda(|text: String| text.len());
    let captured =
        async_lambda(capture((shout(), length), |(shout, length), text: String, cx| async move {
            let loud = shout.invoke(&text).config(&cx).await?;
            Ok((loud, length.invoke(text).config(&cx).await?))
        }));
    assert_eq!(captured.invoke("four").await.unwrap(), ("FOUR".to_owned(), 4));
    assert_eq!(captured.clone().invoke("a").await.unwrap(), ("A".to_owned(), 1));
}
