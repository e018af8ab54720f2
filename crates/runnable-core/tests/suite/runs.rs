//! Every start has one end: in random chains that are dropped, fail or panic at random points.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::{Context as Task, Poll, Waker},
};

use futures::{Stream, StreamExt, stream};
use proptest::prelude::*;
use runnable_core::{RunId, combinators::RetryPolicy, parallel_struct, prelude::*};
use serde::Serialize;

use crate::recorder::{EventData, Recorder};

/// What a step does with its input chunks.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Passes each chunk on, after a wait.
    Pass,
    /// Gathers all chunks.
    Gather,
    /// Takes this many chunks, and then ends.
    Take(usize),
    /// Fails at this chunk.
    FailAt(usize),
    /// Panics at this chunk.
    PanicAt(usize),
}

#[derive(Clone, Debug)]
enum Tree {
    Leaf(Act),
    Sequence(Box<Self>, Box<Self>),
    Parallel(Box<Self>, Box<Self>),
    Nested(Box<Self>),
    Retry(Box<Self>),
    Fallback(Box<Self>, Box<Self>),
    Branch(Box<Self>, Box<Self>),
    Each(Box<Self>),
    Named(Box<Self>),
    Returned(Box<Self>),
    Assigned(Box<Self>),
    Chosen(Box<Self>),
    Configured(Box<Self>),
    Limited(Box<Self>),
    Told(Box<Self>, Box<Self>),
    Heard(Box<Self>),
    Renewed(Box<Self>, Box<Self>),
}

fn trees() -> impl Strategy<Value = Tree> {
    let act = prop_oneof![
        4 => Just(Act::Pass),
        2 => Just(Act::Gather),
        1 => (0..3usize).prop_map(Act::Take),
        1 => (0..6usize).prop_map(Act::FailAt),
        1 => (0..6usize).prop_map(Act::PanicAt),
    ];
    act.prop_map(Tree::Leaf).prop_recursive(4, 12, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        let one = inner.prop_map(Box::new);
        prop_oneof![
            two.clone().prop_map(|(a, b)| Tree::Sequence(a.into(), b.into())),
            two.clone().prop_map(|(a, b)| Tree::Parallel(a.into(), b.into())),
            two.clone().prop_map(|(a, b)| Tree::Fallback(a.into(), b.into())),
            two.clone().prop_map(|(a, b)| Tree::Told(a.into(), b.into())),
            two.clone().prop_map(|(a, b)| Tree::Renewed(a.into(), b.into())),
            two.prop_map(|(a, b)| Tree::Branch(a.into(), b.into())),
            one.clone().prop_map(Tree::Chosen),
            one.clone().prop_map(Tree::Configured),
            one.clone().prop_map(Tree::Limited),
            one.clone().prop_map(Tree::Heard),
            one.clone().prop_map(Tree::Nested),
            one.clone().prop_map(Tree::Retry),
            one.clone().prop_map(Tree::Each),
            one.clone().prop_map(Tree::Named),
            one.clone().prop_map(Tree::Returned),
            one.prop_map(Tree::Assigned),
        ]
    })
}

#[derive(Clone, Debug, Serialize, Chunked)]
struct Texts {
    old: String,
    new: String,
}

type Step = DynRunnable<String, String>;

fn build(tree: &Tree) -> Step {
    match tree {
        Tree::Leaf(act) => leaf(*act),
        Tree::Sequence(a, b) => build(a).pipe(build(b)).into_dyn(),
        Tree::Parallel(a, b) => parallel((build(a), build(b)))
            .pipe(map_chunks(|(a, b): (Option<String>, Option<String>)| {
                a.unwrap_or_default() + &b.unwrap_or_default()
            }))
            .into_dyn(),
        Tree::Retry(inner) => {
            let policy = RetryPolicy::new().max_attempts(2).without_backoff().when(|_| true);
            build(inner).with_retry(policy).into_dyn()
        }
        Tree::Fallback(a, b) => build(a).with_fallback(build(b)).into_dyn(),
        Tree::Branch(condition, body) => {
            let condition = build(condition).pipe(lambda(|text: String| text.len() < 3));
            branch(condition, build(body)).otherwise(passthrough()).into_dyn()
        }
        Tree::Each(inner) => lambda(|text: String| vec![text.clone(), text])
            .pipe(build(inner).each())
            .pipe(lambda(|texts: Vec<String>| texts.concat()))
            .into_dyn(),
        Tree::Named(inner) => build(inner).with_name("named").into_dyn(),
        Tree::Returned(inner) => {
            let inner = build(inner);
            choose(move |_: &String| inner.clone()).into_dyn()
        }
        Tree::Assigned(inner) => parallel_dict("old", passthrough())
            .pipe(assign("new", lambda(|_: Dict| "ab".to_owned()).pipe(build(inner))))
            .pipe(lambda(|values: Dict| values.names().collect::<String>()))
            .into_dyn(),
        Tree::Chosen(inner) => build(inner).configurable_alternatives("which", "this").into_dyn(),
        Tree::Configured(inner) => {
            build(inner).configurable_field("n", |step, _: u8| step).into_dyn()
        }
        Tree::Limited(inner) => build(inner).with_concurrency_limit(1).into_dyn(),
        Tree::Told(a, b) => {
            build(a).with_fallback_input(build(b), |text, _| text.repeat(2)).into_dyn()
        }
        Tree::Heard(inner) => build(inner).on_start(|_| ()).on_error(|_| ()).into_dyn(),
        Tree::Renewed(a, b) => parallel_struct!(Texts { old: passthrough(), new: build(a) })
            .pipe(assign!(Texts { new: pick!(Texts.old).pipe(build(b)) }))
            .pipe(pick!(Texts.new))
            .into_dyn(),
        Tree::Nested(inner) => {
            let inner = build(inner);
            async_lambda(move |text: String, cx: RunContext| {
                let inner = inner.clone();
                async move { inner.invoke(text).config(&cx).await }
            })
            .into_dyn()
        }
    }
}

fn leaf(act: Act) -> Step {
    match act {
        Act::Gather => async_lambda(|text: String, _| async move {
            yield_once().await;
            Ok(text)
        })
        .into_dyn(),
        Act::Take(count) => {
            generator(move |chunks: ChunkStream<String>, _| chunks.take(count)).into_dyn()
        }
        _ => generator(move |chunks: ChunkStream<String>, _| {
            chunks.enumerate().then(move |(n, chunk)| async move {
                yield_once().await;
                match act {
                    Act::FailAt(at) if at == n => Err(Error::new(ErrorKind::Other, "failed")),
                    Act::PanicAt(at) if at == n => panic!("panicked on request"),
                    _ => chunk,
                }
            })
        })
        .into_dyn(),
    }
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Polls at most this many times, and then drops the call. Returns whether it panicked.
fn drive(output: impl Stream, polls: usize) -> bool {
    catch_unwind(AssertUnwindSafe(move || {
        let mut output = pin!(output);
        for _ in 0..polls {
            if let Poll::Ready(None) =
                output.as_mut().poll_next(&mut Task::from_waker(Waker::noop()))
            {
                break;
            }
        }
    }))
    .is_err()
}

fn check(recorder: &Recorder) -> Result<(), TestCaseError> {
    let events = recorder.events();
    let mut open: Vec<RunId> = Vec::new();
    let mut phase: HashMap<RunId, &str> = HashMap::new();
    for event in &events {
        let id = event.run.id;
        match &event.data {
            EventData::Start(_) => {
                prop_assert_eq!(phase.insert(id, "open"), None, "started twice");
                if let Some(parent) = event.run.parent_id() {
                    prop_assert!(open.contains(&parent), "the parent is not open");
                }
                open.push(id);
            }
            EventData::Chunk(_) | EventData::Custom(..) | EventData::Retry(..) => {
                prop_assert_eq!(phase.get(&id), Some(&"open"))
            }
            EventData::End { .. } | EventData::Error(..) | EventData::Cancelled(_) => {
                prop_assert_eq!(
                    phase.insert(id, "ended"),
                    Some("open"),
                    "one end, after its start"
                );
                open.retain(|run| *run != id);
                let below = events.iter().filter(|child| child.run.parent_ids.contains(&id));
                for child in below {
                    prop_assert!(!open.contains(&child.run.id), "a child outlives its parent");
                }
            }
        }
    }
    prop_assert!(open.is_empty(), "never ended: {:?}", open);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        // The number of cases comes from `PROPTEST_CASES`.
        cases: ProptestConfig::default().cases.max(600),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_start_has_one_end(tree in trees(), polls in 0..80usize, streamed: bool) {
        let silent = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let recorder = Recorder::default();
        let chain = build(&tree);
        let config = RunConfig::new().listener(recorder.clone());
        let panicked = if streamed {
            let chunks = stream::iter(["a", "b", "c", "d"]).map(|text| Ok(text.to_owned()));
            drive(chain.transform(chunks).config(config), polls)
        } else {
            drive(stream::once(chain.invoke("abcd").config(config)), polls)
        };
        std::panic::set_hook(silent);
        check(&recorder)?;
        let is_panic = |event: &crate::recorder::Recorded| {
            matches!(&event.data, EventData::Error(error, _) if error.kind() == ErrorKind::Panic)
        };
        prop_assert_eq!(panicked, recorder.events().iter().any(is_panic), "a panic has an error event");
    }
}
