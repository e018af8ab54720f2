//! Defects of calls that are cancelled or dropped.

use futures::FutureExt;
use runnable_chat::prelude::*;
use tokio::{task::yield_now, time::sleep};

use crate::parts::{
    Echo, SECOND, assert_each_run_ends_once, prompt_values, recorded, shout, unavailable,
    without_backoff,
};

/// Lets an hour pass, so that a step that was not cancelled would continue.
async fn an_hour_passes() {
    sleep(3600 * SECOND).await;
}

/// Defect 9: if a branch of a parallel step fails, the other branches keep running. If the results
/// of a batch are dropped, the other items keep running.
#[tokio::test(start_paused = true)]
async fn abandoned_branches_and_items_are_cancelled() {
    let fail = || try_lambda(|_: PromptValue| Err::<AiMessage, _>(unavailable()));
    for streamed in [false, true] {
        let model = Echo::new().slow(SECOND);
        let chain = parallel((model.to_model(), fail()));
        if streamed {
            drop(chain.stream("a b c").concat().await.unwrap_err())
        } else {
            drop(chain.invoke("a b c").await.unwrap_err())
        }
        an_hour_passes().await;
        assert_eq!((model.calls("a b c"), model.words_sent()), (1, 0));
    }

    let model = Echo::new().slow(SECOND);
    let mut results = model.to_model().batch_as_completed(["a", "b c d", "e f g"]);
    assert_eq!(results.next().await.unwrap().0, 0);
    let words_sent = model.words_sent();
    drop(results);
    an_hour_passes().await;
    assert_eq!(model.words_sent(), words_sent);
}

/// Defect 10: a stream that is closed early reads its remaining chunks; or it continues until it is
/// garbage collected, and then reports an error.
#[tokio::test(start_paused = true)]
async fn a_dropped_stream_is_cancelled_at_once() {
    let model = Echo::new().slow(SECOND);
    let chain = prompt("{text}").pipe(model.to_model()).pipe(text()).pipe(shout());
    let (config, recorder) = recorded();
    let mut chunks = chain.stream(prompt_values("a b c d e")).config(config);
    assert_eq!(chunks.next().await.unwrap().unwrap(), "A ");
    drop(chunks);

    let lines = recorder.lines();
    assert_eq!(
        lines[lines.len() - 4..],
        [
            "on_chat_model_cancelled Echo",
            "on_parser_cancelled StrOutputParser",
            "on_chain_cancelled RunnableGenerator",
            "on_chain_cancelled RunnableSequence",
        ]
    );
    assert_each_run_ends_once(&recorder.events());
    an_hour_passes().await;
    assert_eq!(model.words_sent(), 1);
}

/// Defect 11: a batch that returns its errors returns its own cancellation as an error, and
/// continues.
#[tokio::test(start_paused = true)]
async fn an_aborted_batch_is_cancelled_and_not_retried() {
    let model = Echo::new().slow(SECOND);
    let chain =
        prompt("{text}").pipe(model.to_model().with_retry(without_backoff().when(|_| true)));
    let (config, recorder) = recorded();
    let batch = chain.batch(["a b", "c d"].map(prompt_values)).config(config);
    let task = tokio::spawn(batch);
    while model.calls("c d") == 0 {
        yield_now().await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let cancelled = |line: &&String| line.contains("_cancelled ");
    assert_eq!(
        recorder.lines().iter().filter(cancelled).count(),
        6,
        "three running runs of two items"
    );
    assert_each_run_ends_once(&recorder.events());

    // A call that its token cancels is not retried either.
    let token = CancellationToken::new();
    let config = RunConfig::new().cancellation_token(token.clone());
    let mut call = chain.invoke(prompt_values("e f")).config(config);
    assert!((&mut call).now_or_never().is_none());
    token.cancel();
    assert_eq!(call.await.unwrap_err().kind(), ErrorKind::Cancelled);
    an_hour_passes().await;
    assert_eq!((model.calls("c d"), model.calls("e f"), model.words_sent()), (1, 1, 0));
}
