//! Calls that a token or a time limit ends.

use std::{sync::Arc, time::Duration};

use futures::FutureExt;
use runnable_core::{TimeoutPhase, prelude::*};
use tokio::time::{Instant, sleep};

use crate::{
    recorder::{EventData, Recorder},
    words::{Words, shout},
};

const HOUR: Duration = Duration::from_secs(3600);

/// A step that never completes, and holds a value while it runs.
fn stuck(held: &Arc<()>) -> impl Runnable<Input = String, Output = String> {
    let held = Arc::clone(held);
    async_lambda(move |text: String, _| {
        let held = Arc::clone(&held);
        async move {
            sleep(HOUR).await;
            drop(held);
            Ok(text)
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_token_cancels_all_runs_of_a_call_invoked_or_streamed() {
    for streamed in [false, true] {
        let (token, held, recorder) = (CancellationToken::new(), Arc::new(()), Recorder::default());
        let chain = parallel((shout(), Words.pipe(stuck(&held))));
        let resting = Arc::strong_count(&held);
        let config = RunConfig::new()
            .cancellation_token(token.clone())
            .listener(recorder.clone())
            .run_name("chain");
        let call = async {
            if streamed {
                chain.stream("a").config(config).concat().await
            } else {
                chain.invoke("a").config(config).await
            }
        };
        let cancel = async {
            sleep(Duration::from_secs(1)).await;
            token.cancel();
        };
        let (result, ()) = futures::join!(call, cancel);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(Arc::strong_count(&held), resting, "no part of the call keeps running");
        assert!(matches!(recorder.of("chain").last(), Some(EventData::Cancelled(_))));
    }
}

#[tokio::test]
async fn a_call_cancelled_before_its_start_does_not_start() {
    let token = CancellationToken::new();
    token.cancel();
    let never = lambda(|_: String| -> String { panic!("the step started") });
    let config = RunConfig::new().cancellation_token(token);
    let error = never.invoke("a").config(config.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    for result in never.batch(["a", "b"]).config(config).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_batch_keeps_completed_results() {
    let token = CancellationToken::new();
    let slow = async_lambda(|seconds: u64, _| async move {
        sleep(Duration::from_secs(seconds)).await;
        Ok(seconds)
    });
    let config = RunConfig::new().cancellation_token(token.clone()).max_concurrency(2);
    let batch = slow.batch([1u64, 100, 100]).config(config);
    let cancel = async {
        sleep(Duration::from_secs(2)).await;
        token.cancel();
    };
    let (results, ()) = futures::join!(batch, cancel);
    let kinds: Vec<_> = results.iter().map(|result| result.as_ref().map_err(Error::kind)).collect();
    assert_eq!(kinds, [Ok(&1), Err(ErrorKind::Cancelled), Err(ErrorKind::Cancelled)]);
}

#[tokio::test(start_paused = true)]
async fn a_call_can_have_a_time_limit() {
    let held = Arc::new(());
    let chain = Words.pipe(stuck(&held));
    let config = RunConfig::new().timeout(Duration::from_secs(5));
    let start = Instant::now();
    let invoked = chain.invoke("a").config(config.clone()).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    let streamed = chain.stream("a").config(config).concat().await.unwrap_err();
    for error in [invoked, streamed] {
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Call));
        assert_eq!(error.message(), "the call did not complete within 5s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_of_a_step_applies_to_every_call() {
    let held = Arc::new(());
    let limited = stuck(&held).with_config(RunConfig::new().timeout(Duration::from_secs(5)));
    let chain = shout().pipe(limited);
    assert_eq!(chain.invoke("a").await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(chain.stream("a").concat().await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[test]
fn a_token_that_is_not_cancelled_changes_nothing() {
    let config = RunConfig::new().cancellation_token(CancellationToken::new());
    let output = shout().invoke("a").config(config).now_or_never().unwrap();
    assert_eq!(output.unwrap(), "A");
}
