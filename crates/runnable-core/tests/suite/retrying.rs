//! Which errors a retry acts on, how long it waits, and which events it emits.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use runnable_core::{BoxError, combinators::RetryPolicy, prelude::*};
use tokio::time::{Instant, timeout};

use crate::recorder::{EventData, Recorder};

const SECOND: Duration = Duration::from_secs(1);

/// Returns a step that always fails with this error, and a counter of its calls.
fn failing(error: Error) -> (Arc<AtomicU32>, DynRunnable<u64, u64>) {
    let calls = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&calls);
    let step = async_lambda(move |_: u64, _| {
        count.fetch_add(1, Ordering::Relaxed);
        let error = error.clone();
        async move { Err(error) }
    });
    (calls, step.into_dyn())
}

fn busy() -> Error {
    Error::new(ErrorKind::Unavailable, "the service is busy")
}

/// A user-defined error with a source.
#[derive(Debug)]
struct Wrapped(BoxError);

impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the search failed")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

#[test]
fn connection_errors_of_std_io_are_transient() {
    use io::ErrorKind as Io;
    for kind in [
        Io::ConnectionReset,
        Io::ConnectionAborted,
        Io::ConnectionRefused,
        Io::NotConnected,
        Io::BrokenPipe,
        Io::UnexpectedEof,
        Io::HostUnreachable,
        Io::NetworkUnreachable,
        Io::NetworkDown,
        Io::TimedOut,
    ] {
        let expected = match kind {
            Io::TimedOut => ErrorKind::Timeout,
            _ => ErrorKind::Connection,
        };
        let io = || io::Error::new(kind, "gone");
        for error in [
            Error::from(io()),
            Error::other(io()),
            Error::other(Wrapped(io().into())),
            Error::other(io::Error::other(io())),
        ] {
            assert_eq!((error.kind(), error.is_transient()), (expected, true), "{kind}");
        }
    }
    for kind in [Io::NotFound, Io::PermissionDenied, Io::InvalidData, Io::Other] {
        let error = Error::from(io::Error::from(kind));
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Other, false), "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_tokio_is_transient() {
    let elapsed = || async { timeout(SECOND, std::future::pending::<()>()).await.unwrap_err() };
    for error in [
        Error::from(elapsed().await),
        Error::other(elapsed().await),
        Error::other(io::Error::from(elapsed().await)),
        Error::other(Wrapped(elapsed().await.into())),
    ] {
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Timeout, true));
    }
}

#[test]
fn a_wrapped_library_error_keeps_what_a_retry_needs() {
    let limited = || Error::new(ErrorKind::RateLimit, "429").with_retry_after(SECOND);
    for error in
        [Error::other(Wrapped(limited().into())), Error::other(io::Error::other(limited()))]
    {
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimit, Some(SECOND)));
    }
    let final_one = busy().with_transient(false);
    assert!(!Error::other(Wrapped(final_one.into())).is_transient());
}

#[test]
fn a_custom_function_is_retried_after_a_broken_connection() {
    let calls = Arc::new(AtomicU32::new(0));
    let read = try_lambda(move |n: u64| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        _ => Ok(n),
    });
    let read = read.with_retry(RetryPolicy::new().without_backoff());
    assert_eq!(futures::executor::block_on(read.invoke(7u64)).unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_not_transient_is_not_retried() {
    let quota = Error::new(ErrorKind::RateLimit, "insufficient_quota").with_transient(false);
    let (calls, step) = failing(quota);
    let error = step.with_retry(RetryPolicy::new()).invoke(1u64).await.unwrap_err();
    assert_eq!((calls.load(Ordering::Relaxed), error.attempts()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_error_contains_the_number_of_attempts() {
    for streamed in [false, true] {
        let (_, step) = failing(busy());
        let step = step.with_name("service").with_retry(RetryPolicy::new().max_attempts(5));
        let error = if streamed {
            step.stream(1u64).concat().await.unwrap_err()
        } else {
            step.invoke(1u64).await.unwrap_err()
        };
        assert_eq!((error.attempts(), &*error.message()), (5, "the service is busy"));
        let text = error.to_string();
        assert!(text.starts_with("the service is busy; gave up after 5 attempts (in "), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_of_nested_retries_multiply_and_are_counted() {
    let (calls, step) = failing(busy());
    let inner = step.with_retry(RetryPolicy::new().max_attempts(3));
    let error =
        inner.with_retry(RetryPolicy::new().max_attempts(2)).invoke(1u64).await.unwrap_err();
    assert_eq!((calls.load(Ordering::Relaxed), error.attempts()), (6, 6));
}

#[tokio::test(start_paused = true)]
async fn a_requested_wait_beyond_the_limit_is_an_error() {
    for streamed in [false, true] {
        let asks = Error::new(ErrorKind::RateLimit, "slow down").with_retry_after(61 * SECOND);
        let (calls, step) = failing(asks);
        let (retried, start) = (step.clone().with_retry(RetryPolicy::new()), Instant::now());
        let error = if streamed {
            retried.stream(1u64).concat().await.unwrap_err()
        } else {
            retried.invoke(1u64).await.unwrap_err()
        };
        assert_eq!((calls.load(Ordering::Relaxed), start.elapsed()), (1, Duration::ZERO));
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimit, Some(61 * SECOND)));
        let text = error.message();
        assert!(text.contains("61s") && text.contains("60s"), "{text}");
        assert!(text.contains("`max_retry_after`"), "{text}");

        let patient = RetryPolicy::new().max_retry_after(61 * SECOND);
        step.with_retry(patient).invoke(1u64).await.unwrap_err();
        assert_eq!(calls.load(Ordering::Relaxed), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn failed_attempts_and_their_waits_are_events() {
    for streamed in [false, true] {
        let recorder = Recorder::default();
        let (_, step) = failing(busy());
        let policy = RetryPolicy::new().jitter(Duration::ZERO);
        let step = step.with_retry(policy);
        let config = RunConfig::new().run_name("retry").listener(recorder.clone());
        if streamed {
            step.stream(1u64).config(config).concat().await.unwrap_err()
        } else {
            step.invoke(1u64).config(config).await.unwrap_err()
        };
        let retries: Vec<_> = recorder
            .of("retry")
            .into_iter()
            .filter_map(|data| match data {
                EventData::Retry(attempt, wait, error) => Some((attempt, wait, error.message())),
                _ => None,
            })
            .collect();
        let busy = || "the service is busy".to_owned();
        assert_eq!(retries, [(1, SECOND, busy()), (2, 2 * SECOND, busy())]);
    }
}

#[tokio::test]
async fn is_retried_says_if_a_retry_around_acts_on_the_error() {
    let asks = async_lambda(|_: u64, cx: RunContext| async move { Ok(cx.is_retried(&busy())) });
    let parse = || RetryPolicy::new().when(|error| error.kind() == ErrorKind::Parse);
    assert!(!asks.clone().invoke(1u64).await.unwrap());
    assert!(!asks.clone().with_retry(parse()).invoke(1u64).await.unwrap());
    let inner = asks.clone().with_retry(parse()).pipe(passthrough());
    assert!(inner.with_retry(RetryPolicy::new()).invoke(1u64).await.unwrap());
    let calls = async_lambda(move |n: u64, cx: RunContext| {
        let asks = asks.clone();
        async move { asks.invoke(n).config(&cx).await }
    });
    assert!(calls.with_retry(RetryPolicy::new()).invoke(1u64).await.unwrap());
}
