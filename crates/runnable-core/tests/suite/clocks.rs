//! Time limits measure the work of a step, and not the time of its reader. Time is paused.

use std::{
    future,
    pin::pin,
    sync::{Arc, Mutex},
    task::{self, Poll, Waker},
    time::Duration,
};

use futures::{FutureExt, StreamExt, stream};
use runnable_core::{
    Interest, Listener, Run, RunEvent, TimeoutPhase,
    combinators::{RetryPolicy, Timeouts},
    prelude::*,
};
use tokio::time::{Instant, advance, sleep};

use crate::recorder::Recorder;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A step that takes 50 ms twice.
fn two_waits() -> impl Runnable<Input = u64, Output = u64> {
    async_lambda(|n: u64, _| async move {
        sleep(millis(50)).await;
        sleep(millis(50)).await;
        Ok(n)
    })
}

/// A step that yields three chunks, each after 50 ms.
fn three_chunks() -> impl Runnable<Input = String, Output = String> {
    generator(|_: ChunkStream<String>, _| {
        stream::iter(["a", "b", "c"]).then(|text| async move {
            sleep(millis(50)).await;
            Ok(text.to_owned())
        })
    })
}

/// Reads a stream, and pauses for 300 ms after each chunk.
async fn read_slowly<T: Chunked>(
    chunks: impl futures::Stream<Item = Result<T::Chunk>>,
) -> Result<usize> {
    let (mut chunks, mut count) = (pin!(chunks), 0);
    while let Some(chunk) = chunks.next().await {
        chunk?;
        count += 1;
        sleep(millis(300)).await;
    }
    Ok(count)
}

#[tokio::test(start_paused = true)]
async fn items_of_a_batch_do_not_time_out_while_the_reader_is_away() {
    for limit in [1, 2, 6] {
        let config = RunConfig::new().timeout(millis(150));
        let steps = [two_waits().into_dyn(), two_waits().with_timeout(millis(150)).into_dyn()];
        for step in steps {
            let call = step.batch_as_completed(0..6u64).max_concurrency(limit);
            let mut results = call.config(config.clone());
            while let Some((_, result)) = results.next().await {
                result.unwrap();
                sleep(millis(300)).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ready_items_do_not_time_out_after_a_blocked_thread() {
    let step = async_lambda(|n: u64, _| async move {
        sleep(millis(50)).await;
        Ok(n)
    });
    let mut results =
        step.batch_as_completed(0..4u64).config(RunConfig::new().timeout(millis(100)));
    while let Some((_, result)) = results.next().await {
        result.unwrap();
        advance(millis(300)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn slow_items_time_out_while_the_reader_is_away() {
    let step = async_lambda(|n: u64, _| async move {
        sleep(millis(n)).await;
        Ok(n)
    });
    let call = step.batch_as_completed([50u64, 500]);
    let mut results = call.config(RunConfig::new().timeout(millis(200)));
    assert_eq!(results.next().await.unwrap().1.unwrap(), 50);
    sleep(millis(300)).await;
    let start = Instant::now();
    let error = results.next().await.unwrap().1.unwrap_err();
    assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Call));
    assert_eq!(start.elapsed(), Duration::ZERO, "the time limit had passed already");
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_does_not_use_up_any_limit_of_a_stream() {
    let whole = Timeouts::new().total(millis(200));
    let chunk = Timeouts::new().first_chunk(millis(100)).idle(millis(100));
    let config = RunConfig::new().timeout(millis(200));
    let steps = [
        three_chunks().with_timeouts(whole).into_dyn(),
        three_chunks().with_timeouts(chunk).into_dyn(),
        three_chunks().with_config(config.clone()).into_dyn(),
        three_chunks().pipe(passthrough().with_timeout(millis(200))).into_dyn(),
    ];
    for step in steps {
        let streamed = step.stream("").config(config.clone());
        assert_eq!(read_slowly::<String>(streamed).await.unwrap(), 3);
        let input = stream::iter([Ok(String::new())]);
        let transformed = step.transform(input).config(config.clone());
        assert_eq!(read_slowly::<String>(transformed).await.unwrap(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_parallel_step_does_not_time_out_for_a_slow_reader() {
    let branch = lambda(|_: String| 7u64).pipe(two_waits().with_timeout(millis(150)));
    let chunks = parallel((three_chunks(), branch)).stream("");
    assert_eq!(read_slowly::<(String, u64)>(chunks).await.unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn the_work_of_a_stream_adds_up_to_its_limit() {
    for step in [
        three_chunks().with_timeout(millis(120)).into_dyn(),
        three_chunks().with_config(RunConfig::new().timeout(millis(120))).into_dyn(),
    ] {
        let mut chunks = step.stream("");
        for _ in 0..2 {
            chunks.next().await.unwrap().unwrap();
            sleep(millis(300)).await;
        }
        let start = Instant::now();
        let error = chunks.next().await.unwrap().unwrap_err();
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Step));
        assert_eq!(start.elapsed(), millis(20), "100 of 120 ms had passed");
        assert!(chunks.next().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_streamed_step_includes_the_wait_for_its_input() {
    let chain = two_waits().pipe(lambda(|n: u64| n).with_timeout(millis(50)));
    assert_eq!(chain.invoke(1u64).await.unwrap(), 1);
    let error = chain.stream(1u64).concat().await.unwrap_err();
    assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Step));
}

/// Blocks the thread for this long.
fn compute(time: Duration) {
    let _ = advance(time).now_or_never();
}

/// A stream whose chunks are ready after 5 ms of computation each.
#[derive(Clone)]
struct Busy(usize);

impl Runnable for Busy {
    type Input = String;
    type Output = String;

    async fn run(&self, text: String, cx: RunContext) -> Result<String> {
        self.run_stream(text, cx).concat().await
    }

    fn run_stream(&self, _: String, _: RunContext) -> ChunkStream<String> {
        ChunkStream::new(stream::iter(0..self.0).map(|_| {
            compute(millis(5));
            Ok("x".to_owned())
        }))
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_a_stream_that_is_always_ready() {
    let config = || RunConfig::new().timeout(millis(50));
    let calls = [
        Busy(100).stream("").config(config()),
        Busy(100).with_timeout(millis(50)).stream(""),
        Busy(100).with_timeouts(Timeouts::new().total(millis(50)).idle(millis(20))).stream(""),
        Busy(100).with_config(config()).stream(""),
        Busy(100).pipe(passthrough().with_timeout(millis(50))).stream(""),
        Busy(100).transform(stream::iter([Ok(String::new())])).config(config()),
        Busy(100).stream("").config(config().listener(Recorder::default())),
        Busy(100).pipe(lambda(|text: String| text)).stream("").config(config()),
        parallel((Busy(100), Busy(100)))
            .pipe(lambda(|(text, _): (String, String)| text))
            .stream("")
            .config(config()),
    ];
    for (n, call) in calls.into_iter().enumerate() {
        let start = Instant::now();
        let chunks: Vec<_> = call.collect().await;
        let (last, chunks) = chunks.split_last().unwrap();
        assert_eq!(last.as_ref().unwrap_err().kind(), ErrorKind::Timeout, "{n}");
        assert!(chunks.len() <= 10, "{n}: {} chunks", chunks.len());
        assert!(start.elapsed() <= millis(55), "{n}: {:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_a_call_whose_chunks_are_always_ready() {
    let config = || RunConfig::new().timeout(millis(50));
    let text = |(text, _): (String, String)| text;
    let list = lambda(|_: String| vec![String::new()]).pipe(Busy(100).each());
    let calls = [
        Busy(100).invoke("").config(config()).boxed(),
        Busy(100).with_timeout(millis(50)).invoke("").boxed(),
        Busy(100).with_config(config()).invoke("").boxed(),
        Busy(100).invoke("").config(config().listener(Recorder::default())).boxed(),
        parallel((Busy(100), Busy(100))).pipe(lambda(text)).invoke("").config(config()).boxed(),
        list.pipe(lambda(|list: Vec<String>| list.concat())).invoke("").config(config()).boxed(),
        Busy(100).batch([""]).config(config()).map(|mut results| results.remove(0)).boxed(),
        async_lambda(|_: String, cx: RunContext| async move {
            let mut chunks = Busy(100).stream("").config(&cx);
            while let Some(chunk) = chunks.next().await {
                chunk?;
            }
            Ok(String::new())
        })
        .invoke("")
        .config(config())
        .boxed(),
    ];
    for (n, call) in calls.into_iter().enumerate() {
        let start = Instant::now();
        assert_eq!(call.await.unwrap_err().kind(), ErrorKind::Timeout, "{n}");
        assert!(start.elapsed() <= millis(60), "{n}: {:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_select_sees_its_timer_among_slow_ready_chunks() {
    let start = Instant::now();
    let mut chunks = Busy(100).stream("");
    let read = async { while chunks.next().await.is_some() {} };
    assert!(tokio::time::timeout(millis(50), read).await.is_err());
    assert!(start.elapsed() <= millis(60), "{:?}", start.elapsed());

    let start = Instant::now();
    assert!(tokio::time::timeout(millis(50), Busy(100).invoke("")).await.is_err());
    assert!(start.elapsed() <= millis(60), "{:?}", start.elapsed());

    let start = Instant::now();
    let one = lambda(|n: u64| {
        compute(millis(5));
        n
    });
    assert!(tokio::time::timeout(millis(50), one.batch(0..100u64)).await.is_err());
    assert!(start.elapsed() <= millis(60), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_retries_that_never_wait() {
    let config = || RunConfig::new().timeout(millis(50));
    let fails = try_lambda(|_: String| {
        compute(millis(5));
        Result::<String>::Err(Error::new(ErrorKind::Unavailable, "no"))
    });
    let retry = fails.with_retry(RetryPolicy::new().max_attempts(100).without_backoff());
    let input = || stream::iter([Ok(String::new())]);
    let calls = [
        retry.invoke("").config(config()).boxed(),
        retry.clone().with_timeout(millis(50)).invoke("").boxed(),
        retry.clone().with_config(config()).invoke("").boxed(),
        retry.stream("").config(config()).concat().boxed(),
        retry.clone().with_timeout(millis(50)).stream("").concat().boxed(),
        retry.transform(input()).config(config()).concat().boxed(),
        retry.batch([""]).config(config()).map(|mut results| results.remove(0)).boxed(),
    ];
    for (n, call) in calls.into_iter().enumerate() {
        let start = Instant::now();
        assert_eq!(call.await.unwrap_err().kind(), ErrorKind::Timeout, "{n}");
        assert!(start.elapsed() <= millis(60), "{n}: {:?}", start.elapsed());
    }
    let start = Instant::now();
    assert!(tokio::time::timeout(millis(50), retry.invoke("")).await.is_err());
    assert!(start.elapsed() <= millis(60), "{:?}", start.elapsed());
}

/// Holds the runs called `held` from their start until a time.
struct Gate {
    opens: Instant,
    wakers: Mutex<Vec<Waker>>,
}

impl Gate {
    /// Returns a configuration with a gate that opens after `time`.
    fn opening_after(time: Duration) -> RunConfig {
        let gate = Arc::new(Self { opens: Instant::now() + time, wakers: Mutex::default() });
        let opened = Arc::clone(&gate);
        tokio::spawn(async move {
            sleep(time).await;
            opened.wakers.lock().unwrap().drain(..).for_each(Waker::wake);
        });
        RunConfig::new().listener(gate)
    }
}

impl Listener for Gate {
    fn interest(&self, run: &Run) -> Option<Interest> {
        (run.name == "held").then(Interest::lifecycle)
    }

    fn on_event(&self, _: &RunEvent<'_>) {}

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        if Instant::now() >= self.opens {
            return Poll::Ready(());
        }
        self.wakers.lock().unwrap().push(cx.waker().clone());
        Poll::Pending
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A step that works for 800 ms, and that the gate holds.
fn held() -> impl Runnable<Input = u64, Output = u64> {
    let step = async_lambda(|n: u64, _| async move {
        sleep(millis(800)).await;
        Ok(n)
    });
    step.with_name("held")
}

fn never_ends() -> impl Runnable<Input = u64, Output = u64> {
    async_lambda(|_: u64, _| future::pending())
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_excludes_the_time_in_which_a_listener_holds_the_run() {
    let limit = seconds(1);
    let chains = [
        held().into_dyn(),
        held().with_timeout(limit).into_dyn(),
        held().pipe(passthrough()).with_timeout(limit).into_dyn(),
        held().with_config(RunConfig::new().timeout(limit)).into_dyn(),
    ];
    for (n, chain) in chains.into_iter().enumerate() {
        let gated = || Gate::opening_after(seconds(60)).timeout(limit);
        let start = Instant::now();
        assert_eq!(chain.invoke(1u64).config(gated()).await.unwrap(), 1, "{n}");
        assert_eq!(start.elapsed(), millis(60_800));
        assert_eq!(chain.stream(2u64).config(gated()).concat().await.unwrap(), 2, "{n}");
        let results = chain.batch([3u64, 4]).config(gated()).await;
        assert!(results.iter().all(Result::is_ok), "{n}: {results:?}");
        let limited = gated().max_concurrency(1);
        assert_eq!(chain.invoke(5u64).config(limited).await.unwrap(), 5, "{n}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_counts_after_a_held_run_has_continued() {
    let chain = held().pipe(never_ends());
    let start = Instant::now();
    let call = chain.invoke(1u64).config(Gate::opening_after(seconds(60)).timeout(seconds(1)));
    assert_eq!(call.await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(start.elapsed(), seconds(61));
}

#[tokio::test(start_paused = true)]
async fn a_held_run_does_not_stop_the_time_limit_of_a_step_beside_it() {
    let both = parallel((held().with_timeout(seconds(1)), never_ends().with_timeout(seconds(1))));
    let start = Instant::now();
    let error = both.invoke(1u64).config(Gate::opening_after(seconds(60))).await.unwrap_err();
    assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Step));
    assert_eq!(start.elapsed(), seconds(1));
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_counts_after_a_held_run_was_dropped() {
    let function = async_lambda(|n: u64, cx: RunContext| async move {
        let call = held().invoke(n).config(&cx);
        assert!(tokio::time::timeout(seconds(5), call.into_future()).await.is_err());
        future::pending::<Result<u64>>().await
    });
    let start = Instant::now();
    let call = function.invoke(1u64).config(Gate::opening_after(seconds(60)).timeout(seconds(1)));
    assert_eq!(call.await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(start.elapsed(), seconds(6));
}
