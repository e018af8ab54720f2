//! What listeners see of a call.

use std::sync::Arc;

use futures::{FutureExt, StreamExt, channel::mpsc, executor::block_on};
use runnable_core::{Interest, Listener, Run, RunEvent, RunId, prelude::*};
use serde_json::json;

use crate::{
    recorder::{Recorder, What},
    words::{Words, reverse, shout},
};

#[test]
fn a_streamed_chain_is_seen_in_its_natural_order() {
    let recorder = Recorder::default();
    let chain = Words.pipe(shout()).pipe(reverse());
    let call = chain.stream("a b").config(Config::new().listener(recorder.clone()));
    assert_eq!(block_on(call.gather()).unwrap(), "B A");
    assert_eq!(
        recorder.script(),
        [
            "RunnableSequence start",
            "Words start",
            "Words chunk",
            "RunnableGenerator start",
            "RunnableGenerator chunk",
            "Words chunk",
            "RunnableGenerator chunk",
            "Words end",
            "RunnableGenerator end",
            // It needs the whole, so it starts when the step before it has ended.
            "RunnableLambda start",
            "RunnableLambda chunk",
            "RunnableSequence chunk",
            "RunnableLambda end",
            "RunnableSequence end",
        ]
    );
}

#[test]
fn inputs_outputs_and_chunks_are_there() {
    let recorder = Recorder::default();
    let chain = Words.pipe(shout()).pipe(reverse());
    let call = chain.stream("a b").config(Config::new().listener(recorder.clone()));
    block_on(call.gather()).unwrap();

    let [What::Start(input), What::Chunk(chunk), .., What::End { input: None, output }] =
        &recorder.of("Words")[..]
    else {
        panic!("{:?}", recorder.of("Words"));
    };
    assert_eq!(input, &Some(json!("a b")));
    assert_eq!(chunk, &json!("a "));
    assert_eq!(output, &Some(json!("a b")));

    let [What::Start(None), .., What::End { input, output }] =
        &recorder.of("RunnableGenerator")[..]
    else {
        panic!("a step that starts with a chunk does not know its input yet");
    };
    assert_eq!((input, output), (&Some(json!("a b")), &Some(json!("A B"))));

    let [What::Start(input), .., What::End { input: None, .. }] =
        &recorder.of("RunnableLambda")[..]
    else {
        panic!("a step that needs the whole has it at its start");
    };
    assert_eq!(input, &Some(json!("A B")));
}

#[test]
fn an_invoked_run_has_no_chunks() {
    let recorder = Recorder::default();
    let config = Config::new().listener(recorder.clone());
    block_on(Words.pipe(shout()).invoke("a b").config(config)).unwrap();
    assert!(!recorder.script().iter().any(|line| line.ends_with("chunk")));
}

#[tokio::test]
async fn parents_resolve_and_tags_do_not_leak_to_grandchildren() {
    let recorder = Recorder::default();
    let inner = shout().pipe(reverse());
    let call = async_lambda(move |text: String, cx: Context| {
        let inner = inner.clone();
        async move { inner.invoke(text).config(Config::from(&cx).tag("nested")).await }
    });
    let chain =
        Words.pipe(parallel((passthrough(), call))).pipe(lambda(|(a, b): (String, String)| a + &b));
    let config = Config::new().tag("mine").metadata("user", 7).listener(recorder.clone());
    chain.stream("a b").config(config).gather().await.unwrap();

    let starts = recorder.starts();
    let name = |id: RunId| starts.iter().find(|run| run.id == id).unwrap().name.to_string();
    let mut seen: Vec<_> = starts
        .iter()
        .map(|run| {
            let parents: Vec<_> = run.parents.iter().map(|id| name(*id)).collect();
            (run.name.to_string(), parents.join(" > "), run.tags.join(" "))
        })
        .collect();
    seen.sort();
    let expected = [
        (
            "RunnableGenerator",
            "RunnableSequence > RunnableParallel<0,1> > RunnableLambda > RunnableSequence",
            "seq:step:1 mine nested",
        ),
        ("RunnableLambda", "RunnableSequence", "seq:step:3 mine"),
        ("RunnableLambda", "RunnableSequence > RunnableParallel<0,1>", "map:key:1 mine"),
        (
            "RunnableLambda",
            "RunnableSequence > RunnableParallel<0,1> > RunnableLambda > RunnableSequence",
            "seq:step:2 mine nested",
        ),
        ("RunnableParallel<0,1>", "RunnableSequence", "seq:step:2 mine"),
        ("RunnablePassthrough", "RunnableSequence > RunnableParallel<0,1>", "map:key:0 mine"),
        ("RunnableSequence", "", "mine"),
        (
            "RunnableSequence",
            "RunnableSequence > RunnableParallel<0,1> > RunnableLambda",
            "mine nested",
        ),
        ("Words", "RunnableSequence", "seq:step:1 mine"),
    ];
    let expected: Vec<_> =
        expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())).into();
    assert_eq!(seen, expected);
    assert!(starts.iter().all(|run| run.metadata["user"] == 7));
}

#[test]
fn name_and_id_are_for_the_run_of_the_call_alone() {
    let recorder = Recorder::default();
    let id: RunId = "01890a5d-ac96-774b-bcce-b302099a8057".parse::<uuid::Uuid>().unwrap().into();
    let config = Config::new().name("mine").run_id(id).listener(recorder.clone());
    block_on(Words.pipe(shout()).invoke("a").config(config)).unwrap();
    let names: Vec<_> = recorder.starts().iter().map(|run| run.name.to_string()).collect();
    assert_eq!(names, ["mine", "Words", "RunnableGenerator"]);
    let ids: Vec<_> = recorder.starts().iter().map(|run| run.id).collect();
    assert_eq!(ids.iter().filter(|found| **found == id).count(), 1);
}

#[test]
fn a_dropped_call_ends_its_runs_from_the_inside_with_what_had_come() {
    let recorder = Recorder::default();
    let (input, chunks) = mpsc::unbounded();
    let call = shout().pipe(shout()).transform(chunks);
    let mut call = call.config(Config::new().name("chain").listener(recorder.clone()));
    input.unbounded_send(Ok("early".to_owned())).unwrap();
    call.next().now_or_never().flatten().unwrap().unwrap();
    drop(call);

    let script = recorder.script();
    assert_eq!(
        script[script.len() - 3..],
        ["RunnableGenerator cancelled", "RunnableGenerator cancelled", "chain cancelled"]
    );
    let Some(What::Cancelled(partial)) = recorder.of("chain").pop() else { panic!() };
    assert_eq!(partial, Some(json!("EARLY")));
}

#[test]
fn an_error_ends_the_step_it_arose_in_and_those_around_it() {
    let recorder = Recorder::default();
    let fail = try_lambda(|_: String| Result::<String, _>::Err("no"));
    let chain = Words.pipe(fail).pipe(shout());
    let call = chain.stream("a").config(Config::new().listener(recorder.clone()));
    block_on(call.gather()).unwrap_err();
    assert_eq!(
        recorder.script(),
        [
            "RunnableSequence start",
            "Words start",
            "Words chunk",
            "Words end",
            "RunnableLambda start",
            "RunnableLambda error",
            // The third step never started.
            "RunnableSequence error",
        ]
    );
    let Some(What::Error(error, None)) = recorder.of("RunnableLambda").pop() else { panic!() };
    let run =
        recorder.events().iter().find(|event| event.run.name == "RunnableLambda").unwrap().run.id;
    assert_eq!(error.run_id(), Some(run));
}

#[test]
fn a_branch_that_fails_cancels_its_siblings() {
    let recorder = Recorder::default();
    let stuck = async_lambda(|_: String, _| std::future::pending::<Result<String>>());
    let fail = try_lambda(|_: String| Result::<String, _>::Err("no"));
    let named = |name| Config::new().name(name).listener(recorder.clone());
    let chain = parallel((stuck, fail));

    block_on(chain.invoke("a").config(named("invoked"))).unwrap_err();
    block_on(chain.stream("a").config(named("streamed")).gather()).unwrap_err();
    let script: Vec<_> = recorder.script();
    let terminals: Vec<_> = script
        .iter()
        .filter(|line| line.ends_with("cancelled") || line.ends_with("error"))
        .collect();
    assert_eq!(
        terminals,
        [
            "RunnableLambda error",
            "RunnableLambda cancelled",
            "invoked error",
            "RunnableLambda error",
            "RunnableLambda cancelled",
            "streamed error",
        ]
    );
}

#[test]
fn a_step_that_had_enough_cancels_the_one_before_it() {
    let recorder = Recorder::default();
    let first = generator(|chunks: ChunkStream<String>, _| chunks.take(1));
    let call = Words.pipe(first).stream("a b c");
    let call = call.config(Config::new().listener(recorder.clone()));
    assert_eq!(block_on(call.gather()).unwrap(), "a ");
    let script = recorder.script();
    assert_eq!(
        script[script.len() - 3..],
        ["Words cancelled", "RunnableGenerator end", "RunnableSequence end"]
    );
}

#[test]
fn a_listener_that_panics_is_left_alone_and_the_run_goes_on() {
    struct Broken;
    impl Listener for Broken {
        fn on_event(&self, _: &RunEvent<'_>) {
            panic!("broken");
        }
    }
    let recorder = Recorder::default();
    let config = Config::new().listener(Broken).listener(recorder.clone());
    assert_eq!(block_on(Words.invoke("a").config(config)).unwrap(), "a");
    assert_eq!(recorder.script(), ["Words start", "Words end"]);
}

#[test]
fn a_listener_chooses_its_runs_and_its_values() {
    #[derive(Clone, Default)]
    struct Choosy(Recorder);
    impl Listener for Choosy {
        fn interest(&self, run: &Run) -> Option<Interest> {
            (run.name != "Words").then(Interest::lifecycle)
        }
        fn on_event(&self, event: &RunEvent<'_>) {
            self.0.on_event(event);
        }
    }
    let choosy = Choosy::default();
    let call = Words.pipe(shout()).stream("a b");
    let call = call.config(Config::new().listener(Arc::new(choosy.clone())));
    block_on(call.gather()).unwrap();
    assert_eq!(
        choosy.0.script(),
        [
            "RunnableSequence start",
            "RunnableGenerator start",
            "RunnableGenerator end",
            "RunnableSequence end"
        ]
    );
    assert!(matches!(choosy.0.of("RunnableSequence")[0], What::Start(None)));
}

#[tokio::test(start_paused = true)]
async fn a_run_is_timed_to_its_first_chunk_and_its_end() {
    use std::{sync::Mutex, time::Duration};
    #[derive(Default)]
    struct Clock(Mutex<Vec<(Duration, Option<Duration>, u64)>>);
    impl Listener for Clock {
        fn on_event(&self, event: &RunEvent<'_>) {
            if event.kind.is_terminal() {
                let timing = event.timing;
                self.0.lock().unwrap().push((timing.elapsed, timing.first_chunk, timing.chunks));
            }
        }
    }
    let ticking = generator(|_: ChunkStream<String>, _| {
        futures::stream::iter(["a", "b", "c"]).then(|text| async move {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok(text.to_owned())
        })
    });
    let clock = Arc::new(Clock::default());
    let config = Config::new().listener(Arc::clone(&clock));
    ticking.stream("").config(config).gather().await.unwrap();
    let (whole, first) = (Duration::from_secs(6), Duration::from_secs(2));
    assert_eq!(*clock.0.lock().unwrap(), [(whole, Some(first), 3)]);
}
