//! Merging of configurations: of a call, and of a step.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, stream};
use runnable_core::{TimeoutPhase, combinators::Timeouts, prelude::*};
use tokio::time::sleep;

use crate::{
    recorder::{EventData, Recorder},
    words::{Words, shout},
};

const SECOND: Duration = Duration::from_secs(1);

type Step = DynRunnable<String, String>;

#[derive(Clone, Copy, Debug)]
enum Verb {
    Invoke,
    Stream,
    Transform,
    Batch,
    BatchAsCompleted,
    BatchStream,
    BatchStreamAsCompleted,
}

const VERBS: [Verb; 7] = [
    Verb::Invoke,
    Verb::Stream,
    Verb::Transform,
    Verb::Batch,
    Verb::BatchAsCompleted,
    Verb::BatchStream,
    Verb::BatchStreamAsCompleted,
];

/// Calls a step with several configurations, which are set one after another.
async fn call(verb: Verb, step: &Step, configs: Vec<RunConfig>) -> Result<String> {
    macro_rules! configured {
        ($call:expr) => {
            configs.into_iter().fold($call, |call, config| call.config(config))
        };
    }
    match verb {
        Verb::Invoke => configured!(step.invoke("a")).await,
        Verb::Stream => configured!(step.stream("a")).concat().await,
        Verb::Transform => {
            let input = stream::iter([Ok("a".to_owned())]);
            configured!(step.transform(input)).concat().await
        }
        Verb::Batch => configured!(step.batch(["a"])).await.remove(0),
        Verb::BatchAsCompleted => {
            let mut results = configured!(step.batch_as_completed(["a"]));
            results.next().await.expect("an item").1
        }
        Verb::BatchStream => {
            let mut results = configured!(step.batch_iter(["a"]));
            results.next().await.expect("an item")
        }
        Verb::BatchStreamAsCompleted => {
            let mut results = configured!(step.batch_iter(["a"]).as_completed());
            results.next().await.expect("an item").1
        }
    }
}

/// Returns a step that works for a second, and the maximum number of its concurrent runs.
fn metered() -> (Step, Arc<AtomicUsize>) {
    let (now, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&peak);
    let work = async_lambda(move |text: String, _| {
        let (now, peak) = (Arc::clone(&now), Arc::clone(&peak));
        async move {
            peak.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            sleep(SECOND).await;
            now.fetch_sub(1, Ordering::Relaxed);
            Ok(text)
        }
    });
    (work.into_dyn(), seen)
}

fn stuck() -> Step {
    async_lambda(|_: String, _| std::future::pending::<Result<String>>()).into_dyn()
}

#[tokio::test(start_paused = true)]
async fn a_limit_and_a_tag_can_be_set_in_any_order() {
    let (step, peak) = metered();
    let inputs = || vec!["a"; 12];
    let tag = || RunConfig::new().tag("t");
    step.batch(inputs()).max_concurrency(2).config(tag()).await;
    assert_eq!(peak.swap(0, Ordering::Relaxed), 2);
    step.batch(inputs()).config(tag()).max_concurrency(2).await;
    assert_eq!(peak.swap(0, Ordering::Relaxed), 2);
    let results = step.batch_as_completed(inputs()).max_concurrency(2).config(tag());
    assert_eq!(results.count().await, 12);
    assert_eq!(peak.swap(0, Ordering::Relaxed), 2);
    // Both limits apply.
    step.batch(inputs()).max_concurrency(2).config(tag().max_concurrency(5)).await;
    assert_eq!(peak.swap(0, Ordering::Relaxed), 2);
    step.batch(inputs()).max_concurrency(5).config(tag().max_concurrency(2)).await;
    assert_eq!(peak.swap(0, Ordering::Relaxed), 2);
}

#[tokio::test]
async fn every_setting_applies_in_every_kind_of_call() {
    for verb in VERBS {
        let (first, second, ended) =
            (Recorder::default(), Recorder::default(), Arc::new(AtomicUsize::new(0)));
        let count = || {
            let ended = Arc::clone(&ended);
            move |_: &runnable_core::RunEvent<'_>| {
                ended.fetch_add(1, Ordering::Relaxed);
            }
        };
        let configs = vec![
            RunConfig::new().listener(first.clone()).tag("b").run_name("one").on_end(count()),
            RunConfig::new().metadata("key", 1).metadata("kept", true),
            RunConfig::new().listener(second.clone()).tag("a").run_name("two").on_end(count()),
            RunConfig::new().metadata("key", 2),
        ];
        assert_eq!(call(verb, &shout().into_dyn(), configs).await.unwrap(), "A", "{verb:?}");
        assert_eq!(first.script().last().unwrap(), "two end", "{verb:?}");
        assert_eq!(first.script(), second.script(), "{verb:?}");
        assert_eq!(ended.load(Ordering::Relaxed), 2, "{verb:?}");
        let run = &first.starts()[0];
        assert_eq!(run.tags[..], ["a", "b"], "{verb:?}");
        assert_eq!((&run.metadata["key"], &run.metadata["kept"]), (&2.into(), &true.into()));
    }
}

#[tokio::test]
async fn configurable_values_merge_in_every_kind_of_call() {
    let loud = passthrough::<String>().configurable_alternatives("loud", "no").with("yes", shout());
    let twice = lambda(|text: String| text.repeat(2));
    let step = loud
        .pipe(passthrough().configurable_alternatives("twice", "no").with("yes", twice))
        .into_dyn();
    for verb in VERBS {
        let set = |key: &str, value: &str| RunConfig::new().configurable(key, value);
        let configs = vec![set("loud", "yes"), set("twice", "no"), set("twice", "yes")];
        assert_eq!(call(verb, &step, configs).await.unwrap(), "AA", "{verb:?}");
    }
}

#[tokio::test]
async fn a_later_config_keeps_the_recursion_limit() {
    let down = choose(|_: &String| passthrough().into_dyn()).into_dyn();
    for verb in VERBS {
        let configs = vec![RunConfig::new().recursion_limit(0), RunConfig::new().tag("t")];
        let error = call(verb, &down, configs).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RecursionLimit, "{verb:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_shorter_of_two_time_limits_applies() {
    for verb in VERBS {
        for (one, other) in [(5, 60), (60, 5)] {
            let limit = |seconds| RunConfig::new().timeout(SECOND * seconds);
            let configs = vec![limit(one), RunConfig::new().tag("t"), limit(other)];
            let error = call(verb, &stuck(), configs).await.unwrap_err();
            assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Call), "{verb:?}");
            assert_eq!(error.message(), "the call did not complete within 5s", "{verb:?}");
        }
    }
}

#[tokio::test]
async fn each_of_two_tokens_stops_the_call() {
    for verb in VERBS {
        for which in [0, 1] {
            let tokens = [CancellationToken::new(), CancellationToken::new()];
            let configs =
                tokens.iter().map(|token| RunConfig::new().cancellation_token(token.clone()));
            let step = stuck();
            let call = call(verb, &step, configs.collect());
            let (result, ()) = futures::join!(call, async { tokens[which].cancel() });
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled, "{verb:?}");
        }
    }
}

#[tokio::test]
async fn the_run_around_remains_the_parent_after_more_config() {
    for verb in VERBS {
        for context_first in [true, false] {
            let recorder = Recorder::default();
            let outer = async_lambda(move |_: String, cx: RunContext| async move {
                let mut configs =
                    vec![RunConfig::from(&cx), RunConfig::new().run_name("inner").tag("t")];
                if !context_first {
                    configs.reverse();
                }
                call(verb, &shout().into_dyn(), configs).await
            });
            let config = RunConfig::new().run_name("outer").listener(recorder.clone());
            outer.invoke("a").config(config).await.unwrap();
            let starts = recorder.starts();
            assert_eq!(starts[1].name, "inner", "{verb:?}");
            assert_eq!(starts[1].parent_ids[..], [starts[0].id], "{verb:?}");
            assert_eq!(starts[1].tags[..], ["t"], "{verb:?}");
        }
    }
}

#[tokio::test]
async fn inputs_have_the_config_of_the_batch_and_their_own() {
    let (common, own) = (Recorder::default(), Recorder::default());
    let all = RunConfig::new().tag("all").metadata("key", "all").listener(common.clone());
    let each = |n: u64| {
        let config = RunConfig::new().tag(format!("item {n}")).metadata("key", n);
        config.run_name(format!("item {n}")).listener(own.clone())
    };
    shout().batch(["a", "b"]).configs([each(0), each(1)]).config(all.clone()).await;
    let completed = shout().batch_as_completed(["a", "b"]).config(all);
    completed.configs([each(0), each(1)]).count().await;
    let starts = common.starts();
    let names: Vec<_> = starts.iter().map(|run| &*run.name).collect();
    assert_eq!(names, ["item 0", "item 1", "item 0", "item 1"]);
    for (n, run) in starts.iter().enumerate() {
        assert_eq!(run.tags[..], ["all", &format!("item {}", n % 2)]);
        assert_eq!(run.metadata["key"], n % 2);
    }
    assert_eq!(common.script(), own.script());
}

#[tokio::test]
async fn a_configuration_after_the_first_poll_fails_the_call() {
    let recorder = Recorder::default();
    let watched = || RunConfig::new().listener(recorder.clone());
    let late = || RunConfig::new().tag("late");
    let is_refused = |error: Error| {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("before you poll"), "{error}");
    };
    let mut invoke = stuck().invoke("a").config(watched());
    assert!((&mut invoke).now_or_never().is_none());
    is_refused(invoke.config(late()).await.unwrap_err());
    assert!(matches!(
        recorder.of("RunnableLambda")[..],
        [EventData::Start(_), EventData::Cancelled(_)]
    ));

    let mut stream = Words.stream("a b");
    stream.next().await.unwrap().unwrap();
    let mut stream = stream.config(late());
    is_refused(stream.next().await.unwrap().unwrap_err());
    assert!(stream.next().await.is_none());

    let ready_or_stuck = async_lambda(|text: String, _| async move {
        match text.as_str() {
            "ready" => Ok(text),
            _ => std::future::pending().await,
        }
    });
    let mut batch = ready_or_stuck.batch(["stuck", "ready", "stuck"]);
    assert!((&mut batch).now_or_never().is_none());
    let results = batch.config(late()).await;
    assert_eq!(results[1].as_deref().unwrap(), "ready", "this input had completed");
    let [first, _, third] = <[_; 3]>::try_from(results).unwrap();
    is_refused(first.unwrap_err());
    is_refused(third.unwrap_err());

    let mut completed = ready_or_stuck.batch_as_completed(["stuck", "ready"]);
    assert_eq!(completed.next().await.unwrap().0, 1);
    let mut completed = completed.max_concurrency(2);
    let (index, result) = completed.next().await.unwrap();
    is_refused(result.unwrap_err());
    assert_eq!((index, completed.next().await.map(drop)), (0, None));
}

#[tokio::test]
async fn a_configuration_after_the_end_fails_the_call() {
    let late = || RunConfig::new().tag("late");
    let mut invoke = shout().invoke("a");
    assert_eq!((&mut invoke).await.unwrap(), "A");
    let error = invoke.config(late()).await.unwrap_err();
    assert!(error.message().contains("before you poll"), "{error}");

    let mut stream = shout().stream("a");
    while stream.next().await.is_some() {}
    let mut stream = stream.config(late());
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(error.message().contains("before you poll"), "{error}");
    assert!(stream.next().await.is_none());
}

#[cfg(feature = "blocking")]
#[test]
fn configurations_of_blocking_calls_merge() {
    let recorder = Recorder::default();
    let step = runnable_core::blocking::Blocking::new(shout()).unwrap();
    let step = step.config(RunConfig::new().listener(recorder.clone()).tag("a"));
    let step = step.config(RunConfig::new().tag("b"));
    step.invoke("a").unwrap();
    assert!(step.stream("a").all(|chunk| chunk.is_ok()));
    assert!(step.batch(["a"]).iter().all(Result::is_ok));
    let starts = recorder.starts();
    assert_eq!(starts.len(), 3);
    assert!(starts.iter().all(|run| run.tags[..] == ["a", "b"]));
}

#[tokio::test]
async fn metadata_of_the_call_takes_precedence_over_with_config() {
    let recorder = Recorder::default();
    let step = shout().with_config(RunConfig::new().metadata("key", "step").metadata("kept", 1));
    let outer = step.clone().with_config(RunConfig::new().metadata("key", "outer"));
    let call = RunConfig::new().metadata("key", "call").listener(recorder.clone());
    step.invoke("a").config(call.clone()).await.unwrap();
    step.stream("a").config(call).concat().await.unwrap();
    let watched = RunConfig::new().listener(recorder.clone());
    outer.invoke("a").config(watched.clone()).await.unwrap();
    step.invoke("a").config(watched).await.unwrap();
    let keys: Vec<_> = recorder.starts().iter().map(|run| run.metadata["key"].clone()).collect();
    assert_eq!(keys, ["call", "call", "outer", "step"]);
    assert!(recorder.starts().iter().all(|run| run.metadata["kept"] == 1));
}

#[tokio::test]
async fn the_recursion_limit_of_the_call_takes_precedence() {
    let down = choose(|_: &String| passthrough().into_dyn());
    let step = down.with_config(RunConfig::new().recursion_limit(0));
    assert_eq!(step.invoke("a").await.unwrap_err().kind(), ErrorKind::RecursionLimit);
    assert_eq!(step.invoke("a").config(RunConfig::new().recursion_limit(1)).await.unwrap(), "a");
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_of_a_step_has_the_phase_step() {
    let limit = || RunConfig::new().timeout(SECOND);
    let slow = || stuck().with_name("slow");
    let steps = [
        slow().with_config(limit()).into_dyn(),
        slow().with_config(limit()).with_config(limit().timeout(SECOND * 9)).into_dyn(),
        stuck().with_config(limit().run_name("slow")).into_dyn(),
        stuck().with_config(limit()).with_name("slow").into_dyn(),
    ];
    for step in steps {
        let chain = shout().pipe(step);
        for verb in VERBS {
            let error = call(verb, &chain.clone().into_dyn(), vec![]).await.unwrap_err();
            assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Step), "{verb:?}");
            assert_eq!(
                error.to_string(),
                "the step did not complete within 1s (in RunnableSequence > slow)",
                "{verb:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_of_a_step_cancels_the_step_and_names_it() {
    for verb in VERBS {
        let token = CancellationToken::new();
        let config = RunConfig::new().cancellation_token(token.clone());
        let chain = shout().pipe(stuck().with_name("slow").with_config(config)).into_dyn();
        let call = call(verb, &chain, vec![]);
        let (result, ()) = futures::join!(call, async { token.cancel() });
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{verb:?}");
        let message =
            "the step was cancelled by its cancellation token (in RunnableSequence > slow)";
        assert_eq!(error.to_string(), message, "{verb:?}");
    }
}

#[test]
#[should_panic(expected = "`Batch` polled after completion")]
fn a_batch_polled_after_completion_panics() {
    let mut batch = shout().batch(Vec::<String>::new());
    assert!((&mut batch).now_or_never().unwrap().is_empty());
    (&mut batch).now_or_never();
}

#[test]
fn a_call_polled_after_completion_panics() {
    let configs = [
        RunConfig::new(),
        RunConfig::new().timeout(Duration::from_secs(1)),
        RunConfig::new().max_concurrency(1),
        RunConfig::new().listener(Recorder::default()),
    ];
    for config in configs {
        let mut call = shout().invoke("a").config(config.clone());
        assert_eq!((&mut call).now_or_never().unwrap().unwrap(), "A");
        let polled = catch_unwind(AssertUnwindSafe(|| (&mut call).now_or_never()));
        let message = *polled.unwrap_err().downcast::<&str>().unwrap();
        assert_eq!(message, "`Invoke` polled after completion", "{config:?}");
    }
}

fn fails(kind: ErrorKind) -> impl Runnable<Input = String, Output = String> {
    try_lambda(move |_: String| Result::<String>::Err(Error::new(kind, "no")))
}

#[tokio::test]
async fn a_rejected_later_error_returns_the_first_error() {
    let chain = fails(ErrorKind::RateLimit)
        .with_fallback(fails(ErrorKind::Authentication))
        .with_fallback(shout())
        .when(|error| error.kind() == ErrorKind::RateLimit);
    for verb in VERBS {
        let error = call(verb, &chain.clone().into_dyn(), vec![]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimit, "{verb:?}");
    }
}

#[tokio::test]
async fn retries_and_fallbacks_do_not_act_on_a_cancellation() {
    let token = CancellationToken::new();
    token.cancel();
    let inner = Arc::new(AtomicUsize::new(0));
    let model = async_lambda({
        let (token, tries) = (token.clone(), Arc::clone(&inner));
        move |text: String, cx: RunContext| {
            tries.fetch_add(1, Ordering::Relaxed);
            let config = RunConfig::from(&cx).cancellation_token(token.clone());
            async move { shout().invoke(text).config(config).await }
        }
    });
    let next = lambda(|_: String| -> String { panic!("it went on") });
    let always = runnable_core::combinators::RetryPolicy::new().without_backoff().when(|_| true);
    let steps = [
        model.clone().with_fallback(next.clone()).when(|_| true).into_dyn(),
        fails(ErrorKind::Unavailable).with_fallback(model.clone()).with_fallback(next).into_dyn(),
        model.clone().with_retry(always.clone()).into_dyn(),
        shout()
            .with_config(RunConfig::new().cancellation_token(token))
            .with_retry(always)
            .into_dyn(),
    ];
    for (n, step) in steps.iter().enumerate() {
        for verb in VERBS {
            inner.store(0, Ordering::Relaxed);
            let error = call(verb, step, vec![]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{n} {verb:?}");
            assert_eq!(inner.load(Ordering::Relaxed), usize::from(n < 3), "{n} {verb:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_too_large_for_the_clock_has_no_effect() {
    let max = Duration::MAX;
    let limits = Timeouts::new().total(max).first_chunk(max).idle(max);
    let slow = async_lambda(|text: String, _| async move {
        sleep(SECOND).await;
        Ok(text)
    });
    let step = slow
        .with_timeouts(limits)
        .with_timeout(max)
        .with_config(RunConfig::new().timeout(max))
        .into_dyn();
    for verb in VERBS {
        let configs = vec![RunConfig::new().timeout(max)];
        assert_eq!(call(verb, &step, configs).await.unwrap(), "a", "{verb:?}");
    }
    let policy = runnable_core::combinators::RetryPolicy::new();
    let policy = policy.initial_backoff(max).max_backoff(max).jitter(max);
    for verb in VERBS {
        let waits = fails(ErrorKind::Unavailable).with_retry(policy.clone()).into_dyn();
        assert!(call(verb, &waits, vec![]).now_or_never().is_none(), "{verb:?}: it waits");
    }
}
