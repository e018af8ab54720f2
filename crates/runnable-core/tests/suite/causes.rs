//! The causes of cancelled runs: each cause, in each combinator, invoked, streamed and in a batch.

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt, future::join, stream};
use runnable_core::{
    CancelCause, Listener, RunEvent, RunEventData, assign,
    combinators::{RetryPolicy, Timeouts},
    parallel_struct,
    prelude::*,
};
use serde::Serialize;
use tokio::{task::JoinSet, time::sleep};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

type Step = DynRunnable<String, String>;

#[derive(Clone, Debug, Serialize, Chunked)]
struct Texts {
    old: String,
    new: String,
}

/// The name of a run that has ended, and the cause if it was cancelled.
type Ended = (String, Option<CancelCause>);

/// Records how runs end.
#[derive(Clone, Default)]
struct Ends(Arc<Mutex<Vec<Ended>>>);

impl Ends {
    fn causes(&self) -> Vec<(String, CancelCause)> {
        let ends = self.0.lock().unwrap();
        ends.iter().filter_map(|(name, cause)| Some((name.clone(), (*cause)?))).collect()
    }

    /// Returns the cause of the run `name`.
    fn cause_of(&self, name: &str) -> Option<CancelCause> {
        let ends = self.0.lock().unwrap();
        ends.iter().find(|(ended, _)| ended == name).and_then(|(_, cause)| *cause)
    }
}

impl Listener for Ends {
    fn on_event(&self, event: &RunEvent<'_>) {
        let cause = match &event.data {
            RunEventData::Cancelled { cause, .. } => Some(*cause),
            data if data.is_terminal() => None,
            _ => return,
        };
        self.0.lock().unwrap().push((event.run.name.to_string(), cause));
    }
}

fn of(ends: &Ends) -> RunConfig {
    RunConfig::new().listener(ends.clone())
}

/// A step that never yields anything.
fn stuck() -> Step {
    async_lambda(|_: String, _| pending()).with_name("stuck").into_dyn()
}

/// A step that yields a chunk, and then never yields again.
fn stalled() -> Step {
    let chunks = |text: String, _| stream::iter([Ok(text)]).chain(stream::pending());
    stream_lambda(chunks).with_name("stuck").into_dyn()
}

/// A step that fails after a second.
fn fails() -> Step {
    let fail = async |_: String| -> Result<String> {
        sleep(SECOND).await;
        Err(Error::new(ErrorKind::InvalidRequest, "invalid"))
    };
    async_lambda(move |text: String, _| fail(text)).with_name("fails").into_dyn()
}

fn text(value: serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A combinator around a step.
type Wrap = fn(Step) -> Step;

/// Returns all combinators. In each, only the given step is open when it hangs.
fn wraps() -> Vec<(&'static str, Wrap)> {
    vec![
        ("alone", |step| step),
        ("first of a sequence", |step| step.pipe(passthrough()).into_dyn()),
        ("second of a sequence", |step| passthrough().pipe(step).into_dyn()),
        ("retry", |step| step.with_retry(RetryPolicy::new()).into_dyn()),
        ("fallbacks", |step| step.with_fallback(passthrough()).into_dyn()),
        ("fallback", |step| {
            try_lambda(|_: String| Result::<String, _>::Err("no")).with_fallback(step).into_dyn()
        }),
        ("branch", |step| {
            branch(lambda(|_: String| true), step).otherwise(passthrough()).into_dyn()
        }),
        ("parallel", |step| {
            let first = lambda(|(text, _): (String, String)| text);
            parallel((step, passthrough())).pipe(first).into_dyn()
        }),
        ("parallel_dict", |step| {
            parallel_dict("a", step)
                .with("b", passthrough())
                .pipe(pick("a"))
                .pipe(lambda(text))
                .into_dyn()
        }),
        ("parallel_struct", |step| {
            parallel_struct!(Texts { old: step, new: passthrough() })
                .pipe(lambda(|texts: Texts| texts.old))
                .into_dyn()
        }),
        ("assign", |step| {
            let added = pick("a").pipe(lambda(text)).pipe(step);
            parallel_dict("a", passthrough())
                .pipe(assign("b", added))
                .pipe(pick("b"))
                .pipe(lambda(text))
                .into_dyn()
        }),
        ("each", |step| {
            lambda(|text: String| vec![text])
                .pipe(step.each())
                .pipe(lambda(|texts: Vec<String>| texts.concat()))
                .into_dyn()
        }),
        ("router", |step| {
            lambda(|text: String| ("a".to_owned(), text)).pipe(router("a", step)).into_dyn()
        }),
        ("choose", |step| choose(move |_: &String| step.clone()).into_dyn()),
        ("alternatives", |step| step.configurable_alternatives("which", "this").into_dyn()),
        ("field", |step| step.configurable_field("size", |step, _: u64| step).into_dyn()),
        ("limit", |step| step.with_concurrency_limit(1).into_dyn()),
        ("erased", |step| step.into_dyn().into_dyn()),
        ("function", |step| {
            async_lambda(move |text: String, cx: RunContext| step.invoke(text).config(&cx))
                .into_dyn()
        }),
        ("streaming function", |step| {
            stream_lambda(move |text: String, cx: RunContext| step.stream(text).config(&cx))
                .into_dyn()
        }),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    Invoked,
    Streamed,
    Transformed,
    Batched,
    BatchStreamed,
}

const HOW: [How; 5] =
    [How::Invoked, How::Streamed, How::Transformed, How::Batched, How::BatchStreamed];

/// Calls a step, and discards its result.
async fn call(step: &Step, config: RunConfig, how: How) {
    match how {
        How::Invoked => drop(step.invoke("a").config(config).await),
        How::Streamed => drop(step.stream("a").config(config).concat().await),
        How::Transformed => {
            let input = stream::iter([Ok("a".to_owned())]);
            drop(step.transform(input).config(config).concat().await);
        }
        How::Batched => drop(step.batch(["a", "b"]).config(config).await),
        How::BatchStreamed => {
            drop(step.batch_iter(["a", "b"]).config(config).collect::<Vec<_>>().await);
        }
    }
}

/// Calls each combinator in each way, with and without a limit. `cancel` receives the call and
/// ends it. Checks that all cancelled runs have this cause.
async fn check<F: Future<Output = ()>>(
    label: &str,
    cause: CancelCause,
    step: impl Fn(Step) -> Step,
    cancel: impl Fn(Step, RunConfig, How) -> F,
) {
    for (name, wrap) in wraps() {
        for (how, limited) in HOW.into_iter().flat_map(|how| [(how, false), (how, true)]) {
            let ends = Ends::default();
            let config = if limited { of(&ends).max_concurrency(2) } else { of(&ends) };
            cancel(step(wrap(stuck())), config, how).await;
            let context = format!("{label}: {name}, {how:?}, limited: {limited}");
            assert_eq!(ends.cause_of("stuck"), Some(cause), "{context}");
            for (run, ended) in ends.causes() {
                assert_eq!(ended, cause, "{run} in {context}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_drops_all_runs() {
    check(
        "drop",
        CancelCause::Dropped,
        |step| step,
        |step, config, how| async move {
            drop(tokio::time::timeout(SECOND, call(&step, config, how)).await);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_token_of_the_call_reaches_all_runs() {
    check(
        "call",
        CancelCause::Token,
        |step| step,
        |step, config, how| async move {
            let token = CancellationToken::new();
            let config = config.cancellation_token(token.clone());
            let cancel = async {
                sleep(SECOND).await;
                token.cancel();
            };
            join(call(&step, config, how), cancel).await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_step_reaches_all_runs_inside_it() {
    check(
        "step",
        CancelCause::Token,
        |step| step,
        |step, config, how| async move {
            let token = CancellationToken::new();
            let bound = step.with_config(RunConfig::new().cancellation_token(token.clone()));
            let cancel = async {
                sleep(SECOND).await;
                token.cancel();
            };
            join(call(&bound.into_dyn(), config, how), cancel).await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_of_the_call_reaches_all_runs() {
    check(
        "call",
        CancelCause::TimeLimit,
        |step| step,
        |step, config, how| async move {
            call(&step, config.timeout(SECOND), how).await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_of_a_step_reaches_all_runs_inside_it() {
    let limited = |step: Step| passthrough().pipe(step.with_timeout(SECOND)).into_dyn();
    check("step", CancelCause::TimeLimit, limited, |step, config, how| async move {
        call(&step, config, how).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_for_chunks_reaches_all_runs_inside_it() {
    let limits = [Timeouts::new().first_chunk(SECOND), Timeouts::new().idle(SECOND)];
    for (limits, inner) in limits.into_iter().zip([stuck(), stalled()]) {
        for how in [How::Streamed, How::Transformed] {
            let ends = Ends::default();
            let step = inner.clone().pipe(passthrough()).with_timeouts(limits).into_dyn();
            call(&step, of(&ends), how).await;
            assert_eq!(ends.cause_of("stuck"), Some(CancelCause::TimeLimit), "{limits:?} {how:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_sibling_reaches_all_runs_beside_it() {
    // Each combinator fails on one side, while the other side hangs in another combinator.
    type Beside = (&'static str, fn(Step) -> Step);
    let sides: [Beside; 6] = [
        ("parallel", |step| {
            let joined = lambda(|(a, b): (String, String)| a + &b);
            parallel((step, fails())).pipe(joined).into_dyn()
        }),
        ("parallel of four", |step| {
            let joined = lambda(|(a, b, c, d): (String, String, String, String)| a + &b + &c + &d);
            parallel((step.clone(), fails(), step, stuck())).pipe(joined).into_dyn()
        }),
        ("parallel_dict", |step| {
            let values = parallel_dict("a", step).with("b", fails());
            values.pipe(pick("a")).pipe(lambda(text)).into_dyn()
        }),
        ("parallel_struct", |step| {
            let texts = parallel_struct!(Texts { old: step, new: fails() });
            texts.pipe(lambda(|texts: Texts| texts.old)).into_dyn()
        }),
        ("assign", |step| {
            let added = |step: Step| pick("a").pipe(lambda(text)).pipe(step);
            let all = assign("b", added(step)).with("c", added(fails()));
            parallel_dict("a", passthrough())
                .pipe(all)
                .pipe(pick("b"))
                .pipe(lambda(text))
                .into_dyn()
        }),
        ("each", |step| {
            let step = branch(lambda(|text: String| text == "fail"), fails()).otherwise(step);
            lambda(|text: String| vec![text, "fail".to_owned()])
                .pipe(step.each())
                .pipe(lambda(|texts: Vec<String>| texts.concat()))
                .into_dyn()
        }),
    ];
    for (name, side) in sides {
        check(name, CancelCause::SiblingFailed, side, |step, config, how| async move {
            call(&step, config, how).await;
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_branch_cancels_all_other_branches() {
    let many = (0..50).fold(parallel_dict("fails", fails()), |all, number| {
        all.with(format!("stuck {number}"), stuck())
    });
    for streamed in [false, true] {
        let ends = Ends::default();
        let result = if streamed {
            many.stream("a").config(of(&ends)).concat().await
        } else {
            many.invoke("a").config(of(&ends)).await
        };
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidRequest);
        assert_eq!(ends.causes(), vec![("stuck".to_owned(), CancelCause::SiblingFailed); 50]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_cancels_the_siblings_like_a_failure() {
    let panics = async_lambda(|_: String, _| async {
        sleep(SECOND).await;
        panic!("a bug");
        #[allow(unreachable_code, reason = "sets the type of the output")]
        Ok(String::new())
    });
    let chain = parallel((stuck().pipe(passthrough()), panics));
    for streamed in [false, true] {
        let (ends, chain) = (Ends::default(), chain.clone());
        let config = of(&ends);
        let task = tokio::spawn(async move {
            if streamed {
                drop(chain.stream("a").config(config).concat().await);
            } else {
                drop(chain.invoke("a").config(config).await);
            }
        });
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!(ends.cause_of("stuck"), Some(CancelCause::SiblingFailed), "{streamed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_fails_in_a_stream_cancels_the_steps_before_it() {
    let refuse = generator(|chunks: ChunkStream<String>, _| {
        chunks.map(|_| Err::<String, _>(Error::new(ErrorKind::Parse, "unreadable")))
    });
    let ends = Ends::default();
    let chain = stalled().pipe(passthrough()).pipe(refuse);
    chain.stream("a").config(of(&ends)).concat().await.unwrap_err();
    assert_eq!(ends.cause_of("stuck"), Some(CancelCause::SiblingFailed));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_needs_no_more_input_drops_the_steps_before_it() {
    let first = generator(|chunks: ChunkStream<String>, _| chunks.take(1));
    let ends = Ends::default();
    assert_eq!(stalled().pipe(first).stream("a").config(of(&ends)).concat().await.unwrap(), "a");
    assert_eq!(ends.causes(), [("stuck".to_owned(), CancelCause::Dropped)]);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_fails_by_itself_drops_its_calls() {
    let stuck = stuck();
    let fails = stream_lambda(move |text: String, cx: RunContext| {
        let mut inner = stuck.stream(text).config(&cx);
        stream::poll_fn(move |task| {
            let _ = inner.poll_next_unpin(task);
            std::task::Poll::Ready(Some(Err::<String, _>(Error::new(ErrorKind::Other, "own"))))
        })
    });
    let ends = Ends::default();
    fails.stream("a").config(of(&ends)).concat().await.unwrap_err();
    assert_eq!(ends.causes(), [("stuck".to_owned(), CancelCause::Dropped)]);
}

#[tokio::test(start_paused = true)]
async fn calls_that_a_function_merges_are_siblings() {
    let (stuck, fails) = (stuck(), fails());
    let merged = stream_lambda(move |text: String, cx: RunContext| {
        stream::select(stuck.stream(&text).config(&cx), fails.stream(text).config(&cx))
    });
    for streamed in [false, true] {
        let ends = Ends::default();
        let result = if streamed {
            merged.stream("a").config(of(&ends)).concat().await
        } else {
            merged.invoke("a").config(of(&ends)).await
        };
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidRequest);
        assert_eq!(ends.causes(), [("stuck".to_owned(), CancelCause::SiblingFailed)]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_that_is_reached_first_is_the_cause() {
    let token = CancellationToken::new();
    let inner = parallel((stuck(), passthrough())).with_timeout(2 * SECOND);
    let chain = inner.pipe(lambda(|(a, b): (String, String)| a + &b)).with_timeout(HOUR);
    let ends = Ends::default();
    let config = of(&ends).timeout(2 * HOUR).cancellation_token(token);
    let error = chain.invoke("a").config(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(ends.causes(), [("stuck".to_owned(), CancelCause::TimeLimit)]);
}

#[tokio::test(start_paused = true)]
async fn a_cause_applies_only_to_the_runs_that_are_dropped_for_it() {
    let hang = stuck();
    let chain = async_lambda(move |text: String, cx: RunContext| {
        let (limited, hang) = (hang.clone().with_timeout(SECOND), hang.clone());
        async move {
            limited.invoke(text.clone()).config(&cx).await.unwrap_err();
            drop(tokio::time::timeout(SECOND, hang.invoke(text).config(&cx)).await);
            Ok(())
        }
    });
    let ends = Ends::default();
    chain.invoke("a").config(of(&ends)).await.unwrap();
    let expected = [CancelCause::TimeLimit, CancelCause::Dropped];
    assert_eq!(ends.causes(), expected.map(|cause| ("stuck".to_owned(), cause)));
}

#[tokio::test(start_paused = true)]
async fn a_run_in_a_task_has_the_cause_of_the_run_that_spawned_it() {
    let spawns = |step: Step| {
        async_lambda(move |text: String, cx: RunContext| {
            let mut tasks = JoinSet::new();
            tasks.spawn(step.invoke(text).config(&cx));
            async move { tasks.join_next().await.unwrap().unwrap() }
        })
    };
    for limit_of_step in [false, true] {
        let ends = Ends::default();
        let chain = spawns(stuck()).with_timeout(if limit_of_step { SECOND } else { HOUR });
        let config = of(&ends).timeout(2 * SECOND);
        chain.invoke("a").config(config).await.unwrap_err();
        // The runtime drops the aborted task later.
        sleep(SECOND).await;
        assert_eq!(ends.cause_of("stuck"), Some(CancelCause::TimeLimit), "{limit_of_step}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_in_an_unobserved_call_receives_the_cause() {
    let causes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&causes);
    let watched = stuck().on_error(move |event| {
        if let RunEventData::Cancelled { cause, .. } = &event.data {
            seen.lock().unwrap().push(*cause);
        }
    });
    let chain = parallel((watched.clone(), fails()));
    chain.invoke("a").await.unwrap_err();
    chain.stream("a").concat().await.unwrap_err();
    watched.invoke("a").config(RunConfig::new().timeout(SECOND)).await.unwrap_err();
    let expected = [CancelCause::SiblingFailed, CancelCause::SiblingFailed, CancelCause::TimeLimit];
    assert_eq!(*causes.lock().unwrap(), expected);
}
