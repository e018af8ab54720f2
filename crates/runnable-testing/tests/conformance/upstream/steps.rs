//! Single steps.

use futures::{StreamExt, stream};
use runnable_chat::prelude::*;
use runnable_core::{DictChunk, ValueChunk};
use runnable_events::StreamEventsExt;
use serde::Serialize;

use crate::parts::{assert_each_run_ends_once, outcomes, recorded, unavailable};

/// A step that implements only the required method.
#[derive(Clone)]
struct Length;

impl Runnable for Length {
    type Input = String;
    type Output = usize;

    async fn run(&self, text: String, _: RunContext) -> Result<usize> {
        Ok(text.len())
    }
}

#[tokio::test]
async fn a_step_with_run_only_works_in_every_method() {
    assert_eq!(Length.invoke("four").await.unwrap(), 4);
    assert_eq!(outcomes(Length.batch(["one", "three"]).await), [Ok(3), Ok(5)]);
    let mut completed: Vec<_> = Length.batch_as_completed(["one", "three"]).collect().await;
    completed.sort_by_key(|(index, _)| *index);
    assert_eq!(completed[1].1.as_ref().unwrap(), &5);
    let chunks: Vec<_> = Length.stream("four").map(Result::unwrap).collect().await;
    assert_eq!(chunks, [4]);
    let pieces = stream::iter(["fo", "ur"].map(|piece| Ok(piece.to_owned())));
    let chunks: Vec<_> = Length.transform(pieces).map(Result::unwrap).collect().await;
    assert_eq!(chunks, [4], "one chunk for the complete input");
    let events: Vec<_> = Length.stream_events("four").map(Result::unwrap).collect().await;
    let events: Vec<_> = events.iter().map(|event| event.event_name()).collect();
    assert_eq!(events, ["on_chain_start", "on_chain_stream", "on_chain_end"]);
}

#[tokio::test]
async fn whole_values_replace_each_other_and_passthrough_keeps_all() {
    let two = || stream::iter([Ok(1u64), Ok(2)]);
    let same = lambda(|n: u64| n);
    let chunks: Vec<_> = same.transform(two()).map(Result::unwrap).collect().await;
    assert_eq!(chunks, [2]);
    let chunks: Vec<_> = passthrough::<u64>().transform(two()).map(Result::unwrap).collect().await;
    assert_eq!(chunks, [1, 2]);

    let two = || {
        let values = [dict! { text: "a" }, dict! { text: "n" }];
        stream::iter(values.map(|values| Ok(values.into_chunk())))
    };
    let same = lambda(|values: Dict| values);
    assert_eq!(same.transform(two()).concat().await.unwrap(), dict! { text: "n" });
    assert_eq!(passthrough::<Dict>().transform(two()).count().await, 2);
}

#[tokio::test]
async fn a_chunk_of_another_type_replaces_the_earlier_value() {
    async fn gathered<const N: usize>(pieces: [ValueChunk; N]) -> Dict {
        let chunks = pieces.map(|piece| Ok(DictChunk::new("a", piece)));
        passthrough::<Dict>().transform(stream::iter(chunks)).concat().await.unwrap()
    }
    let text = |text: &str| ValueChunk::new(text.to_owned());
    assert_eq!(gathered([text("x"), text("y")]).await, dict! { a: "xy" });
    assert_eq!(gathered([text("x"), ValueChunk::new(1u64)]).await, dict! { a: 1 });
    let again = [ValueChunk::new(1u64), text("y"), text("z")];
    assert_eq!(gathered(again).await, dict! { a: "yz" });
}

#[tokio::test]
async fn each_can_be_nested() {
    let lengths = lambda(|text: String| text.len()).each().each();
    let texts = vec![vec!["a".to_owned(), "bc".to_owned()], vec![], vec!["def".to_owned()]];
    let whole = lengths.invoke(texts.clone()).await.unwrap();
    assert_eq!(whole, [vec![1, 2], vec![], vec![3]]);
    assert_eq!(lengths.stream(texts).concat().await.unwrap(), whole);
}

/// A value that cannot be created from two chunks.
#[derive(Clone, Debug, Serialize)]
struct Torn;

#[derive(Clone, Debug, Serialize)]
struct Piece(u64);

impl Chunk for Piece {
    type Whole = Torn;

    fn merge(&mut self, next: Self) {
        self.0 += next.0;
    }
}

impl Chunked for Torn {
    type Chunk = Piece;

    fn into_chunk(self) -> Piece {
        Piece(1)
    }

    fn from_chunk(piece: Piece) -> Result<Self> {
        match piece.0 {
            1 => Ok(Self),
            _ => Err(Error::new(ErrorKind::Parse, "torn")),
        }
    }
}

fn torn(error: Option<Error>) -> impl Runnable<Input = String, Output = Torn> {
    generator(move |_: ChunkStream<String>, _| {
        stream::iter([Ok(Piece(1)), Ok(Piece(1))].into_iter().chain(error.clone().map(Err)))
    })
    .with_name("torn")
}

#[tokio::test]
async fn chunks_without_a_complete_value_still_end_their_run() {
    let whole = lambda(|_: Torn| 1u64).with_name("whole");
    for chain in [torn(None).into_dyn(), passthrough().pipe(torn(None)).into_dyn()] {
        let (config, recorder) = recorded();
        let error = chain.invoke("x").config(config.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parse);
        let chunks: Vec<_> = chain.stream("x").config(config.clone()).collect().await;
        assert!(chunks.iter().all(Result::is_ok), "a stream yields the chunks without an error");
        let error = chain.pipe(whole.clone()).stream("x").config(config).concat().await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Parse);
        assert_each_run_ends_once(&recorder.events());
    }
}

#[tokio::test]
async fn an_incomplete_input_does_not_hide_its_error() {
    let whole = lambda(|_: Torn| 1u64).with_name("whole");
    let first = generator(|pieces: ChunkStream<Torn>, _| pieces.take(1)).with_name("first");
    let (config, recorder) = recorded();
    let chain = torn(Some(unavailable())).pipe(whole);
    let error = chain.stream("x").config(config.clone()).concat().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let chain = torn(Some(unavailable())).pipe(first);
    let result = chain.stream("x").config(config).concat().await;
    assert!(result.is_ok(), "the first chunk arrives before the error");
    assert_each_run_ends_once(&recorder.events());
    let errors = recorder.lines().into_iter().filter(|line| line.contains("_error "));
    assert_eq!(
        errors.collect::<Vec<_>>(),
        ["on_chain_error torn", "on_chain_error RunnableSequence"]
    );
}
