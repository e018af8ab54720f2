//! Fields of structs: `pick!` and `assign!`.

use futures::{FutureExt, TryStreamExt, channel::mpsc, executor::block_on, stream};
use runnable_core::{parallel_struct, prelude::*};
use serde::Serialize;
use serde_json::json;

use crate::{
    recorder::Recorder,
    words::{Words, chunks_now, shout},
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Chunked)]
struct State {
    question: String,
    sources: Vec<String>,
    answer: String,
    r#type: String,
}

mod inner {
    use super::*;

    #[derive(Clone, Debug, Serialize, Chunked)]
    pub(super) struct Pair {
        pub(super) left: String,
        pub(super) right: u64,
    }
}

fn state() -> State {
    let (question, sources) = ("why is it".to_owned(), vec!["a".to_owned()]);
    State { question, sources, ..State::default() }
}

fn question(text: &str) -> Result<StateChunk> {
    Ok(StateChunk { question: Some(text.to_owned()), ..StateChunk::default() })
}

fn json_of(chunks: Vec<StateChunk>) -> Vec<serde_json::Value> {
    chunks.iter().map(|chunk| serde_json::to_value(chunk).unwrap()).collect()
}

#[tokio::test]
async fn pick_streams_the_chunks_of_a_field() {
    assert_eq!(pick!(State.question).invoke(state()).await.unwrap(), "why is it");
    let pair = inner::Pair { left: "a".into(), right: 7 };
    assert_eq!(pick!(inner::Pair.right).invoke(pair).await.unwrap(), 7);

    let sources = StateChunk { sources: Some(vec!["a".into()]), ..StateChunk::default() };
    let pieces = stream::iter([question("wh"), Ok(sources), question("y")]);
    let picked = pick!(State.question).pipe(shout());
    assert_eq!(chunks_now::<String>(picked.transform(pieces)), ["WH", "Y"]);

    let never = pick!(inner::Pair.right).transform(stream::iter([Ok(inner::PairChunk {
        left: Some("a".into()),
        ..Default::default()
    })]));
    assert_eq!(never.concat().await.unwrap_err().kind(), ErrorKind::EmptyStream);
}

#[tokio::test]
async fn parallel_struct_accepts_the_path_of_a_struct() {
    let pair = parallel_struct!(inner::Pair {
        left: shout(),
        right: lambda(|text: String| text.len() as u64),
    });
    let made = pair.invoke("four").await.unwrap();
    assert_eq!((made.left.as_str(), made.right), ("FOUR", 4));
    let made = pair.stream("four").concat().await.unwrap();
    assert_eq!((made.left.as_str(), made.right), ("FOUR", 4));
}

#[tokio::test]
async fn assign_computes_fields_in_parallel_from_the_struct() {
    let chain = assign!(State {
        answer: lambda(|state: State| format!("{}?", state.question)),
        question: pick!(State.question).pipe(shout()),
        r#type: lambda(|_: State| "short".to_owned()),
    });
    let expected = State {
        question: "WHY IS IT".into(),
        answer: "why is it?".into(),
        r#type: "short".into(),
        ..state()
    };
    assert_eq!(chain.invoke(state()).await.unwrap(), expected);
    assert_eq!(chain.stream(state()).concat().await.unwrap(), expected);
    let pieces = stream::iter([Ok(state().into_chunk()), question("!")]);
    let appended = chain.transform(pieces).concat().await.unwrap();
    assert_eq!((&*appended.question, &*appended.answer), ("WHY IS IT!", "why is it!?"));
}

#[test]
fn assign_passes_other_fields_on_immediately() {
    let (input, chunks) = mpsc::unbounded();
    let mut call = assign!(State { answer: pick!(State.question).pipe(Words) }).transform(chunks);
    let mut next = || {
        let chunk = call.next().now_or_never().flatten()?.unwrap();
        Some(serde_json::to_value(chunk).unwrap())
    };
    input.unbounded_send(question("a ")).unwrap();
    assert_eq!(next(), Some(json!({"question": "a "})));
    assert_eq!(next(), None);
    let old = StateChunk { answer: Some("old".into()), ..StateChunk::default() };
    input.unbounded_send(Ok(old)).unwrap();
    assert_eq!(next(), None, "the value will be replaced");
    input.unbounded_send(question("b")).unwrap();
    assert_eq!(next(), Some(json!({"question": "b"})));
    drop(input);
    assert_eq!(next(), Some(json!({"answer": "a "})));
    assert_eq!(next(), Some(json!({"answer": "b"})));
    assert_eq!(next(), None);
}

#[test]
fn assign_on_structs_has_the_same_runs_as_on_dicts() {
    let recorder = Recorder::default();
    let chain = assign!(State {
        answer: pick!(State.question),
        r#type: lambda(|_: State| "short".to_owned()),
    });
    block_on(chain.invoke(state()).config(RunConfig::new().listener(recorder.clone()))).unwrap();
    let seen: Vec<_> = recorder
        .starts()
        .iter()
        .map(|run| format!("{} {}", run.name, run.tags.join(" ")))
        .collect();
    assert_eq!(
        seen,
        [
            "RunnableAssign<answer,type> ",
            "RunnableParallel<answer,type> ",
            "RunnablePick<question> map:key:answer",
            "RunnableLambda map:key:type",
        ]
    );
    assert_eq!(
        chain.graph().to_string(),
        "\
RunnableAssign<answer,type>
└─ added: RunnableParallel<answer,type>
   ├─ answer: RunnablePick<question>
   └─ type: RunnableLambda
"
    );
}

#[test]
fn a_field_that_fails_cancels_the_others() {
    let recorder = Recorder::default();
    let stuck = async_lambda(|_: State, _| std::future::pending::<Result<String>>());
    let fail = try_lambda(|_: State| Result::<Vec<String>, _>::Err("no"));
    let chain = assign!(State { answer: stuck.with_name("stuck"), sources: fail });
    let config = RunConfig::new().listener(recorder.clone());
    let error = block_on(chain.stream(state()).config(config).try_collect::<Vec<_>>()).unwrap_err();
    assert_eq!(error.message(), "no");
    assert!(recorder.script().contains(&"stuck cancelled".to_owned()), "{:?}", recorder.script());
}

#[test]
fn assign_can_compute_a_single_field() {
    #[derive(Clone, Debug, PartialEq, Serialize, Chunked)]
    struct Only {
        text: String,
    }
    let chain =
        parallel_struct!(Only { text: Words }).pipe(assign!(Only { text: pick!(Only.text) }));
    let whole = block_on(chain.invoke("a b")).unwrap();
    assert_eq!(whole, Only { text: "a b".to_owned() });
    let texts: Vec<_> = chunks_now::<Only>(chain.stream("a b"));
    assert_eq!(texts.into_iter().map(|chunk| chunk.text.unwrap()).collect::<Vec<_>>(), ["a ", "b"]);
    assert_eq!(block_on(parallel((Words,)).invoke("a")).unwrap(), ("a".to_owned(),));
    assert_eq!(json_of(vec![StateChunk::default()]), [json!({})]);
}
