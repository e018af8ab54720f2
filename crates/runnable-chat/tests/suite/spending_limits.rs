//! Spending limits: the calls that are stopped, the calls that count, and the returned errors.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use runnable_chat::{
    metering::{SpendingLimitReached, UsageTotals},
    prelude::*,
    pricing::{Cost, UnknownCost},
};

use super::metered_model::{Metered, acme_prices};

fn limit() -> SpendingLimit {
    SpendingLimit::new().with_prices(acme_prices())
}

/// Returns a step that asks the model `count` times in a row.
fn asking(model: &Metered, command: &'static str, count: usize) -> DynRunnable<String, String> {
    let again = move || lambda(move |_: String| PromptValue::from(command));
    let ask = || again().pipe(model.to_model()).pipe(text()).into_dyn();
    (1..count).fold(ask(), |chain, _| chain.pipe(ask()).into_dyn())
}

fn reached(error: &Error) -> &SpendingLimitReached {
    assert_eq!(error.kind(), ErrorKind::SpendingLimit, "{error:?}");
    error.downcast_ref().expect("the source is the reason")
}

#[tokio::test]
async fn a_token_limit_stops_before_the_next_request() {
    let model = Metered::new("anvil");
    let limit = limit().max_tokens(24);
    let limited = asking(&model, "use 10 2", 5).with_spending_limit(limit.clone());
    let error = limited.invoke("").await.expect_err("five calls use 60 tokens");
    assert!(
        matches!(reached(&error), SpendingLimitReached::Tokens { limit: 24, used: 24, .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().starts_with("token limit of 24 reached: the models have used 24 tokens")
    );
    assert_eq!(model.requests(), 2, "no request is sent after the limit is reached");
    assert_eq!(limit.spent().total().calls, 2);
}

#[tokio::test]
async fn a_cost_limit_stops_a_stream() {
    let model = Metered::new("anvil");
    let limit = limit().max_cost(Cost::from_dollars(20));
    let limited = asking(&model, "use 10 2", 5).with_spending_limit(limit.clone());
    let error = limited.stream("").concat().await.expect_err("five calls cost $70");
    match reached(&error) {
        SpendingLimitReached::Cost { limit, spent, .. } => {
            assert_eq!(*limit, Cost::from_dollars(20));
            assert_eq!(spent.total(), Some(Cost::from_dollars(28)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(model.requests(), 2);
    assert_eq!(limit.reached().as_ref(), Some(reached(&error)));
}

#[tokio::test]
async fn an_output_that_is_complete_at_the_limit_is_returned() -> Result<()> {
    let model = Metered::new("anvil");
    let chain = prompt("use 10 2").pipe(model.to_model()).pipe(text());
    let limited = chain.with_spending_limit(limit().max_tokens(12));
    assert_eq!(limited.invoke(dict! {}).await?, "one two");
    for _ in 0..2 {
        let error = limited.stream(dict! {}).concat().await.expect_err("the limit is reached");
        reached(&error);
        reached(&limited.invoke(dict! {}).await.expect_err("the limit is reached"));
    }
    assert_eq!(model.requests(), 1);

    let limited = prompt("use 10 2").pipe(model.to_model()).pipe(text());
    let limited = limited.with_spending_limit(limit().max_tokens(12));
    assert_eq!(limited.stream(dict! {}).concat().await?, "one two");
    Ok(())
}

#[tokio::test]
async fn the_inputs_of_a_batch_share_a_limit() {
    let model = Metered::new("anvil");
    let limit = limit().max_tokens(36);
    let limited = asking(&model, "use 10 2", 1).with_spending_limit(limit.clone());
    let results = limited.batch([""; 10]).max_concurrency(1).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        reached(error);
    }
    assert_eq!(model.requests(), 3);
    assert_eq!(limit.spent().total().usage, Usage::new(30, 6));
}

#[tokio::test(start_paused = true)]
async fn calls_that_still_run_are_dropped_at_the_limit() {
    let (meter, model) = (UsageMeter::new().with_prices(acme_prices()), Metered::new("anvil"));
    let hang =
        lambda(|_: String| PromptValue::from("hang 3 1")).pipe(model.to_model()).pipe(text());
    let late = async_lambda(|command: String, _| async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(PromptValue::from(command))
    });
    let late = late.pipe(model.to_model()).pipe(text());
    let limited = parallel((hang, late)).with_spending_limit(limit().max_tokens(5));

    let config = RunConfig::new().listener(meter.clone());
    let error =
        limited.invoke("use 4 1").config(config.clone()).await.expect_err("one branch hangs");
    reached(&error);
    let mut chunks = limited.stream("use 4 1").config(config.clone());
    let error = chunks.next().await.expect("an item").expect_err("the limit is reached already");
    reached(&error);
    assert_eq!(
        meter.take().to_string(),
        "2 calls (1 cancelled), 4 → 1 tokens, $6.0000 and 1 call of unknown cost"
    );

    let shared = limit().max_tokens(5);
    let waiting = model.to_model().with_spending_limit(shared.clone());
    let other = model.to_model().with_spending_limit(shared.clone());
    let mut waits = waiting.stream("hang 1 1").config(config);
    waits.next().await.expect("a chunk").expect("a chunk");
    let (stopped, _) = futures::join!(waits.next(), other.invoke("use 4 1"));
    reached(&stopped.expect("an item").expect_err("the other call reached the limit"));
    assert!(waits.next().await.is_none(), "the error is the last item");
    assert_eq!(meter.totals().to_string(), "1 call (1 cancelled), 1 → 1 tokens, $3.0000");
    assert_eq!(shared.spent().to_string(), "2 calls (1 cancelled), 5 → 2 tokens, $9.0000");
}

#[tokio::test]
async fn a_limit_per_call_starts_each_call_with_zero() {
    let model = Metered::new("anvil");
    let limit = limit().max_tokens(24).per_call();
    let limited = asking(&model, "use 10 2", 3).with_spending_limit(limit.clone());
    for _ in 0..3 {
        reached(&limited.invoke("").await.expect_err("three calls use 36 tokens"));
    }
    assert_eq!(model.requests(), 6);
    assert_eq!(limit.spent(), UsageTotals::default());
    let limited = asking(&model, "use 10 2", 1).with_spending_limit(limit);
    assert!(limited.batch(["", "", ""]).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn an_unknown_price_stops_a_cost_limit() {
    let model = Metered::new("unpriced");
    let limit = limit().max_cost(Cost::from_dollars(1));
    let strict = asking(&model, "use 10 2", 2).with_spending_limit(limit.clone());
    let error = strict.invoke("").await.expect_err("the cost is unknown");
    match reached(&error) {
        SpendingLimitReached::UnknownCost { model, reason, .. } => {
            assert_eq!(model.to_string(), "acme:unpriced");
            assert_eq!(*reason, UnknownCost::UnknownModel);
        }
        other => panic!("{other:?}"),
    }
    assert!(error.to_string().starts_with("cannot limit the cost of `acme:unpriced`: "), "{error}");
    assert_eq!(model.requests(), 1);

    let lenient = asking(&model, "use 10 2", 2).with_spending_limit(limit.allow_unknown_costs());
    lenient.invoke("").await.expect("unknown costs are allowed");
    let only_tokens =
        asking(&model, "use 10 2", 2).with_spending_limit(SpendingLimit::new().max_tokens(99));
    only_tokens.invoke("").await.expect("the cost is not limited");
}

#[tokio::test]
async fn failed_attempts_count_and_are_not_retried_after_the_limit() {
    let model = Metered::new("anvil");
    let retried = model.to_model().with_retry(RetryPolicy::new().max_attempts(9).without_backoff());
    let limited = retried.with_spending_limit(limit().max_tokens(30));
    reached(&limited.invoke("fail 10 2").await.expect_err("each attempt uses 12 tokens"));
    assert_eq!(model.requests(), 3);

    let outside = model.to_model().with_spending_limit(limit().max_tokens(0));
    let outside = outside.with_retry(RetryPolicy::new().max_attempts(9).without_backoff());
    let error = outside.invoke("use 1 1").await.expect_err("a limit of zero allows nothing");
    assert_eq!((error.attempts(), model.requests()), (1, 3));
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_rejected_attempt_does_not_make_the_cost_unknown() {
    let model = Metered::new("anvil");
    let limited = model.to_model().with_spending_limit(limit().max_cost(Cost::from_dollars(9)));
    let error = limited.invoke("reject").await.expect_err("the model rejects the call");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    limited.invoke("use 1 1").await.expect("the limit is not reached");
}

#[tokio::test]
async fn nested_limits_count_each_call_once() -> Result<()> {
    let (model, limit) = (Metered::new("anvil"), limit().max_tokens(100));
    let inner = model.to_model().with_spending_limit(limit.clone());
    let outer = inner.pipe(text()).with_spending_limit(limit.clone());
    outer.invoke("use 10 2").await?;
    assert_eq!(limit.spent().total().usage, Usage::new(10, 2));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_run_in_a_task_that_outlives_the_call_is_not_blocked() {
    let model = Metered::new("anvil");
    let (inner, spawned) = (model.to_model(), model.to_model());
    let (sender, receiver) = futures::channel::oneshot::channel();
    let sender = Arc::new(Mutex::new(Some(sender)));
    let spawns = async_lambda(move |_: String, cx: RunContext| {
        let (inner, spawned) = (inner.clone(), spawned.clone());
        let sender = sender.lock().ok().and_then(|mut sender| sender.take());
        async move {
            let config = RunConfig::from(&cx);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(9)).await;
                let answer = spawned.invoke("use 1 1").config(config).await;
                sender.map(|sender| sender.send(answer.is_ok()))
            });
            inner.invoke("use 9 9").config(&cx).await?;
            inner.invoke("use 9 9").config(&cx).await.map(AiMessage::into_text)
        }
    });
    let limited = spawns.with_spending_limit(limit().max_tokens(10));
    reached(&limited.invoke("").await.expect_err("the limit is reached"));
    assert_eq!(receiver.await.ok(), Some(true), "the task continues after the call");
}
