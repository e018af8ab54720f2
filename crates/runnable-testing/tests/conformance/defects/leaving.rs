//! Calls that end before they are done.

use futures::FutureExt;
use runnable_chat::prelude::*;
use tokio::{task::yield_now, time::sleep};

use crate::parts::{
    Echo, SECOND, about, assert_each_run_ends_once, at_once, recorded, shout, unavailable,
};

/// Whatever still runs gets all the time that it could want.
async fn an_hour_passes() {
    sleep(3600 * SECOND).await;
}

/// Defect 9: where a branch of a parallel failed, or the results of a batch were left, what ran
/// beside ran on, unseen.
#[tokio::test(start_paused = true)]
async fn nothing_runs_on_that_nobody_waits_for() {
    let fail = || try_lambda(|_: PromptValue| Err::<AiMessage, _>(unavailable()));
    for streamed in [false, true] {
        let model = Echo::new().slow(SECOND);
        let chain = parallel((model.to_model(), fail()));
        match streamed {
            true => drop(chain.stream("a b c").concat().await.unwrap_err()),
            false => drop(chain.invoke("a b c").await.unwrap_err()),
        }
        an_hour_passes().await;
        assert_eq!((model.asked("a b c"), model.said()), (1, 0));
    }

    let model = Echo::new().slow(SECOND);
    let mut results = model.to_model().batch_as_completed(["a", "b c d", "e f g"]);
    assert_eq!(results.next().await.unwrap().0, 0);
    let said = model.said();
    drop(results);
    an_hour_passes().await;
    assert_eq!(model.said(), said);
}

/// Defect 10: a stream that was closed early read all that was still to come; or it went on until
/// somebody collected it, and then told of an error.
#[tokio::test(start_paused = true)]
async fn a_stream_that_is_dropped_reads_no_further_and_is_cancelled_at_once() {
    let model = Echo::new().slow(SECOND);
    let chain = prompt("{text}").pipe(model.to_model()).pipe(text()).pipe(shout());
    let (config, recorder) = recorded();
    let mut chunks = chain.stream(about("a b c d e")).config(config);
    assert_eq!(chunks.next().await.unwrap().unwrap(), "A ");
    drop(chunks);

    let script = recorder.lines();
    assert_eq!(
        script[script.len() - 4..],
        [
            "on_chat_model_cancelled Echo",
            "on_parser_cancelled StrOutputParser",
            "on_chain_cancelled RunnableGenerator",
            "on_chain_cancelled RunnableSequence",
        ]
    );
    assert_each_run_ends_once(&recorder.events());
    an_hour_passes().await;
    assert_eq!(model.said(), 1);
}

/// Defect 11: a batch that was to give its errors gave its own cancellation as such, and went on.
#[tokio::test(start_paused = true)]
async fn a_batch_whose_task_is_aborted_has_no_results_and_is_not_tried_again() {
    let model = Echo::new().slow(SECOND);
    let chain = prompt("{text}").pipe(model.to_model().with_retry(at_once().when(|_| true)));
    let (config, recorder) = recorded();
    let batch = chain.batch(["a b", "c d"].map(about)).config(config);
    let task = tokio::spawn(batch);
    while model.asked("c d") == 0 {
        yield_now().await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let cancelled = |line: &&String| line.contains("_cancelled ");
    assert_eq!(
        recorder.lines().iter().filter(cancelled).count(),
        6,
        "three open runs of two items"
    );
    assert_each_run_ends_once(&recorder.events());

    // Nor is a call that is stopped by its token.
    let token = CancellationToken::new();
    let config = RunConfig::new().cancellation_token(token.clone());
    let mut call = chain.invoke(about("e f")).config(config);
    assert!((&mut call).now_or_never().is_none());
    token.cancel();
    assert_eq!(call.await.unwrap_err().kind(), ErrorKind::Cancelled);
    an_hour_passes().await;
    assert_eq!((model.asked("c d"), model.asked("e f"), model.said()), (1, 1, 0));
}
