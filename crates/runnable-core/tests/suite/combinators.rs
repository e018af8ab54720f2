//! Retries, fallbacks, timeouts, branches, lists and configurations.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, stream};
use runnable_core::{
    TimeoutPhase,
    combinators::{RetryPolicy, Timeouts},
    prelude::*,
};
use tokio::time::{Instant, sleep};

use crate::{
    recorder::{EventData, Recorder},
    words::{Words, chunks_now, shout},
};

const SECOND: Duration = Duration::from_secs(1);

fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable, "503")
}

/// Returns a step that fails this many times with `error` and then yields its input word by word,
/// and a counter of its calls.
fn flaky(
    failures: u32,
    error: fn() -> Error,
) -> (Arc<AtomicU32>, impl Runnable<Input = String, Output = String>) {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let step = generator(move |text: ChunkStream<String>, _| {
        let fails = counted.fetch_add(1, Ordering::Relaxed) < failures;
        text.flat_map(move |text| {
            let words: Vec<Result<String>> = if fails {
                vec![Err(error())]
            } else {
                text.unwrap().split_inclusive(' ').map(|word| Ok(word.into())).collect()
            };
            stream::iter(words)
        })
    });
    (calls, step)
}

fn tags_of(recorder: &Recorder) -> Vec<String> {
    recorder.starts().iter().map(|run| format!("{} {}", run.name, run.tags.join(" "))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_twice_as_long_each_time() {
    let policy = RetryPolicy::new().max_attempts(4).jitter(Duration::ZERO);
    let (calls, step) = flaky(3, unavailable);
    let start = Instant::now();
    assert_eq!(step.with_retry(policy).invoke("a b").await.unwrap(), "a b");
    assert_eq!(calls.load(Ordering::Relaxed), 4);
    assert_eq!(start.elapsed(), 7 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_for_retry_after_plus_jitter() {
    let asks = || Error::new(ErrorKind::RateLimit, "429").with_retry_after(50 * SECOND);
    let (_, step) = flaky(1, asks);
    let start = Instant::now();
    step.with_retry(RetryPolicy::new()).invoke("a").await.unwrap();
    let waited = start.elapsed();
    assert!(waited >= 50 * SECOND && waited <= 51 * SECOND, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_returns_the_last_error_and_skips_other_kinds() {
    let (calls, step) = flaky(9, unavailable);
    let error = step.with_retry(RetryPolicy::new()).invoke("a").await.unwrap_err();
    assert_eq!((error.kind(), calls.load(Ordering::Relaxed)), (ErrorKind::Unavailable, 3));

    let (calls, step) = flaky(9, || Error::new(ErrorKind::Authentication, "no key"));
    step.with_retry(RetryPolicy::new()).invoke("a").await.unwrap_err();
    assert_eq!(calls.load(Ordering::Relaxed), 1);

    let (calls, step) = flaky(9, || Error::new(ErrorKind::Parse, "no json"));
    let policy = RetryPolicy::new().when(|error| error.kind() == ErrorKind::Parse);
    step.with_retry(policy).invoke("a").await.unwrap_err();
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_retried_until_its_first_chunk() {
    let (calls, step) = flaky(2, unavailable);
    let chain = step.with_retry(RetryPolicy::new()).pipe(shout());
    let chunks: Vec<_> = chain.stream("a b").map(Result::unwrap).collect().await;
    assert_eq!((chunks, calls.load(Ordering::Relaxed)), (vec!["A ".into(), "B".into()], 3));

    let breaks = generator(|_: ChunkStream<String>, _| {
        stream::iter([Ok("seen ".to_owned()), Err(unavailable())])
    });
    let items: Vec<_> = breaks.with_retry(RetryPolicy::new()).stream("a").collect().await;
    assert_eq!(items.len(), 2, "the chunk that was yielded is kept, and the error is returned");
}

#[test]
fn a_retry_without_backoff_needs_no_runtime() {
    for streamed in [false, true] {
        let (calls, step) = flaky(2, unavailable);
        let chain = step.with_retry(RetryPolicy::new().without_backoff());
        let output = if streamed {
            chain.stream("a").concat().now_or_never()
        } else {
            chain.invoke("a").now_or_never()
        };
        assert_eq!(output.unwrap().unwrap(), "a");
        assert_eq!(calls.load(Ordering::Relaxed), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn every_attempt_has_a_run_with_an_end() {
    let recorder = Recorder::default();
    let (_, step) = flaky(2, unavailable);
    let config = RunConfig::new().run_name("retry").listener(recorder.clone());
    step.with_name("flaky")
        .with_retry(RetryPolicy::new())
        .invoke("a")
        .config(config)
        .await
        .unwrap();
    assert_eq!(
        tags_of(&recorder),
        ["retry ", "flaky ", "flaky retry:attempt:2", "flaky retry:attempt:3"]
    );
    let script = recorder.script();
    assert_eq!(script.iter().filter(|line| *line == "flaky error").count(), 2);
    assert_eq!(script.last().unwrap(), "retry end");
}

#[tokio::test(start_paused = true)]
async fn a_batch_retries_only_failed_inputs_and_keeps_the_order() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let step = try_lambda(move |n: u64| {
        let call = counted.fetch_add(1, Ordering::Relaxed);
        match n {
            1 if call < 3 => Err(unavailable()),
            2 => Err(Error::new(ErrorKind::PermissionDenied, "never")),
            n => Ok(n * 10),
        }
    });
    let results = step.with_retry(RetryPolicy::new()).batch([0u64, 1, 2, 3]).await;
    let kinds: Vec<_> = results.iter().map(|result| result.as_ref().map_err(Error::kind)).collect();
    assert_eq!(kinds, [Ok(&0), Ok(&10), Err(ErrorKind::PermissionDenied), Ok(&30)]);
    assert_eq!(calls.load(Ordering::Relaxed), 5);
}

fn fails(kind: ErrorKind) -> impl Runnable<Input = String, Output = String> {
    try_lambda(move |text: String| Result::<String>::Err(Error::new(kind, text)))
}

#[tokio::test]
async fn fallbacks_are_tried_in_order_and_the_first_error_returned() {
    let chain = fails(ErrorKind::Timeout).with_fallback(fails(ErrorKind::Parse));
    let error = chain.invoke("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(chain.clone().with_fallback(shout()).invoke("a").await.unwrap(), "A");

    let picky = chain.with_fallback(shout()).when(|error| error.kind() != ErrorKind::Parse);
    assert_eq!(picky.invoke("a").await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(picky.stream("a").concat().await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn with_fallback_input_makes_the_input_from_the_error() {
    let with_kind = |text: String, error: &Error| format!("{text} {:?}", error.kind());
    let chain = fails(ErrorKind::Timeout)
        .with_fallback_input(fails(ErrorKind::Parse), with_kind)
        .with_fallback_input(Words, with_kind);
    // The input contains the last error, and nothing about the first.
    assert_eq!(chain.invoke("a").await.unwrap(), "a Parse");
    assert_eq!(chunks_now::<String>(chain.stream("a")), ["a ", "Parse"]);

    let plain = fails(ErrorKind::Timeout)
        .with_fallback_input(fails(ErrorKind::Parse), with_kind)
        .with_fallback(Words);
    assert_eq!(plain.invoke("a").await.unwrap(), "a");
    let none = fails(ErrorKind::Timeout).with_fallback_input(fails(ErrorKind::Parse), with_kind);
    assert_eq!(none.invoke("a").await.unwrap_err().message(), "a", "the first error is returned");
}

#[tokio::test]
async fn a_fallback_streams_and_is_not_used_after_the_first_chunk() {
    let chain = fails(ErrorKind::Timeout).with_fallback(Words);
    assert_eq!(chunks_now::<String>(chain.stream("a b")), ["a ", "b"]);

    let breaks = generator(|_: ChunkStream<String>, _| {
        stream::iter([Ok("seen ".to_owned()), Err(unavailable())])
    });
    let items: Vec<_> = breaks.with_fallback(Words).stream("a").collect().await;
    assert_eq!(items.len(), 2);
    assert_eq!(items[1].as_ref().unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn steps_of_fallbacks_are_children_invoked_or_streamed() {
    for streamed in [false, true] {
        let recorder = Recorder::default();
        let config = RunConfig::new().listener(recorder.clone());
        let chain = Words.pipe(fails(ErrorKind::Timeout).with_fallback(shout()));
        if streamed {
            chain.stream("a").config(config).concat().await.unwrap()
        } else {
            chain.invoke("a").config(config).await.unwrap()
        };
        let starts = recorder.starts();
        let fallback = starts.iter().find(|run| run.name == "RunnableWithFallbacks").unwrap();
        let members = starts.iter().filter(|run| run.parent_id() == Some(fallback.id));
        let names: Vec<_> = members.map(|run| &*run.name).collect();
        assert_eq!(names, ["RunnableLambda", "RunnableGenerator"]);
    }
}

/// Yields a word after each of these numbers of seconds.
fn ticking(waits: &'static [u64]) -> impl Runnable<Input = String, Output = String> {
    generator(move |_: ChunkStream<String>, _| {
        stream::iter(waits).then(|wait| async move {
            sleep(*wait as u32 * SECOND).await;
            Ok("tick ".to_owned())
        })
    })
}

#[tokio::test(start_paused = true)]
async fn a_timeout_error_contains_the_exceeded_limit() {
    let phase = |result: Result<String>| result.unwrap_err().timeout_phase().unwrap();
    let steady = || ticking(&[2, 2, 2]);
    let limits = Timeouts::new().first_chunk(3 * SECOND).idle(3 * SECOND).total(7 * SECOND);
    assert!(steady().with_timeouts(limits).stream("").concat().await.is_ok());

    let late = steady().with_timeouts(limits.first_chunk(SECOND)).stream("").concat().await;
    assert_eq!(phase(late), TimeoutPhase::FirstChunk);
    let silent = ticking(&[1, 4]).with_timeouts(limits).stream("").concat().await;
    assert_eq!(phase(silent), TimeoutPhase::Idle);
    let long = steady().with_timeout(5 * SECOND);
    assert_eq!(phase(long.stream("").concat().await), TimeoutPhase::Step);
    assert_eq!(phase(long.invoke("").await), TimeoutPhase::Step);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_keeps_partial_output_and_cancels_the_step() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    let chain = ticking(&[1, 1, 9]).pipe(shout()).with_name("slow").with_timeout(5 * SECOND);
    let error = chain.stream("").config(config).concat().await.unwrap_err();
    assert_eq!(error.to_string(), "the step did not complete within 5s (in slow)");
    let Some(EventData::Cancelled(partial)) = recorder.of("slow").pop() else { panic!() };
    assert_eq!(partial.unwrap(), "TICK TICK ");
}

#[tokio::test]
async fn a_branch_evaluates_conditions_up_to_the_first_match() {
    let recorder = Recorder::default();
    let named = |name: &'static str, limit: u64| lambda(move |n: u64| n > limit).with_name(name);
    let yields = |word: &'static str| lambda(move |_: u64| word.to_owned()).pipe(Words);
    let chain = branch(named("big", 100), yields("very big"))
        .else_if(named("medium", 10), yields("not so big"))
        .else_if(named("small", 1), yields("small"))
        .otherwise(yields("nothing much"));

    let config = RunConfig::new().listener(recorder.clone());
    assert_eq!(chain.invoke(50u64).config(config).await.unwrap(), "not so big");
    let tags = tags_of(&recorder);
    assert_eq!(
        tags[..4],
        ["RunnableBranch ", "big condition:1", "medium condition:2", "RunnableSequence branch:2"]
    );
    assert!(!tags.iter().any(|line| line.starts_with("small")));
    assert_eq!(chunks_now::<String>(chain.stream(0u64)), ["nothing ", "much"]);
}

#[tokio::test(start_paused = true)]
async fn each_runs_items_within_the_limit_and_streams_in_order() {
    let slow = async_lambda(|seconds: u64, _| async move {
        sleep(seconds as u32 * SECOND).await;
        Ok(seconds)
    });
    let chain = slow.each();
    let start = Instant::now();
    assert_eq!(chain.invoke(vec![3, 1, 2]).await.unwrap(), [3, 1, 2]);
    assert_eq!(start.elapsed(), 3 * SECOND);

    let start = Instant::now();
    let two = RunConfig::new().max_concurrency(2);
    chain.invoke(vec![3, 1, 2]).config(two).await.unwrap();
    assert_eq!(start.elapsed(), 3 * SECOND, "the third item starts when the second has ended");

    let start = Instant::now();
    let mut output = chain.stream(vec![1, 3]);
    assert_eq!(output.next().await.unwrap().unwrap(), [1]);
    assert_eq!(start.elapsed(), SECOND);
}

#[tokio::test]
async fn with_config_applies_as_if_the_call_had_set_it() {
    let recorder = Recorder::default();
    let greet = Words.pipe(shout()).with_config(RunConfig::new().run_name("greet").tag("inner"));
    let chain =
        greet.with_config(RunConfig::new().tag("outer").metadata("k", 1)).pipe(passthrough());
    let config = RunConfig::new().tag("call").listener(recorder.clone());
    chain.stream("a").config(config).concat().await.unwrap();
    assert_eq!(
        tags_of(&recorder),
        [
            "RunnableSequence call",
            "greet seq:step:1 call inner outer",
            "Words seq:step:1 call inner outer",
            "RunnableGenerator seq:step:2 call inner outer",
            "RunnablePassthrough seq:step:2 call",
        ]
    );
}

#[tokio::test]
async fn the_call_takes_precedence_over_with_config() {
    let recorder = Recorder::default();
    let config = RunConfig::new().run_name("call").listener(recorder.clone());
    Words.with_name("step").invoke("a").config(config).await.unwrap();
    assert_eq!(recorder.script(), ["call start", "call end"]);
}

#[tokio::test]
async fn a_listener_on_a_step_sees_its_runs_and_their_children() {
    let recorder = Recorder::default();
    let watched = Words.pipe(shout()).with_config(RunConfig::new().listener(recorder.clone()));
    passthrough().pipe(watched).pipe(passthrough()).invoke("a").await.unwrap();
    let names: Vec<_> = recorder.starts().iter().map(|run| run.name.to_string()).collect();
    assert_eq!(names, ["RunnableSequence", "Words", "RunnableGenerator"]);
}

#[test]
fn a_ready_step_is_ready_through_every_wrapper() {
    let chain = shout()
        .with_retry(RetryPolicy::new())
        .with_fallback(shout())
        .with_name("wrapped")
        .each()
        .into_dyn();
    let output = chain.invoke(vec!["a".to_owned()]).now_or_never().unwrap().unwrap();
    assert_eq!(output, ["A"]);
}

#[tokio::test]
async fn inspect_sees_the_complete_value_and_passes_chunks_on() {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let look = inspect({
        let seen = Arc::clone(&seen);
        move |text: &String| seen.lock().unwrap().push(text.clone())
    });
    let chain = Words.pipe(look).pipe(shout());
    assert_eq!(chunks_now::<String>(chain.stream("a b")), ["A ", "B"]);
    chain.invoke("c").await.unwrap();
    assert_eq!(*seen.lock().unwrap(), ["a b", "c"]);
}

#[tokio::test]
async fn a_returned_step_runs_in_place_and_streams() {
    let recorder = Recorder::default();
    fn route(text: &str) -> DynRunnable<String, String> {
        if text.len() > 3 { Words.into_dyn() } else { shout().into_dyn() }
    }
    let chain = choose(|text: &String| route(text)).with_name("route");
    assert_eq!(chain.invoke("a b").await.unwrap(), "A B");
    let config = RunConfig::new().listener(recorder.clone());
    let chunks = chain.stream("one two").config(config);
    assert_eq!(chunks_now::<String>(chunks), ["one ", "two"]);
    assert_eq!(tags_of(&recorder), ["route ", "Words "]);
}

#[tokio::test]
async fn steps_that_always_return_steps_hit_the_recursion_limit() {
    fn again() -> DynRunnable<u64, u64> {
        choose(|_: &u64| again()).into_dyn()
    }
    let error = again().invoke(1u64).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecursionLimit);
    assert!(error.message().contains("recursion limit of 25"), "{error}");
    assert!(error.message().contains("recursion_limit"), "{error}");
    let error = again().stream(1u64).concat().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecursionLimit);

    fn countdown() -> DynRunnable<u64, u64> {
        choose(|n: &u64| match n {
            0 => passthrough().into_dyn(),
            _ => lambda(|n: u64| n - 1).pipe(countdown()).into_dyn(),
        })
        .into_dyn()
    }
    assert_eq!(countdown().invoke(20u64).await.unwrap(), 0);
    let deeper = RunConfig::new().recursion_limit(50);
    assert_eq!(countdown().invoke(40u64).config(deeper).await.unwrap(), 0);
}

#[tokio::test]
async fn a_step_can_emit_its_progress() {
    let recorder = Recorder::default();
    let work = async_lambda(|n: u64, cx: RunContext| async move {
        for done in 0..n {
            cx.emit("progress", &done);
        }
        Ok(n)
    });
    assert_eq!(work.invoke(2u64).await.unwrap(), 2, "without a listener");
    work.invoke(2u64).config(RunConfig::new().listener(recorder.clone())).await.unwrap();
    let custom = |data: &EventData| match data {
        EventData::Custom(name, data) => Some(format!("{name} {data}")),
        _ => None,
    };
    let progress: Vec<_> = recorder.of("RunnableLambda").iter().filter_map(custom).collect();
    assert_eq!(progress, ["progress 0", "progress 1"]);
}
