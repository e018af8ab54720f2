//! Chunks that pass through a chain.

use futures::{FutureExt, StreamExt, channel::mpsc};
use runnable_core::{parallel_struct, prelude::*};

use crate::words::{Words, chunks_now, reverse, shout};

#[test]
fn chunks_pass_through_every_step() {
    let chain = Words.pipe(shout()).pipe(shout());
    assert_eq!(chunks_now::<String>(chain.stream("one two three")), ["ONE ", "TWO ", "THREE"]);
}

#[test]
fn a_chunk_leaves_ten_steps_before_the_input_ends() {
    let five = || shout().pipe(shout()).pipe(shout()).pipe(shout()).pipe(shout());
    let (input, chunks) = mpsc::unbounded();
    let mut output = five().pipe(five()).transform(chunks);

    input.unbounded_send(Ok("early".to_owned())).unwrap();
    assert_eq!(output.next().now_or_never().flatten().unwrap().unwrap(), "EARLY");
    assert!(output.next().now_or_never().is_none(), "the input has not ended");

    drop(input);
    assert!(output.next().now_or_never().unwrap().is_none());
}

#[test]
fn a_step_can_gather_its_input_and_the_next_streams_again() {
    let chain = Words.pipe(reverse()).pipe(Words);
    assert_eq!(chunks_now::<String>(chain.stream("one two")), ["owt ", "eno"]);
}

#[test]
fn an_erased_chain_streams_as_before() {
    let chain = Words.into_dyn().pipe(shout()).into_dyn();
    assert_eq!(chunks_now::<String>(chain.stream("one two")), ["ONE ", "TWO"]);
}

#[tokio::test]
async fn a_parallel_returns_a_tuple_and_streams_its_branches() {
    let chain = parallel((Words, lambda(|text: String| text.len()), passthrough()));
    let whole = chain.invoke("one two").await.unwrap();
    assert_eq!(whole, ("one two".to_owned(), 7, "one two".to_owned()));

    let chunks = chunks_now::<(String, usize, String)>(chain.stream("one two"));
    assert_eq!(chunks.iter().filter(|chunk| chunk.0.is_some()).count(), 2, "word by word");
    assert!(chunks.iter().all(|(a, b, c)| {
        [a.is_some(), b.is_some(), c.is_some()].iter().filter(|news| **news).count() == 1
    }));
    assert_eq!(chain.stream("one two").concat().await.unwrap(), whole);
}

#[test]
fn a_parallel_passes_input_chunks_to_branches_immediately() {
    let (input, chunks) = mpsc::unbounded();
    let mut output = parallel((shout(), passthrough(), reverse())).transform(chunks);
    let mut now = || output.next().now_or_never().flatten().map(Result::unwrap);

    input.unbounded_send(Ok("ab".to_owned())).unwrap();
    let first = [now().unwrap(), now().unwrap()];
    assert!(first.contains(&(Some("AB".into()), None, None)));
    assert!(first.contains(&(None, Some("ab".into()), None)));
    assert_eq!(now(), None, "the third branch needs its complete input");

    drop(input);
    assert_eq!(now(), Some((None, None, Some("ba".into()))));
    assert_eq!(now(), None);
}

#[test]
fn a_branch_that_stops_reading_does_not_block_the_others() {
    let first_only = generator(|chunks: ChunkStream<u64>, _| chunks.take(1));
    let list = generator(|chunks: ChunkStream<u64>, _| chunks.map(|n| n.map(|n| vec![n])));
    let numbers = futures::stream::iter((0..1000).map(Ok));
    let output = parallel((first_only, list)).transform(numbers).concat();

    let (first, all) = output.now_or_never().unwrap().unwrap();
    assert_eq!((first, all.len()), (0, 1000));
}

#[tokio::test]
async fn an_error_is_the_last_item_of_a_stream() {
    let fail = generator(|chunks: ChunkStream<String>, _| {
        chunks.map(|chunk| match chunk? {
            word if word.starts_with('t') => Err(Error::new(ErrorKind::Parse, "a t")),
            word => Ok(word),
        })
    });
    let chain = Words.pipe(fail).pipe(shout());
    let items: Vec<_> = chain.stream("one two three").collect().await;
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].as_deref().unwrap(), "ONE ");
    assert_eq!(items[1].as_ref().unwrap_err().kind(), ErrorKind::Parse);
}

#[tokio::test]
async fn a_stream_without_chunks_is_an_empty_text_or_an_error() {
    let nothing = generator(|_: ChunkStream<String>, _| futures::stream::empty::<Result<String>>());
    assert_eq!(nothing.pipe(shout()).invoke("x").await.unwrap(), "");

    let no_number = generator(|_: ChunkStream<String>, _| futures::stream::empty::<Result<u64>>());
    assert_eq!(no_number.invoke("x").await.unwrap_err().kind(), ErrorKind::EmptyStream);

    // The following steps do not turn this stream into an empty text.
    let chain = no_number.with_name("none").pipe(map_chunks(|n: u64| n.to_string())).pipe(shout());
    let invoked = chain.invoke("x").await.unwrap_err();
    let streamed = chain.stream("x").concat().await.unwrap_err();
    for error in [invoked, streamed] {
        assert_eq!(error.kind(), ErrorKind::EmptyStream);
        assert_eq!(error.path().collect::<Vec<_>>(), ["RunnableSequence", "none"]);
    }
}

#[test]
fn nothing_happens_before_a_call_is_polled() {
    let never = lambda(|_: String| -> String { panic!("called") });
    drop(never.invoke("x"));
    drop(never.stream("x"));
    drop(never.batch(["x", "y"]));
}

#[tokio::test]
async fn a_stream_outlives_its_chain_and_can_be_spawned() {
    let stream = Words.pipe(shout()).stream("one two");
    let chunks = tokio::spawn(async move { stream.concat().await }).await.unwrap();
    assert_eq!(chunks.unwrap(), "ONE TWO");
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, Chunked)]
struct Both {
    words: String,
    size: usize,
}

#[test]
fn a_parallel_can_compute_the_fields_of_a_struct() {
    let recorder = crate::recorder::Recorder::default();
    let size = lambda(|text: String| text.len());
    let chain = parallel_struct!(Both { words: Words, size: size });
    let whole = Both { words: "a b".into(), size: 3 };
    let config = RunConfig::new().listener(recorder.clone());
    assert_eq!(chain.invoke("a b").config(config).now_or_never().unwrap().unwrap(), whole);
    let names: Vec<_> =
        recorder.starts().iter().map(|run| format!("{} {}", run.name, run.tags.join(""))).collect();
    assert_eq!(
        names,
        ["RunnableParallel<words,size> ", "Words map:key:words", "RunnableLambda map:key:size"]
    );

    let chunks = chunks_now::<Both>(chain.stream("a b"));
    assert_eq!(chunks.iter().filter_map(|chunk| chunk.words.as_deref()).collect::<String>(), "a b");
    assert_eq!(chunks.len(), 3, "each chunk has content for one field");
    assert_eq!(chain.stream("a b").concat().now_or_never().unwrap().unwrap(), whole);
    assert!(chain.graph().to_string().contains("└─ size: RunnableLambda"));
}
