//! Streams that start with chunks without content.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, StreamExt, executor::block_on, stream};
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use runnable_core::{
    Interest, Listener, Run, RunEvent, RunEventData, TimeoutPhase, ValueChunk,
    combinators::{self, RetryPolicy, Timeouts},
    prelude::*,
};
use serde::Serialize;
use serde_json::json;
use tokio::time::sleep;

use crate::words::chunks_now;

fn overloaded() -> Error {
    Error::new(ErrorKind::Unavailable, "overloaded")
}

/// A step that yields these words, and then fails if `fails` is set.
fn yields(
    words: &'static [&'static str],
    fails: bool,
) -> impl Runnable<Input = String, Output = String> {
    generator(move |_: ChunkStream<String>, _| {
        let end = fails.then(|| Err(overloaded()));
        stream::iter(words.iter().map(|word| Ok((*word).to_owned())).chain(end))
    })
}

/// A step that fails after empty chunks this many times.
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
    let chain = yields(&["", ""], true).with_fallback(yields(&["", "b", "", "c"], false));
    assert_eq!(chunks_now::<String>(chain.stream("")), ["", "b", "", "c"]);
    assert_eq!(block_on(chain.invoke("")).unwrap(), "bc");
}

#[test]
fn a_fallback_does_not_take_over_after_content() {
    let chain = yields(&["", "a", ""], true).with_fallback(yields(&["b"], false));
    let items: Vec<_> = block_on(chain.stream("").collect());
    let texts: Vec<_> = items.iter().map(|item| item.as_deref().unwrap_or("failed")).collect();
    assert_eq!(texts, ["", "a", "", "failed"]);
}

#[test]
fn held_back_chunks_precede_the_error_of_the_last_fallback() {
    let chain = yields(&["", ""], true).with_fallback(yields(&[""], true));
    let items: Vec<_> = block_on(chain.stream("").collect());
    let texts: Vec<_> = items.iter().map(|item| item.as_deref().unwrap_or("failed")).collect();
    assert_eq!(texts, ["", "", "failed"], "the chunks of the first step, whose error is returned");
}

#[test]
fn a_stream_without_content_keeps_its_chunks() {
    let chain = yields(&["", ""], false).with_fallback(yields(&["b"], false));
    assert_eq!(chunks_now::<String>(chain.stream("")), ["", ""]);
    let chain = yields(&["", ""], false).with_retry(RetryPolicy::new());
    assert_eq!(chunks_now::<String>(chain.stream("")), ["", ""]);
}

#[test]
fn a_retry_acts_after_chunks_without_content() {
    let (calls, step) = flaky(2);
    let chain = step.with_retry(RetryPolicy::new().without_backoff());
    assert_eq!(chunks_now::<String>(chain.stream("")), ["", "", "yes"]);
    assert_eq!(calls.load(Ordering::Relaxed), 3);

    let (calls, step) = flaky(9);
    let chain = step.with_retry(RetryPolicy::new().without_backoff());
    let items: Vec<_> = block_on(chain.stream("").collect());
    assert_eq!((items.len(), calls.load(Ordering::Relaxed)), (3, 3), "nothing is lost");
    assert_eq!(items[2].as_ref().unwrap_err().kind(), ErrorKind::Unavailable);
}

#[test]
fn chunks_with_content_are_not_held_back() {
    let (sender, chunks) = futures::channel::mpsc::unbounded();
    let chunks = Arc::new(std::sync::Mutex::new(Some(chunks)));
    let step = generator(move |_: ChunkStream<String>, _| chunks.lock().unwrap().take().unwrap());
    let mut call = step.with_fallback(yields(&["b"], false)).stream("");
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
    assert!(!dict! {}.into_chunk().has_content());
    let news = |text: &str| {
        runnable_core::DictChunk::new("text", ValueChunk::new(text.to_owned())).has_content()
    };
    assert!(!news("") && news("a"));
}

#[test]
fn empty_collections_have_no_content() {
    assert!(!HashMap::<String, u8>::new().has_content());
    assert!(!BTreeMap::<String, u8>::new().has_content());
    assert!(!serde_json::Map::new().has_content());
    assert!(!HashSet::<u8>::new().has_content());
    assert!(!BTreeSet::<u8>::new().has_content());
    assert!(!VecDeque::<u8>::new().has_content());
    assert!(!Cow::Borrowed("").has_content());
    assert!(!Box::new(String::new()).has_content());
    assert!(BTreeMap::from([("a".to_owned(), 0)]).has_content());
    assert!(HashSet::from([0]).has_content());
    assert!(Cow::Borrowed("a").has_content());
    assert!(Box::new("a".to_owned()).has_content());
}

#[test]
fn json_has_content_like_the_value_it_contains() {
    for without in [json!(null), json!(""), json!([]), json!({})] {
        assert!(!without.clone().into_chunk().has_content(), "{without}");
        assert!(!dict! { value: without.clone() }.into_chunk().has_content(), "{without}");
    }
    for with in [json!(false), json!(0), json!("a"), json!([null]), json!({ "a": null })] {
        assert!(with.clone().into_chunk().has_content(), "{with}");
    }
}

/// A step that yields one empty value and then fails.
fn empty_then_fails<T: Chunked + Default>() -> impl Runnable<Input = String, Output = T> {
    generator(|_: ChunkStream<String>, _| {
        stream::iter([Ok(T::default().into_chunk()), Err(overloaded())])
    })
}

fn assert_replaced<T: Chunked + Default + PartialEq + std::fmt::Debug + Clone + Sync>(other: T) {
    let expected = other.clone();
    let chain = empty_then_fails::<T>().with_fallback(lambda(move |_: String| other.clone()));
    assert_eq!(block_on(chain.stream("").concat()).unwrap(), expected);
}

#[test]
fn a_fallback_takes_over_after_an_empty_value_of_any_type() {
    assert_replaced(vec![1u8]);
    assert_replaced(BTreeMap::from([("a".to_owned(), 1u8)]));
    assert_replaced(HashMap::from([("a".to_owned(), 1u8)]));
    assert_replaced(BTreeSet::from([1u8]));
    assert_replaced(VecDeque::from([1u8]));
    assert_replaced((String::new(), vec![1u8]));
    assert_replaced(Some("a".to_owned()));
    assert_replaced(dict! { a: 1 });
    assert_replaced(json!({ "a": 1 }));
}

/// Returns the same chain in every position of a step.
fn places(step: DynRunnable<String, String>) -> Vec<DynRunnable<String, String>> {
    let json = || {
        lambda(|values: Dict| {
            values.get("a").and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
        })
    };
    let is_true = || lambda(|_: String| true);
    vec![
        step.clone(),
        step.clone().pipe(crate::words::shout()).into_dyn(),
        passthrough::<String>().pipe(step.clone()).into_dyn(),
        parallel((step.clone(), passthrough()))
            .pipe(lambda(|(a, _): (String, String)| a))
            .into_dyn(),
        parallel_dict("a", step.clone()).pipe(json()).into_dyn(),
        parallel_dict("b", passthrough::<String>())
            .pipe(assign("a", lambda(|_: Dict| String::new()).pipe(step.clone())))
            .pipe(json())
            .into_dyn(),
        lambda(|text: String| vec![text])
            .pipe(step.clone().each())
            .pipe(lambda(|texts: Vec<String>| texts.concat()))
            .into_dyn(),
        branch(is_true(), step.clone()).otherwise(passthrough()).into_dyn(),
        step.clone().with_timeout(Duration::from_secs(60)).into_dyn(),
        step.clone().with_name("named").into_dyn(),
        choose({
            let step = step.clone();
            move |_: &String| step.clone()
        })
        .into_dyn(),
        step.clone().with_retry(RetryPolicy::new().without_backoff()).into_dyn(),
        step.with_fallback(yields(&["other"], false)).into_dyn(),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_fallback_takes_over_in_every_position_watched_or_not() {
    for watched in [false, true] {
        let chain = yields(&["", ""], true).with_fallback(yields(&["", "b"], false)).into_dyn();
        for (place, chain) in places(chain).into_iter().enumerate() {
            let config = || {
                if watched {
                    RunConfig::new().listener(crate::recorder::Recorder::default())
                } else {
                    RunConfig::new()
                }
            };
            let streamed = chain.stream("x").config(config()).concat().await;
            let fed = chain.transform(stream::iter([Ok("x".to_owned())])).config(config());
            let fed = fed.concat().await;
            let invoked = chain.invoke("x").config(config()).await.unwrap();
            assert_eq!(invoked.to_lowercase(), "b", "place {place}");
            assert_eq!(streamed.unwrap(), invoked, "place {place}, watched: {watched}");
            assert_eq!(fed.unwrap(), invoked, "place {place}, watched: {watched}");
            let batch = chain.batch(["x", "y"]).config(config()).await;
            assert_eq!(batch.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [&*invoked; 2]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_does_not_fall_back_in_any_position() {
    let decisions = Arc::new(AtomicUsize::new(0));
    for cancelled_first in [true, false] {
        let inner = async_lambda(move |text: String, cx: RunContext| async move {
            let token = CancellationToken::new();
            if cancelled_first {
                token.cancel();
            }
            let stuck = async_lambda(|text: String, _| async move {
                sleep(Duration::from_secs(60)).await;
                Ok(text)
            });
            let call =
                stuck.invoke(text).config(RunConfig::from(&cx).cancellation_token(token.clone()));
            let cancel = async {
                sleep(Duration::from_secs(1)).await;
                token.cancel();
            };
            futures::join!(call, cancel).0
        });
        for (place, step) in places(inner.into_dyn()).into_iter().enumerate() {
            let decisions = Arc::clone(&decisions);
            let other = lambda(move |text: String| {
                decisions.fetch_add(1, Ordering::Relaxed);
                text
            });
            let policy = RetryPolicy::new().without_backoff().when(|_| true);
            let chain = step.with_retry(policy).with_fallback(other);
            let kinds = [
                chain.invoke("x").await.unwrap_err().kind(),
                chain.stream("x").concat().await.unwrap_err().kind(),
                chain.batch(["x"]).await.remove(0).unwrap_err().kind(),
            ];
            assert_eq!(kinds, [ErrorKind::Cancelled; 3], "place {place}");
        }
    }
    assert_eq!(decisions.load(Ordering::Relaxed), 0);
}

/// What a step yields, and whether it then fails.
type Script = (Vec<String>, bool);

fn scripted((chunks, fails): Script) -> impl Runnable<Input = String, Output = String> {
    generator(move |_: ChunkStream<String>, _| {
        let end = fails.then(|| Err(overloaded()));
        stream::iter(chunks.clone().into_iter().map(Ok).chain(end))
    })
}

fn scripts() -> impl Strategy<Value = Vec<Script>> {
    let chunk = prop_oneof![2 => Just(String::new()), 1 => "[a-c]{1,2}"];
    proptest::collection::vec((proptest::collection::vec(chunk, 0..4), any::<bool>()), 1..5)
}

proptest! {
    #[test]
    fn a_fallback_yields_all_chunks_of_a_single_step(scripts in scripts()) {
        let has_content = |script: &Script| script.0.iter().any(|chunk| !chunk.is_empty());
        let taken = scripts.iter().find(|script| has_content(script) || !script.1);
        let expected = taken.unwrap_or(&scripts[0]);

        let mut members = scripts.iter().cloned().map(scripted);
        let first = members.next().unwrap().into_dyn();
        let chain = members.fold(None, |chain: Option<combinators::Fallbacks<_, _>>, next| {
            Some(match chain {
                Some(chain) => chain.with_fallback(next),
                None => first.clone().with_fallback(next),
            })
        });
        let chain = chain.map_or(first, RunnableExt::into_dyn);
        let items: Vec<_> = block_on(chain.stream("").collect());
        let (chunks, errors): (Vec<_>, Vec<_>) = items.into_iter().partition(Result::is_ok);
        let chunks: Vec<_> = chunks.into_iter().map(Result::unwrap).collect();
        prop_assert_eq!(&chunks, &expected.0);
        prop_assert_eq!(errors.len(), usize::from(expected.1));
        // If it is invoked, a step that fails after content is replaced, too.
        let whole = scripts.iter().find(|script| !script.1).map(|script| script.0.concat());
        prop_assert_eq!(block_on(chain.invoke("")).ok(), whole);
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_to_the_first_chunk_waits_for_content() {
    let step = generator(|_: ChunkStream<String>, _| {
        stream::iter([Ok(String::new())]).chain(stream::once(async {
            sleep(Duration::from_secs(3)).await;
            Ok("late".to_owned())
        }))
    });
    let limits = Timeouts::new().first_chunk(Duration::from_secs(2));
    let error = step.clone().with_timeouts(limits).stream("").concat().await.unwrap_err();
    assert_eq!(error.timeout_phase(), Some(TimeoutPhase::FirstChunk));
    let limits = Timeouts::new().first_chunk(Duration::from_secs(4)).idle(Duration::from_secs(1));
    assert_eq!(step.with_timeouts(limits).stream("").concat().await.unwrap(), "late");
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
            if let RunEventData::End { .. } = event.data {
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
    let config = RunConfig::new().listener(Arc::clone(&first) as Arc<dyn Listener>);
    step.stream("").config(config).concat().await.unwrap();
    assert_eq!(*first.0.lock().unwrap(), Some(Duration::from_secs(3)));
}
