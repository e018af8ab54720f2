//! Runs that hold a permit and are not polled: open streams, and calls that lost a race.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{
    FutureExt, StreamExt,
    future::{join, join_all, select_all},
    stream,
};
use runnable_core::{combinators::RetryPolicy, prelude::*};
use tokio::{
    task::{JoinSet, yield_now},
    time::{Instant, sleep, timeout},
};

use crate::{
    meter::{Meter, Model},
    recorder::Recorder,
};

fn limit(limit: usize) -> RunConfig {
    RunConfig::new().max_concurrency(limit)
}

/// Awaits a call, and panics if it deadlocks. Time is paused, so only a deadlock takes this long.
async fn ends<F: Future>(call: impl IntoFuture<Output = F::Output, IntoFuture = F>) -> F::Output {
    timeout(Duration::from_secs(1_000_000), call).await.expect("deadlock")
}

/// A function that uses two models.
fn function<F>(
    models: (Model, Model),
    body: impl Fn(Model, Model, u64, RunContext) -> F + Clone + Send + Sync + 'static,
) -> DynRunnable<u64, u64>
where
    F: Future<Output = Result<u64>> + Send + 'static,
{
    let (a, b) = models;
    async_lambda(move |n: u64, cx: RunContext| body(a.clone(), b.clone(), n, cx)).into_dyn()
}

/// Streams the first model, and calls the second for each chunk.
fn call_for_each_chunk(meter: &Meter) -> DynRunnable<u64, u64> {
    function((meter.model(1, 3), meter.model(1, 1)), |a, b, n, cx| async move {
        let mut chunks = a.stream(n).config(&cx);
        let mut calls = 0;
        while let Some(chunk) = chunks.next().await {
            b.invoke(chunk?).config(&cx).await?;
            calls += 1;
        }
        Ok(calls)
    })
}

#[tokio::test(start_paused = true)]
async fn a_function_can_call_per_chunk_of_a_stream_at_limit_1() {
    let meter = Meter::default();
    let call = call_for_each_chunk(&meter).invoke(1u64).config(limit(1));
    assert_eq!((ends(call).await.unwrap(), meter.peak()), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_8_that_streams_and_calls_ends_at_limit_4() {
    let meter = Meter::default();
    let call = call_for_each_chunk(&meter).batch(0..8u64).config(limit(4));
    let calls: u64 = ends(call).await.into_iter().map(Result::unwrap).sum();
    assert_eq!((calls, meter.peak()), (24, 4));
}

#[tokio::test(start_paused = true)]
async fn two_zipped_streams_end_at_limit_1() {
    let meter = Meter::default();
    let zip = function((meter.model(1, 3), meter.model(2, 3)), |a, b, n, cx| async move {
        let pairs = a.stream(n).config(&cx).zip(b.stream(n).config(&cx));
        Ok(pairs.count().await as u64)
    });
    assert_eq!(ends(zip.invoke(1u64).config(limit(1))).await.unwrap(), 3);
    assert_eq!(meter.peak(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_streams_yield_their_first_chunks_at_limit_1() {
    let meter = Meter::default();
    let both = function((meter.model(1, 3), meter.model(1, 3)), |a, b, n, cx| async move {
        let (mut a, mut b) = (a.stream(n).config(&cx), b.stream(n).config(&cx));
        let (first, second) = join(a.next(), b.next()).await;
        Ok(first.transpose()?.unwrap() + second.transpose()?.unwrap())
    });
    assert_eq!(ends(both.invoke(1u64).config(limit(1))).await.unwrap(), 0);
    assert_eq!(meter.peak(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_model_can_be_called_after_one_chunk_of_a_stream() {
    let meter = Meter::default();
    let peek = function((meter.model(1, 3), meter.model(1, 1)), |a, b, n, cx| async move {
        let mut chunks = pin!(a.stream(n).config(&cx).peekable());
        chunks.as_mut().peek().await;
        b.invoke(n).config(&cx).await?;
        Ok(chunks.count().await as u64)
    });
    assert_eq!(ends(peek.invoke(1u64).config(limit(1))).await.unwrap(), 3);
    assert_eq!(meter.peak(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_generator_with_50_calls_in_a_buffer_keeps_its_limit() {
    let meter = Meter::default();
    let model = meter.model(1, 1);
    let calls = generator(move |chunks: ChunkStream<u64>, cx: RunContext| {
        let model = model.clone();
        let call = move |n: Result<u64>| {
            let (model, cx) = (model.clone(), cx.clone());
            async move { model.invoke(n?).config(&cx).await }
        };
        chunks.map(call).buffered(50)
    });
    let chain = meter.model(0, 20).pipe(calls);
    ends(chain.stream(1u64).config(limit(2)).concat()).await.unwrap();
    assert_eq!(meter.peak(), 2);
    ends(chain.invoke(1u64).config(limit(1))).await.unwrap();
    let input = stream::iter([Ok(1u64)]);
    ends(chain.transform(input).config(limit(2)).concat()).await.unwrap();
    assert_eq!(meter.peak(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_lost_a_race_does_not_block_the_next() {
    let meter = Meter::default();
    for permits in [1, 2] {
        let race = function((meter.model(1, 1), meter.model(3, 1)), |a, b, n, cx| async move {
            let calls = [a.invoke(n).config(&cx), b.invoke(n).config(&cx)];
            let (first, _, lost) = select_all(calls).await;
            for _ in 0..3 {
                a.invoke(first.clone()?).config(&cx).await?;
            }
            join_all(lost).await.into_iter().sum()
        });
        ends(race.invoke(1u64).config(limit(permits))).await.unwrap();
        assert!(meter.peak() <= permits);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_lost_a_race_in_a_task_blocks_nothing() {
    let meter = Meter::default();
    let race = function((meter.model(1, 1), meter.model(3, 1)), |a, b, n, cx| async move {
        let task = tokio::spawn(async move {
            let calls = [a.invoke(n).config(&cx), b.invoke(n).config(&cx)];
            let (first, _, lost) = select_all(calls).await;
            let third = a.invoke(first?).config(&cx).await;
            drop(lost);
            third
        });
        task.await.unwrap()
    });
    assert_eq!(ends(race.invoke(1u64).config(limit(2))).await.unwrap(), 0);
    assert!(meter.peak() <= 2);
}

#[tokio::test(start_paused = true)]
async fn calls_in_the_tasks_of_a_join_set_end_at_limit_1() {
    let meter = Meter::default();
    let tasks = function((meter.model(1, 1), meter.model(1, 3)), |a, b, n, cx| async move {
        let mut tasks = JoinSet::new();
        for _ in 0..4 {
            tasks.spawn(b.stream(n).config(&cx).count());
        }
        let mut chunks = 0;
        while let Some(count) = tasks.join_next().await {
            a.invoke(n).config(&cx).await?;
            chunks += count.unwrap() as u64;
        }
        Ok(chunks)
    });
    assert_eq!(ends(tasks.invoke(1u64).config(limit(1))).await.unwrap(), 12);
    assert_eq!(meter.peak(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_partly_read_list_does_not_block_a_call() {
    let meter = Meter::default();
    let (list, model) = (meter.model(1, 1).each(), meter.model(1, 1));
    let half = async_lambda(move |n: u64, cx: RunContext| {
        let (list, model) = (list.clone(), model.clone());
        async move {
            let mut results = list.stream(vec![n; 4]).config(&cx);
            results.next().await.transpose()?;
            model.invoke(n).config(&cx).await?;
            Ok(1 + results.count().await)
        }
    });
    for permits in [1, 2, 3] {
        assert_eq!(ends(half.invoke(1u64).config(limit(permits))).await.unwrap(), 4);
        assert!(meter.peak() <= 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_raised_where_the_call_is_polled() {
    let meter = Meter::default();
    let bad = async_lambda(|_: u64, _| async move {
        sleep(Duration::from_secs(1)).await;
        assert!(Instant::now().elapsed().as_secs() > 0, "time has passed");
        Ok(0u64)
    });
    let model = meter.model(1, 1);
    let calls = async_lambda(move |n: u64, cx: RunContext| {
        let (bad, model) = (bad.clone(), model.clone());
        async move {
            let mut bad = bad.invoke(n).config(&cx);
            assert!((&mut bad).now_or_never().is_none());
            // The call panics while this call waits for its permit.
            model.invoke(n).config(&cx).await?;
            Ok(std::panic::AssertUnwindSafe(bad).catch_unwind().await.is_err())
        }
    });
    assert!(ends(calls.invoke(1u64).config(limit(1))).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_while_others_drive_it_ends_once() {
    let (meter, recorder) = (Meter::default(), Recorder::default());
    let calls = function((meter.model(1, 4), meter.model(1, 1)), |a, b, n, cx| async move {
        let mut lost = a.stream(n).config(&cx);
        assert!(lost.next().now_or_never().is_none());
        b.invoke(n).config(&cx).await?;
        drop(lost);
        b.invoke(n).config(&cx).await
    });
    ends(calls.invoke(1u64).config(limit(1).listener(recorder.clone()))).await.unwrap();
    let (starts, ends): (Vec<_>, Vec<_>) = (recorder.script().into_iter())
        .filter(|line| !line.ends_with("chunk"))
        .partition(|line| line.ends_with("start"));
    assert_eq!((starts.len(), ends.len()), (4, 4), "{starts:?} {ends:?}");
    assert!(ends.contains(&"Model cancelled".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_pauses_leaves_its_permit_to_others() {
    let meter = Meter::default();
    let tries = Arc::new(AtomicUsize::new(0));
    let flaky = async_lambda(move |n: u64, _| {
        let first = tries.fetch_add(1, Ordering::SeqCst) == 0;
        async move { if first { Err(Error::new(ErrorKind::Timeout, "once more")) } else { Ok(n) } }
    });
    let policy = RetryPolicy::new().initial_backoff(Duration::from_secs(60)).jitter(Duration::ZERO);
    let both = parallel((flaky.with_retry(policy), meter.model(9, 1)));
    let start = Instant::now();
    ends(both.invoke(1u64).config(limit(1))).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(60), "the model works during the pause");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_read_steadily_keeps_its_permit() {
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let model = generator(move |_: ChunkStream<u64>, _| {
        let (opened, open, most) = (Arc::clone(&open), Arc::clone(&open), Arc::clone(&most));
        let chunks = stream::iter(0..3u64).then(move |n| {
            let now = if n == 0 { opened.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
            most.fetch_max(now, Ordering::SeqCst);
            sleep(Duration::from_secs(1)).map(move |()| Ok(n))
        });
        chunks.inspect(move |n| {
            if let Ok(2) = n {
                open.fetch_sub(1, Ordering::SeqCst);
            }
        })
    });
    let six = model.clone().each();
    let wide = parallel((model.clone(), model.clone(), model.clone(), model.clone(), model));
    for config in [limit(2), limit(2).listener(Recorder::default())] {
        ends(wide.invoke(1u64).config(config.clone())).await.unwrap();
        ends(six.invoke(vec![1u64; 6]).config(config.clone())).await.unwrap();
        ends(wide.stream(1u64).config(config).concat()).await.unwrap();
    }
    assert_eq!(seen.load(Ordering::SeqCst), 2, "no more streams are open than necessary");
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_becomes_free_wakes_one_call_of_a_thousand() {
    let meter = Meter::default();
    let polls = Arc::new(AtomicUsize::new(0));
    let (model, counted) = (meter.model(1, 1), Arc::clone(&polls));
    let joined = async_lambda(move |n: u64, cx: RunContext| {
        let (model, polls) = (model.clone(), Arc::clone(&counted));
        async move {
            let calls = (0..1000).map(|_| {
                let (mut call, polls) = (model.invoke(n).config(&cx), Arc::clone(&polls));
                poll_fn(move |task| {
                    polls.fetch_add(1, Ordering::Relaxed);
                    call.poll_unpin(task)
                })
            });
            join_all(calls).await.into_iter().sum::<Result<u64>>()
        }
    });
    ends(joined.invoke(1u64).config(limit(4))).await.unwrap();
    let polls = polls.load(Ordering::Relaxed);
    assert!(polls <= 5_000, "{polls} polls of 1,000 calls");
    assert_eq!(meter.peak(), 4);
}

/// Counts running work. The count decreases when the value is dropped.
struct Working(Arc<AtomicUsize>);

impl Working {
    fn new(now: Arc<AtomicUsize>, most: &AtomicUsize) -> Self {
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Self(now)
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_on_several_threads_share_a_limit() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let model = async_lambda(move |n: u64, _| {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            let _working = Working::new(now, &most);
            for _ in 0..3 {
                yield_now().await;
            }
            Ok(n)
        }
    });
    let tasks = async_lambda(move |n: u64, cx: RunContext| {
        let model = model.clone();
        async move {
            let mut tasks = JoinSet::new();
            for _ in 0..200 {
                let (model, cx) = (model.clone(), cx.clone());
                tasks.spawn(async move {
                    let calls = [model.invoke(n).config(&cx), model.invoke(n).config(&cx)];
                    let (first, _, lost) = select_all(calls).await;
                    let last = model.invoke(first?).config(&cx).await;
                    drop(lost);
                    last
                });
            }
            let mut sum = 0;
            while let Some(result) = tasks.join_next().await {
                sum += result.unwrap()?;
            }
            Ok(sum)
        }
    });
    for permits in 1..4 {
        assert_eq!(tasks.invoke(1u64).config(limit(permits)).await.unwrap(), 200);
        assert!(seen.swap(0, Ordering::SeqCst) <= permits);
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_a_call_that_is_not_polled() {
    let meter = Meter::default();
    let endless = async_lambda(|_: u64, _| std::future::pending::<Result<u64>>());
    let model = meter.model(1, 1);
    let calls = async_lambda(move |n: u64, cx: RunContext| {
        let (endless, model) = (endless.clone(), model.clone());
        async move {
            let config = RunConfig::from(&cx).timeout(Duration::from_secs(5));
            let mut endless = endless.invoke(n).config(config);
            assert!((&mut endless).now_or_never().is_none());
            model.invoke(n).config(&cx).await?;
            Ok(endless.await.is_err())
        }
    });
    assert!(ends(calls.invoke(1u64).config(limit(1))).await.unwrap());
}
