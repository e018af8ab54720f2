//! Streams that begin with chunks that say nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, executor::block_on, stream};
use runnable_core::{
    Interest, Listener, Run, RunEvent, RunEventKind, TimeoutPhase, ValueChunk,
    combinators::{Limits, RetryPolicy},
    prelude::*,
};
use serde::Serialize;
use tokio::time::sleep;

use crate::words::chunks_now;

fn overloaded() -> Error {
    Error::new(ErrorKind::Unavailable, "overloaded")
}

/// Says these words, and fails if `fails`.
fn says(
    words: &'static [&'static str],
    fails: bool,
) -> impl Runnable<Input = String, Output = String> {
    generator(move |_: ChunkStream<String>, _| {
        let end = fails.then(|| Err(overloaded()));
        stream::iter(words.iter().map(|word| Ok((*word).to_owned())).chain(end))
    })
}

/// Fails after empty chunks, so many times.
fn flaky(failures: usize) -> (Arc<AtomicUsize>, impl Runnable<Input = String, Output = String>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let step = generator(move |_: ChunkStream<String>, _| {
        let fails = counted.fetch_add(1, Ordering::Relaxed) < failures;
        let second = if fails { Err(overloaded()) } else { Ok("yes".to_owned()) };
        stream::iter([Ok(String::new()), Ok(String::new()), second])
    });
    (calls, step)
}

#[test]
fn a_fallback_takes_over_after_chunks_without_content() {
    let chain = says(&["", ""], true).with_fallback(says(&["", "b", "", "c"], false));
    assert_eq!(chunks_now::<String>(chain.stream("")), ["", "b", "", "c"]);
    assert_eq!(block_on(chain.invoke("")).unwrap(), "bc");
}

#[test]
fn a_fallback_does_not_take_over_after_content() {
    let chain = says(&["", "a", ""], true).with_fallback(says(&["b"], false));
    let items: Vec<_> = block_on(chain.stream("").collect());
    let texts: Vec<_> = items.iter().map(|item| item.as_deref().unwrap_or("failed")).collect();
    assert_eq!(texts, ["", "a", "", "failed"]);
}

#[test]
fn what_was_held_back_comes_before_the_error_of_the_last_resort() {
    let chain = says(&["", ""], true).with_fallback(says(&[""], true));
    let items: Vec<_> = block_on(chain.stream("").collect());
    let texts: Vec<_> = items.iter().map(|item| item.as_deref().unwrap_or("failed")).collect();
    assert_eq!(texts, ["", "", "failed"], "the chunks of the first, whose error it is");
}

#[test]
fn an_answer_without_content_keeps_its_chunks() {
    let chain = says(&["", ""], false).with_fallback(says(&["b"], false));
    assert_eq!(chunks_now::<String>(chain.stream("")), ["", ""]);
    let chain = says(&["", ""], false).retry(RetryPolicy::new());
    assert_eq!(chunks_now::<String>(chain.stream("")), ["", ""]);
}

#[test]
fn a_retry_tries_again_after_chunks_without_content() {
    let (calls, step) = flaky(2);
    let chain = step.retry(RetryPolicy::new().without_backoff());
    assert_eq!(chunks_now::<String>(chain.stream("")), ["", "", "yes"]);
    assert_eq!(calls.load(Ordering::Relaxed), 3);

    let (calls, step) = flaky(9);
    let chain = step.retry(RetryPolicy::new().without_backoff());
    let items: Vec<_> = block_on(chain.stream("").collect());
    assert_eq!((items.len(), calls.load(Ordering::Relaxed)), (3, 3), "nothing is lost");
    assert_eq!(items[2].as_ref().unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn chunks_with_content_are_not_held_back() {
    let (sender, chunks) = futures::channel::mpsc::unbounded();
    let chunks = Arc::new(std::sync::Mutex::new(Some(chunks)));
    let step = generator(move |_: ChunkStream<String>, _| chunks.lock().unwrap().take().unwrap());
    let mut call = step.with_fallback(says(&["b"], false)).stream("");
    sender.unbounded_send(Ok(String::new())).unwrap();
    assert!(call.next().now_or_never().is_none());
    sender.unbounded_send(Ok("a".to_owned())).unwrap();
    assert_eq!(call.next().now_or_never().flatten().unwrap().unwrap(), "");
    assert_eq!(call.next().now_or_never().flatten().unwrap().unwrap(), "a");
    sender.unbounded_send(Ok(String::new())).unwrap();
    assert_eq!(call.next().now_or_never().flatten().unwrap().unwrap(), "");
}

#[derive(Clone, Debug, Serialize, Chunked)]
struct Answer {
    text: String,
    r#type: u8,
    sources: Vec<String>,
}

#[test]
fn chunks_have_content_if_any_part_has() {
    let chunk = AnswerChunk::default;
    assert!(!chunk().has_content());
    let empty = AnswerChunk { text: Some(String::new()), sources: Some(vec![]), ..chunk() };
    assert!(!empty.has_content());
    assert!(AnswerChunk { r#type: Some(0), ..chunk() }.has_content());
    assert!(AnswerChunk { sources: Some(vec![String::new()]), ..chunk() }.has_content());
    assert!(!(Some(String::new()), None::<String>).has_content());
    assert!((Some(String::new()), Some("a".to_owned())).has_content());
    assert!(!ValueChunk::new(String::new()).has_content());
    assert!(ValueChunk::new(7).has_content());
    assert!(!args! {}.into_chunk().has_content());
    let news = |text: &str| {
        runnable_core::ArgsChunk::of("text", ValueChunk::new(text.to_owned())).has_content()
    };
    assert!(!news("") && news("a"));
}

#[tokio::test(start_paused = true)]
async fn a_limit_to_the_first_chunk_waits_for_content() {
    let step = generator(|_: ChunkStream<String>, _| {
        stream::iter([Ok(String::new())]).chain(stream::once(async {
            sleep(Duration::from_secs(3)).await;
            Ok("late".to_owned())
        }))
    });
    let limits = Limits::new().first_chunk(Duration::from_secs(2));
    let error = step.clone().limits(limits).stream("").gather().await.unwrap_err();
    assert_eq!(error.timeout_phase(), Some(TimeoutPhase::FirstChunk));
    let limits = Limits::new().first_chunk(Duration::from_secs(4)).silence(Duration::from_secs(1));
    assert_eq!(step.limits(limits).stream("").gather().await.unwrap(), "late");
}

#[tokio::test(start_paused = true)]
async fn the_time_to_the_first_chunk_is_the_time_to_content() {
    #[derive(Default)]
    struct First(std::sync::Mutex<Option<Duration>>);
    impl Listener for First {
        fn interest(&self, _: &Run) -> Option<Interest> {
            Some(Interest::lifecycle())
        }
        fn on_event(&self, event: &RunEvent<'_>) {
            if let RunEventKind::End { .. } = event.kind {
                *self.0.lock().unwrap() = event.timing.first_chunk;
            }
        }
    }
    let step = generator(|_: ChunkStream<String>, _| {
        stream::iter([Ok(String::new())]).chain(stream::once(async {
            sleep(Duration::from_secs(3)).await;
            Ok("late".to_owned())
        }))
    });
    let first = Arc::new(First::default());
    let config = Config::new().listener(Arc::clone(&first) as Arc<dyn Listener>);
    step.stream("").config(config).gather().await.unwrap();
    assert_eq!(*first.0.lock().unwrap(), Some(Duration::from_secs(3)));
}
