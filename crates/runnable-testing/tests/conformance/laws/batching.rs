//! Laws of batches.

use std::time::Duration;

use futures::StreamExt;
use proptest::prelude::*;
use runnable_chat::prelude::*;
use runnable_events::EventData;
use tokio::{
    runtime::Builder,
    time::{Instant, sleep},
};

use crate::parts::{Echo, SECOND, outcomes, prompt_values, recorded, unavailable, without_backoff};

proptest! {
    #![proptest_config(ProptestConfig {
        // Run fewer cases than `PROPTEST_CASES`, because each case runs a complete chain.
        cases: ProptestConfig::default().cases.div_ceil(4),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Two ports return the results in the order of their completion.
    #[test]
    fn results_are_in_the_order_of_the_inputs_at_any_limit(
        delays in prop::collection::vec(0..50u64, 1..20),
        limit in 1..25usize,
    ) {
        let slow = async_lambda(|millis: u64, _| async move {
            sleep(Duration::from_millis(millis)).await;
            Ok(millis.to_string())
        });
        let chain = slow.pipe(lambda(PromptValue::from)).pipe(Echo::new().to_model()).pipe(text());
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let results = runtime.block_on(async {
            chain.batch(delays.clone()).max_concurrency(limit).await
        });
        let results: Vec<_> = results.into_iter().map(Result::unwrap).collect();
        prop_assert_eq!(results, delays.iter().map(u64::to_string).collect::<Vec<_>>());
    }

    /// LangChain returned results of retried items for other items.
    #[test]
    fn each_item_gets_its_own_result_after_any_retries(
        failures in prop::collection::vec(0..5usize, 1..12),
        limit in 1..5usize,
    ) {
        // The question contains the number of failures.
        let model = Echo::failing(|text, times| {
            let failures: usize = text.split('/').next().unwrap().parse().unwrap();
            (times <= failures).then(unavailable)
        });
        let chain = prompt("{text}").pipe(model.to_model().with_retry(without_backoff())).pipe(text());
        let texts: Vec<_> =
            failures.iter().enumerate().map(|(item, failures)| format!("{failures}/{item}")).collect();
        let batch = chain.batch(texts.clone().into_iter().map(prompt_values)).max_concurrency(limit);
        let results = outcomes(futures::executor::block_on(batch));
        for ((text, failures), result) in texts.iter().zip(failures).zip(results) {
            let expected = if failures < 3 { Ok(text.clone()) } else { Err(ErrorKind::Unavailable) };
            prop_assert_eq!(result, expected);
            prop_assert_eq!(model.calls(text), (failures + 1).min(3));
        }
    }
}

/// In four ports, a batch with one error returns only that error.
#[tokio::test]
async fn one_failed_item_does_not_affect_the_other_99() {
    let model = Echo::failing(|text, _| (text == "number 42").then(unavailable));
    let chain = prompt("{text}").pipe(model.to_model()).pipe(text());
    let texts: Vec<_> = (0..100).map(|n| format!("number {n}")).collect();
    let results = chain.batch(texts.iter().map(prompt_values)).max_concurrency(7).await;
    assert_eq!(results.len(), 100);
    for (text, result) in texts.iter().zip(results) {
        match &**text {
            "number 42" => assert_eq!(result.unwrap_err().kind(), ErrorKind::Unavailable),
            text => assert_eq!(result.unwrap(), text),
        }
    }
}

/// One port runs each step on all items before it runs the next step.
#[tokio::test]
async fn the_first_item_ends_before_the_last_starts() {
    let chain = prompt("{text}").pipe(Echo::new().to_model()).pipe(text());
    let (config, recorder) = recorded();
    let texts = (0..100).map(|n| prompt_values(n.to_string()));
    chain.batch(texts).config(config.max_concurrency(10)).await;
    let events = recorder.events();
    let roots = || events.iter().filter(|event| event.run.parent_id().is_none());
    let first_end = roots().position(|event| event.is_terminal()).unwrap();
    let starts = roots().enumerate();
    let starts = starts.filter(|(_, event)| matches!(event.data, EventData::Start { .. }));
    let last_start = starts.last().unwrap().0;
    assert!(first_end < last_start, "{first_end} < {last_start}");
}

/// Of four ports, one has no limit and three run one item at a time.
#[tokio::test(start_paused = true)]
async fn a_limit_is_respected_and_fully_used() {
    for limit in [1, 2, 5, 20] {
        for as_completed in [false, true] {
            let model = Echo::new().slow(SECOND);
            let chain = prompt("{text}").pipe(model.to_model()).pipe(text());
            let texts = (0..10).map(|n| prompt_values(n.to_string()));
            let start = Instant::now();
            if as_completed {
                let results = chain.batch_as_completed(texts).max_concurrency(limit);
                assert_eq!(results.count().await, 10);
            } else {
                assert_eq!(chain.batch(texts).max_concurrency(limit).await.len(), 10)
            }
            assert_eq!(model.peak(), limit.min(10));
            assert_eq!(start.elapsed(), 10usize.div_ceil(limit) as u32 * SECOND);
        }
    }
}
