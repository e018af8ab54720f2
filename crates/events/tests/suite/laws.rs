//! Laws of events and recordings, in random chains with random drops, panics and time limits.

use std::{
    collections::HashMap,
    panic,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt, stream};
use proptest::{prelude::*, sample::Index};
use runnable_core::{
    Interest, Listener, RunEvent, assign,
    combinators::{RetryPolicy, Timeouts},
    prelude::*,
};
use runnable_events::{
    RecordedData, RecordedEvent, Recorder, Recording, StreamEvent, StreamEventsExt,
};
use serde_json::Value;
use tokio::{runtime::Builder, task::JoinSet, time::sleep};

use crate::record::Memory;

/// What a step does with each chunk of its input.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Passes it on after this many milliseconds.
    Pass(u64),
    /// Waits this many milliseconds for the complete input, and passes it on letter by letter.
    Gather(u64),
    FailAt(usize),
    PanicAt(usize),
    Hang,
}

#[derive(Clone, Debug)]
enum Tree {
    Leaf(Act),
    Sequence(Box<Self>, Box<Self>),
    Parallel(Box<Self>, Box<Self>),
    Dict(Box<Self>, Box<Self>),
    Assign(Box<Self>),
    Each(Box<Self>),
    Batch(Box<Self>),
    Retry(Box<Self>),
    Fallback(Box<Self>, Box<Self>),
    Branch(Box<Self>, Box<Self>),
    Router(Box<Self>),
    Choose(Box<Self>),
    Alternatives(Box<Self>),
    Configured(Box<Self>),
    Limited(Box<Self>),
    TimeLimit(Box<Self>, u64),
    IdleLimit(Box<Self>, u64),
    Named(Box<Self>),
    Calls(Box<Self>),
    Streams(Box<Self>),
    /// Makes the call in a task, and waits for it.
    Task(Box<Self>),
}

fn trees() -> impl Strategy<Value = Tree> {
    let act = prop_oneof![
        6 => (0..300u64).prop_map(Act::Pass),
        3 => (0..300u64).prop_map(Act::Gather),
        1 => (0..4usize).prop_map(Act::FailAt),
        1 => (0..4usize).prop_map(Act::PanicAt),
        1 => Just(Act::Hang),
    ];
    act.prop_map(Tree::Leaf).prop_recursive(4, 12, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        let one = inner.prop_map(Box::new);
        let limited = (one.clone(), 100..900u64);
        prop_oneof![
            two.clone().prop_map(|(a, b)| Tree::Sequence(a.into(), b.into())),
            two.clone().prop_map(|(a, b)| Tree::Parallel(a.into(), b.into())),
            two.clone().prop_map(|(a, b)| Tree::Dict(a.into(), b.into())),
            two.clone().prop_map(|(a, b)| Tree::Fallback(a.into(), b.into())),
            two.prop_map(|(a, b)| Tree::Branch(a.into(), b.into())),
            one.clone().prop_map(Tree::Assign),
            one.clone().prop_map(Tree::Each),
            one.clone().prop_map(Tree::Batch),
            one.clone().prop_map(Tree::Retry),
            one.clone().prop_map(Tree::Router),
            one.clone().prop_map(Tree::Choose),
            one.clone().prop_map(Tree::Alternatives),
            one.clone().prop_map(Tree::Configured),
            one.clone().prop_map(Tree::Limited),
            one.clone().prop_map(Tree::Named),
            one.clone().prop_map(Tree::Calls),
            one.clone().prop_map(Tree::Streams),
            one.prop_map(Tree::Task),
            limited.clone().prop_map(|(a, limit)| Tree::TimeLimit(a, limit)),
            limited.prop_map(|(a, limit)| Tree::IdleLimit(a, limit)),
        ]
    })
}

type Step = DynRunnable<String, String>;

fn text(value: Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn build(tree: &Tree) -> Step {
    match tree {
        Tree::Leaf(act) => leaf(*act),
        Tree::Sequence(a, b) => build(a).pipe(build(b)).into_dyn(),
        Tree::Parallel(a, b) => {
            let join = lambda(|(a, b): (String, String)| a + &b);
            parallel((build(a), build(b))).pipe(join).into_dyn()
        }
        Tree::Dict(a, b) => parallel_dict("a", build(a))
            .with("b", build(b))
            .pipe(pick("a"))
            .pipe(lambda(text))
            .into_dyn(),
        Tree::Assign(a) => parallel_dict("a", passthrough())
            .pipe(assign("b", pick("a").pipe(lambda(text)).pipe(build(a))))
            .pipe(pick("b"))
            .pipe(lambda(text))
            .into_dyn(),
        Tree::Each(a) => lambda(|text: String| text.chars().map(String::from).collect::<Vec<_>>())
            .pipe(build(a).each())
            .pipe(lambda(|texts: Vec<String>| texts.concat()))
            .into_dyn(),
        Tree::Batch(a) => {
            let a = build(a);
            async_lambda(move |text: String, cx: RunContext| {
                let batch = a.batch([text.clone(), text]).config(&cx);
                async move { batch.await.into_iter().collect::<Result<String>>() }
            })
            .into_dyn()
        }
        Tree::Retry(a) => {
            let policy = RetryPolicy::new().max_attempts(2).when(|_| true);
            build(a).with_retry(policy).into_dyn()
        }
        Tree::Fallback(a, b) => build(a).with_fallback(build(b)).into_dyn(),
        Tree::Branch(a, b) => {
            branch(lambda(|text: String| text.len() > 2), build(a)).otherwise(build(b)).into_dyn()
        }
        Tree::Router(a) => {
            lambda(|text: String| ("a".to_owned(), text)).pipe(router("a", build(a))).into_dyn()
        }
        Tree::Choose(a) => {
            let a = build(a);
            choose(move |_: &String| a.clone()).into_dyn()
        }
        Tree::Alternatives(a) => build(a).configurable_alternatives("which", "a").into_dyn(),
        Tree::Configured(a) => build(a).configurable_field("n", |step, _: u8| step).into_dyn(),
        Tree::Limited(a) => build(a).with_concurrency_limit(1).into_dyn(),
        Tree::TimeLimit(a, limit) => {
            build(a).with_timeout(Duration::from_millis(*limit)).into_dyn()
        }
        Tree::IdleLimit(a, limit) => {
            let limit = Duration::from_millis(*limit);
            build(a).with_timeouts(Timeouts::new().first_chunk(limit).idle(limit)).into_dyn()
        }
        Tree::Named(a) => build(a).with_name("named").into_dyn(),
        Tree::Calls(a) => {
            let a = build(a);
            async_lambda(move |text: String, cx: RunContext| {
                cx.emit("calling", &text.len());
                a.invoke(text).config(&cx)
            })
            .into_dyn()
        }
        Tree::Streams(a) => {
            let a = build(a);
            stream_lambda(move |text: String, cx: RunContext| a.stream(text).config(&cx)).into_dyn()
        }
        Tree::Task(a) => {
            let a = build(a);
            async_lambda(move |text: String, cx: RunContext| {
                let mut tasks = JoinSet::new();
                tasks.spawn(a.invoke(text).config(&cx));
                async move {
                    let joined = tasks.join_next().await.unwrap();
                    joined.unwrap_or_else(|_| Err(Error::new(ErrorKind::Other, "a task panicked")))
                }
            })
            .into_dyn()
        }
    }
}

fn leaf(act: Act) -> Step {
    let wait = |millis| sleep(Duration::from_millis(millis));
    match act {
        Act::Gather(millis) => stream_lambda(move |text: String, _| {
            let letters: Vec<_> = text.chars().map(String::from).map(Ok).collect();
            stream::once(wait(millis)).flat_map(move |()| stream::iter(letters.clone()))
        })
        .into_dyn(),
        _ => generator(move |chunks: ChunkStream<String>, _| {
            chunks.enumerate().then(move |(n, chunk)| async move {
                match act {
                    Act::Pass(millis) => wait(millis).await,
                    Act::Hang => std::future::pending().await,
                    _ => wait(1).await,
                }
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

/// A listener that stores the recorded form of events in memory.
#[derive(Clone, Default)]
struct Live(Arc<Mutex<Vec<RecordedEvent>>>);

impl Listener for Live {
    fn interest(&self, _: &runnable_core::Run) -> Option<Interest> {
        Some(Interest::everything())
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        let event = StreamEvent::from_run_event(event).unwrap();
        self.0.lock().unwrap().push(event.into());
    }
}

#[derive(Clone, Copy, Debug)]
enum How {
    Invoked,
    Streamed,
    Transformed,
    Batched,
    /// Reads the event stream, and pauses for this many milliseconds after each event.
    Events(u64),
}

/// The reason why a call ends, if the chain itself does not end it.
#[derive(Clone, Copy, Debug)]
enum End {
    Drop(u64),
    TimeLimit(u64),
    Token(u64),
}

fn ends() -> impl Strategy<Value = End> {
    let time = 1..3_000u64;
    prop_oneof![
        time.clone().prop_map(End::Drop),
        time.clone().prop_map(End::TimeLimit),
        time.prop_map(End::Token),
    ]
}

/// Calls a chain, and returns its live events and the bytes of its recording.
fn run(tree: &Tree, how: How, end: End, limit: Option<usize>) -> (Vec<RecordedEvent>, Vec<u8>) {
    let (live, memory) = (Live::default(), Memory::default());
    let recorder = Recorder::new(memory.clone());
    let chain = build(tree);
    let mut config = RunConfig::new().listener(live.clone()).listener(recorder.clone());
    if let Some(limit) = limit {
        config = config.max_concurrency(limit);
    }
    let token = CancellationToken::new();
    let (drop_after, cancel_after) = match end {
        End::Drop(millis) => (millis, None),
        End::TimeLimit(millis) => {
            config = config.timeout(Duration::from_millis(millis));
            (60_000, None)
        }
        End::Token(millis) => {
            config = config.cancellation_token(token.clone());
            (60_000, Some(millis))
        }
    };
    let call = async move {
        match how {
            How::Invoked => drop(chain.invoke("abcd").config(config).await),
            How::Streamed => drop(chain.stream("abcd").config(config).concat().await),
            How::Transformed => {
                let input = stream::iter(["a", "b", "c", "d"]).map(|text| Ok(text.to_owned()));
                drop(chain.transform(input).config(config).concat().await);
            }
            How::Batched => drop(chain.batch(["abc", "de", "f"]).config(config).await),
            How::Events(pause) => {
                let mut events = chain.stream_events("abcd").config(config);
                while events.next().await.is_some() {
                    sleep(Duration::from_millis(pause)).await;
                }
            }
        }
    };
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        if let Some(millis) = cancel_after {
            tokio::spawn(async move {
                sleep(Duration::from_millis(millis)).await;
                token.cancel();
            });
        }
        // The call is in a task, so that its panic does not end the test.
        let limited = tokio::time::timeout(Duration::from_millis(drop_after), call);
        drop(tokio::spawn(limited).await);
    });
    // This also drops the tasks of steps, whose runs end here.
    drop(runtime);
    recorder.finish().unwrap();
    let events = live.0.lock().unwrap().clone();
    (events, memory.bytes())
}

fn has_tasks(tree: &Tree) -> bool {
    format!("{tree:?}").contains("Task")
}

/// Checks that each run has one start and one end, that parents enclose their children, and that
/// the merged chunks of a run are its output.
fn check_runs(events: &[RecordedEvent], has_tasks: bool) -> Result<(), TestCaseError> {
    /// The chunks of a run, while it is open.
    type Open = Vec<Value>;
    let mut open: HashMap<&str, Open> = HashMap::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for event in events {
        let (id, parent) = (&*event.run_id, event.parent_id());
        prop_assert_eq!(event.path.len(), event.parent_ids.len() + 1);
        prop_assert!(event.elapsed <= event.since_root);
        match &event.data {
            RecordedData::Start { .. } => {
                *seen.entry(id).or_default() += 1;
                prop_assert_eq!(seen[id], 1, "{} starts twice", event.name);
                let is_inside = parent.is_none_or(|parent| open.contains_key(parent));
                prop_assert!(is_inside || has_tasks, "{} starts outside its parent", event.name);
                open.insert(id, Vec::new());
                continue;
            }
            RecordedData::Chunk { chunk, .. } => {
                let chunks = open.get_mut(id);
                prop_assert!(chunks.is_some(), "{} has a chunk outside its run", event.name);
                chunks.unwrap().push(chunk.clone());
            }
            RecordedData::Cancelled { cause, .. } => prop_assert!(cause.is_some()),
            _ => {}
        }
        prop_assert!(open.contains_key(id), "{event} happens outside its run");
        if event.is_terminal() {
            let is_inside = parent.is_none_or(|parent| open.contains_key(parent));
            prop_assert!(is_inside || has_tasks, "{} ends after its parent", event.name);
            let chunks = open.remove(id).unwrap();
            if let RecordedData::End { output: Some(output), .. } = &event.data {
                check_output(&chunks, output)?;
            }
        }
    }
    prop_assert!(open.is_empty(), "runs without an end: {:?}", open.keys());
    Ok(())
}

/// Checks that the merged chunks of a text or of a list are the output.
fn check_output(chunks: &[Value], output: &Value) -> Result<(), TestCaseError> {
    if chunks.is_empty() {
        return Ok(());
    }
    match output {
        Value::String(output) => {
            let merged: String = chunks.iter().filter_map(Value::as_str).collect();
            prop_assert_eq!(&merged, output);
        }
        Value::Array(output) if chunks.iter().all(Value::is_array) => {
            let merged: Vec<_> = chunks.iter().filter_map(Value::as_array).flatten().collect();
            // A tuple is also an array, but its chunks have a place for each element.
            if !merged.iter().any(|item| item.is_null()) {
                prop_assert_eq!(merged, output.iter().collect::<Vec<_>>());
            }
        }
        _ => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        // The number of cases comes from `PROPTEST_CASES`.
        cases: ProptestConfig::default().cases.max(400),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_laws_hold_in_random_chains(
        tree in trees(),
        end in ends(),
        limit in prop::option::of(1..4usize),
        how in prop_oneof![
            Just(How::Invoked), Just(How::Streamed), Just(How::Transformed), Just(How::Batched),
            (0..50u64).prop_map(How::Events),
        ],
        cuts in prop::collection::vec(any::<Index>(), 12),
    ) {
        let silent = panic::take_hook();
        panic::set_hook(Box::new(|_| ()));
        let (live, bytes) = run(&tree, how, end, limit);
        panic::set_hook(silent);
        check_runs(&live, has_tasks(&tree))?;

        let recording = Recording::read(&bytes[..]).unwrap();
        let mut expected = live;
        for (seq, event) in (0..).zip(&mut expected) {
            event.seq = seq;
        }
        prop_assert_eq!(recording.events(), &expected[..], "the recording is the live events");
        prop_assert_eq!((recording.missing_events(), recording.broken_lines().len()), (0, 0));
        prop_assert!(recording.unfinished().is_empty());

        for cut in cuts {
            let length = cut.index(bytes.len() + 1);
            let part = Recording::read(&bytes[..length]).unwrap();
            prop_assert!(expected.starts_with(part.events()), "a prefix has the first events");
            let lines = bytes[..length].iter().filter(|byte| **byte == b'\n').count();
            prop_assert!(part.events().len() + 1 >= lines, "no complete line is lost");
            prop_assert!(part.broken_lines().len() <= 1, "at most the last line is broken");
        }
    }
}
