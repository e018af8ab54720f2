//! Work for which several runs wait.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, StreamExt, future::join};
use runnable_core::{SharedWork, prelude::*};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

use crate::{meter::Meter, recorder::Recorder};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

type Chunks = Arc<Mutex<ChunkStream<String>>>;

/// Returns work that pauses, and calls a step for each of two chunks.
fn share(meter: &Meter, cx: &RunContext) -> (Chunks, SharedWork) {
    let meter = meter.clone();
    let step = async_lambda(move |number: u64, _: RunContext| {
        let meter = meter.clone();
        async move {
            meter.work(1).await;
            Ok(number.to_string())
        }
    });
    let step = step.with_name("step");
    let (chunks, work) = cx.share(move |cx| {
        ChunkStream::new(futures::stream::iter(0..2_u64).then(move |number| {
            let (step, cx) = (step.clone(), cx.clone());
            async move {
                cx.pause(sleep(SECOND)).await;
                step.invoke(number).config(&cx).await
            }
        }))
    });
    (Arc::new(Mutex::new(chunks)), work)
}

/// Polls the work until its end.
async fn text_of(chunks: Chunks) -> Result<String> {
    let mut text = String::new();
    while let Some(chunk) = chunks.lock().await.next().await {
        text.push_str(&chunk?);
    }
    Ok(text)
}

fn limited_to(limit: usize) -> RunConfig {
    RunConfig::new().max_concurrency(limit)
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_the_work_of_another_run_leaves_it_the_permit() {
    let meter = Meter::default();
    let both = async_lambda({
        let meter = meter.clone();
        move |_: u64, cx: RunContext| {
            let (chunks, work) = share(&meter, &cx);
            let other = {
                let chunks = Arc::clone(&chunks);
                async_lambda(move |_: u64, cx: RunContext| {
                    let (chunks, work) = (Arc::clone(&chunks), work.clone());
                    async move { work.wait(&cx, text_of(chunks)).await }
                })
            };
            let other = other.invoke(0_u64).config(&cx);
            async move {
                // Each chunk reaches one of the runs.
                let (first, second) = join(text_of(chunks), other).await;
                let mut numbers: Vec<char> = (first? + &second?).chars().collect();
                numbers.sort_unstable();
                Ok(numbers.into_iter().collect::<String>())
            }
        }
    });
    let text = timeout(DAY, both.invoke(0_u64).config(limited_to(1))).await;
    assert_eq!((&*text.expect("no deadlock").unwrap(), meter.peak()), ("01", 1));
}

#[tokio::test(start_paused = true)]
async fn work_that_no_run_polls_does_not_block_other_runs() {
    let meter = Meter::default();
    let function = async_lambda({
        let meter = meter.clone();
        move |n: u64, cx: RunContext| {
            let (chunks, _) = share(&meter, &cx);
            let other = meter.model(1, 1).invoke(n).config(&cx);
            async move {
                // The work continues while it is not polled, and returns its permit.
                let mut text = Box::pin(text_of(chunks));
                assert!(text.as_mut().now_or_never().is_none());
                sleep(SECOND).await;
                assert!(text.as_mut().now_or_never().is_none());
                other.await?;
                text.await
            }
        }
    });
    let text = timeout(DAY, function.invoke(0_u64).config(limited_to(1))).await;
    assert_eq!((&*text.expect("no deadlock").unwrap(), meter.peak()), ("01", 1));
}

#[tokio::test(start_paused = true)]
async fn a_run_of_another_call_does_not_wait_for_permits_of_the_work() {
    let meter = Meter::default();
    let function = async_lambda({
        let meter = meter.clone();
        move |_: u64, cx: RunContext| {
            let (chunks, work) = share(&meter, &cx);
            // This call does not have the context of the function, which holds the only permit.
            let apart = async_lambda(move |_: u64, cx: RunContext| {
                let (chunks, work) = (Arc::clone(&chunks), work.clone());
                async move { work.wait(&cx, text_of(chunks)).await }
            });
            async move { apart.invoke(0_u64).await }
        }
    });
    let text = timeout(DAY, function.invoke(0_u64).config(limited_to(1))).await;
    assert_eq!(text.expect("no deadlock").unwrap(), "01");
}

#[tokio::test(start_paused = true)]
async fn runs_inside_work_that_was_left_end_and_the_work_continues() {
    let (meter, recorder) = (Meter::default(), Recorder::default());
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let sender = Arc::new(Mutex::new(Some(sender)));
    let owner = async_lambda(move |_: u64, cx: RunContext| {
        let (chunks, work) = share(&meter, &cx);
        let sender = Arc::clone(&sender);
        async move {
            assert!(text_of(Arc::clone(&chunks)).now_or_never().is_none());
            sleep(SECOND).await;
            // The step of the work starts.
            assert!(text_of(Arc::clone(&chunks)).now_or_never().is_none());
            work.leave();
            let sender = sender.lock().await.take().unwrap();
            assert!(sender.send(chunks).is_ok());
            Ok(())
        }
    });
    let config = RunConfig::new().listener(recorder.clone());
    owner.with_name("owner").invoke(0_u64).config(config).await.unwrap();
    let seen = recorder.script();
    assert_eq!(seen, ["owner start", "step start", "step cancelled", "owner end"]);

    let text = text_of(receiver.await.unwrap()).await;
    assert_eq!(text.unwrap(), "01");
    assert_eq!(recorder.script(), seen);
}
