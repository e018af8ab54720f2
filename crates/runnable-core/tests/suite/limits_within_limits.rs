//! Limits of a batch, of its inputs and of its step: all of them apply.

use std::time::Duration;

use futures::{StreamExt, stream};
use runnable_core::{combinators::RetryPolicy, prelude::*};
use tokio::time::Instant;

use crate::{meter::Meter, recorder::Recorder};

fn limit(limit: usize) -> RunConfig {
    RunConfig::new().max_concurrency(limit)
}

/// Runs a call, and returns how many models worked at once.
macro_rules! peak {
    ($meter:ident => $step:expr, $call:ident($($input:expr),*) $(.$method:ident($($argument:expr),*))*) => {{
        let $meter = Meter::default();
        let results = $step.$call($($input),*)$(.$method($($argument),*))*.await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        $meter.peak()
    }};
}

/// Four models in parallel.
fn four(meter: &Meter) -> impl Runnable<Input = u64, Output = (u64, u64, u64, u64)> {
    let model = || meter.model(1, 1);
    parallel((model(), model(), model(), model()))
}

#[tokio::test(start_paused = true)]
async fn a_batch_with_configs_has_a_single_limit() {
    let each = || (0..3).map(|n| RunConfig::new().tag(format!("item {n}")));
    let peak = peak!(meter => four(&meter), batch([1u64, 2, 3]).max_concurrency(2).configs(each()));
    assert_eq!(peak, 2);
    let peak = peak!(meter => four(&meter), batch([1u64, 2, 3]).configs(each()).config(limit(2)));
    assert_eq!(peak, 2);

    for limit_first in [true, false] {
        let meter = Meter::default();
        let call = four(&meter).batch_as_completed([1u64, 2, 3]);
        let call = if limit_first {
            call.max_concurrency(2).configs(each())
        } else {
            call.configs(each()).config(limit(2))
        };
        let results: Vec<_> = call.collect().await;
        assert!(results.iter().all(|(_, result)| result.is_ok()), "{results:?}");
        assert_eq!((results.len(), meter.peak()), (3, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn configs_are_added_to_the_config_of_a_batch() {
    let recorder = Recorder::default();
    let common = RunConfig::new().listener(recorder.clone()).tag("all").metadata("user", 7);
    let each =
        [RunConfig::new().run_name("first").tag("one"), RunConfig::new().metadata("user", 8)];
    let step = lambda(|n: u64| n);
    let results = step.batch([1u64, 2]).config(common).configs(each).await;
    assert!(results.iter().all(Result::is_ok));
    let runs = recorder.starts();
    let seen: Vec<_> = runs.iter().map(|run| (&*run.tags, run.metadata.get("user"))).collect();
    assert_eq!(runs[0].name, "first");
    assert_eq!(seen[0], (&["all".into(), "one".into()][..], Some(&7.into())));
    assert_eq!(seen[1], (&["all".into()][..], Some(&8.into())));
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_an_input_applies_within_that_of_the_batch() {
    let peak = peak!(meter => four(&meter), batch([1u64, 2, 3]).max_concurrency(8).configs(vec![limit(1); 3]));
    assert_eq!(peak, 3, "one for each of three items");
    let peak = peak!(meter => four(&meter), batch([1u64, 2, 3]).max_concurrency(2).configs(vec![limit(4); 3]));
    assert_eq!(peak, 2, "an item does not loosen the limit of its batch");
}

#[tokio::test(start_paused = true)]
async fn a_batch_with_configs_in_a_run_stays_within_its_limit() {
    let (meter, recorder) = (Meter::default(), Recorder::default());
    let model = meter.model(1, 1);
    let outer = async_lambda(move |n: u64, cx: RunContext| {
        let model = model.clone();
        async move {
            let each = (0..4).map(|n| RunConfig::from(&cx).tag(format!("item {n}")));
            let calls = model.batch(vec![n; 4]).max_concurrency(2).configs(each);
            calls.await.into_iter().sum::<Result<u64>>()
        }
    });
    let config = limit(3).listener(recorder.clone());
    outer.batch([1u64, 2]).config(config).await.into_iter().for_each(|sum| assert!(sum.is_ok()));
    assert_eq!(meter.peak(), 3, "two for each of two batches, and three in all");
    let models: Vec<_> = recorder.starts().into_iter().filter(|run| run.name == "Model").collect();
    assert_eq!(models.len(), 8);
    assert!(models.iter().all(|run| run.parent_ids.len() == 1 && run.tags.len() == 1));
}

#[tokio::test(start_paused = true)]
async fn a_batch_honours_the_limit_of_its_step() {
    let start = Instant::now();
    let peak = peak!(meter => meter.model(1, 1).with_config(limit(2)), batch(0..12u64));
    assert_eq!((peak, start.elapsed()), (2, Duration::from_secs(12)));

    let policy = RetryPolicy::new();
    let limited = |meter: &Meter| meter.model(1, 1).with_config(limit(2));
    assert_eq!(peak!(meter => limited(&meter).with_name("named"), batch(0..12u64)), 2);
    assert_eq!(
        peak!(meter => limited(&meter).with_config(RunConfig::new().tag("t")), batch(0..12u64)),
        2
    );
    assert_eq!(peak!(meter => limited(&meter).with_config(limit(3)), batch(0..12u64)), 2);
    assert_eq!(peak!(meter => limited(&meter).into_dyn(), batch(0..12u64)), 2);
    assert_eq!(peak!(meter => limited(&meter).with_retry(policy.clone()), batch(0..12u64)), 2);
    assert_eq!(peak!(meter => limited(&meter).with_concurrency_limit(5), batch(0..12u64)), 2);
    assert_eq!(
        peak!(meter => limited(&meter).with_timeout(Duration::from_secs(60)), batch(0..12u64)),
        2
    );
}

#[tokio::test(start_paused = true)]
async fn batch_as_completed_and_each_honour_the_limit_of_their_step() {
    let meter = Meter::default();
    let limited = meter.model(1, 1).with_config(limit(2));
    assert_eq!(limited.batch_as_completed(0..12u64).count().await, 12);
    assert_eq!(meter.peak(), 2);

    let meter = Meter::default();
    let each = four(&meter).with_config(limit(2)).each();
    each.invoke(vec![0u64; 6]).await.unwrap();
    assert_eq!(meter.peak(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_limits_of_a_call_and_of_its_step_both_apply() {
    for (call, step, both) in [(1, 2, 1), (2, 1, 1), (3, 2, 2), (8, 8, 8)] {
        let peak = peak!(meter => four(&meter).with_config(limit(step)), batch(0..4u64).max_concurrency(call));
        assert_eq!(peak, both, "{call} and {step}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_outer_limit_does_not_loosen_an_inner_one() {
    for (inner, outer, both) in [(1, 8, 1), (4, 2, 2), (3, 3, 3), (2, 4, 2)] {
        let meter = Meter::default();
        let step = four(&meter).with_config(limit(inner));
        step.invoke(1u64).config(limit(outer)).await.unwrap();
        assert_eq!(meter.peak(), both, "{inner} within {outer}");
        let input = || stream::iter([Ok(1u64)]);
        step.stream(1u64).config(limit(outer)).concat().await.unwrap();
        step.transform(input()).config(limit(outer)).concat().await.unwrap();
        assert_eq!(meter.peak(), both, "{inner} within {outer}, streamed");
        let two = parallel((step.clone(), step));
        two.invoke(1u64).config(limit(outer)).await.unwrap();
        let both = outer.min(2 * inner);
        assert_eq!(meter.peak(), both, "{inner} in each of two, within {outer}");
        two.stream(1u64).config(limit(outer)).concat().await.unwrap();
        two.transform(input()).config(limit(outer)).concat().await.unwrap();
        assert_eq!(meter.peak(), both, "{inner} in each of two, within {outer}, streamed");
    }
    let meter = Meter::default();
    four(&meter).with_config(limit(1)).invoke(1u64).await.unwrap();
    assert_eq!(meter.peak(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_limits_of_an_inner_and_an_outer_call_both_apply() {
    let meter = Meter::default();
    let model = meter.model(1, 1);
    let function = async_lambda(move |n: u64, cx: RunContext| {
        let all = model.clone().each();
        async move {
            let one =
                all.invoke(vec![n; 4]).config(RunConfig::from(&cx).max_concurrency(1)).await?;
            Ok(one.len())
        }
    });
    let both = parallel((function.clone(), function));
    both.invoke(1u64).config(limit(8)).await.unwrap();
    assert_eq!(meter.peak(), 2, "one in each of the two");
}

#[tokio::test]
async fn a_limit_of_0_is_refused_wherever_it_is_set() {
    let step = lambda(|n: u64| n);
    let zero = |results: Vec<Result<u64>>| {
        results.into_iter().all(|result| {
            let error = result.unwrap_err();
            error.kind() == ErrorKind::InvalidInput && error.message().contains("max_concurrency")
        })
    };
    assert!(zero(step.batch([1u64, 2]).max_concurrency(0).await));
    assert!(zero(step.clone().with_config(limit(0)).batch([1u64, 2]).await));
    assert!(zero(step.batch([1u64, 2]).configs([limit(0), limit(0)]).await));
}

#[tokio::test(start_paused = true)]
async fn fallbacks_have_the_limit_of_their_first_step() {
    let meter = Meter::default();
    let model = meter.model(1, 1);
    let chain = model.clone().with_config(limit(2)).with_fallback(model);
    let results = chain.batch(0..12u64).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(meter.peak(), 2);
    chain.each().invoke((0..12).collect::<Vec<u64>>()).await.unwrap();
    assert_eq!(meter.peak(), 2);
}

/// A model with two alternatives, which a call chooses by `"size"`. They have the limits 1 and 2.
fn choice(meter: &Meter) -> DynRunnable<u64, u64> {
    let small = meter.model(1, 1).with_config(limit(1));
    let large = meter.model(1, 1).with_config(limit(2));
    small.configurable_alternatives("size", "small").with("large", large).into_dyn()
}

fn size(size: &str) -> RunConfig {
    RunConfig::new().configurable("size", size)
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_the_limit_of_its_chosen_alternative() {
    let items = || 0..6u64;
    assert_eq!(peak!(meter => choice(&meter), batch(items())), 1, "the default");
    assert_eq!(peak!(meter => choice(&meter), batch(items()).config(size("large"))), 2);
    let bound = |meter: &Meter| choice(meter).with_config(size("large"));
    assert_eq!(peak!(meter => bound(&meter), batch(items())), 2, "chosen by the step");
    assert_eq!(peak!(meter => bound(&meter), batch(items()).config(size("small"))), 1);
    let named = |meter: &Meter| choice(meter).with_retry(RetryPolicy::new()).with_name("named");
    assert_eq!(peak!(meter => named(&meter), batch(items()).config(size("large"))), 2);
}

#[tokio::test(start_paused = true)]
async fn a_list_has_the_limit_of_the_chosen_alternative() {
    for (name, most) in [("small", 1), ("large", 2)] {
        let meter = Meter::default();
        let each = choice(&meter).each();
        each.invoke((0..6u64).collect::<Vec<_>>()).config(size(name)).await.unwrap();
        assert_eq!(meter.peak(), most, "{name}");
    }
}
