//! The events that listeners receive from a call.

use std::sync::Arc;

use futures::{FutureExt, StreamExt, channel::mpsc, executor::block_on};
use runnable_core::{Interest, Listener, Run, RunEvent, RunEventData, RunId, StepInfo, prelude::*};
use serde_json::json;

use crate::{
    recorder::{EventData, Recorder},
    words::{Words, reverse, shout},
};

#[test]
fn the_events_of_a_streamed_chain_are_in_order() {
    let recorder = Recorder::default();
    let chain = Words.pipe(shout()).pipe(reverse());
    let call = chain.stream("a b").config(RunConfig::new().listener(recorder.clone()));
    assert_eq!(block_on(call.concat()).unwrap(), "B A");
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
            // This step needs its complete input, so it starts after the previous step has ended.
            "RunnableLambda start",
            "RunnableLambda chunk",
            "RunnableSequence chunk",
            "RunnableLambda end",
            "RunnableSequence end",
        ]
    );
}

#[test]
fn events_contain_inputs_outputs_and_chunks() {
    let recorder = Recorder::default();
    let chain = Words.pipe(shout()).pipe(reverse());
    let call = chain.stream("a b").config(RunConfig::new().listener(recorder.clone()));
    block_on(call.concat()).unwrap();

    let [
        EventData::Start(input),
        EventData::Chunk(chunk),
        ..,
        EventData::End { input: None, output },
    ] = &recorder.of("Words")[..]
    else {
        panic!("{:?}", recorder.of("Words"));
    };
    assert_eq!(input, &Some(json!("a b")));
    assert_eq!(chunk, &json!("a "));
    assert_eq!(output, &Some(json!("a b")));

    let [EventData::Start(None), .., EventData::End { input, output }] =
        &recorder.of("RunnableGenerator")[..]
    else {
        panic!("a step that starts with a chunk does not know its input yet");
    };
    assert_eq!((input, output), (&Some(json!("a b")), &Some(json!("A B"))));

    let [EventData::Start(input), .., EventData::End { input: None, .. }] =
        &recorder.of("RunnableLambda")[..]
    else {
        panic!("a step that needs its complete input has it at its start");
    };
    assert_eq!(input, &Some(json!("A B")));
}

#[test]
fn an_invoked_run_has_no_chunks() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    block_on(Words.pipe(shout()).invoke("a b").config(config)).unwrap();
    assert!(!recorder.script().iter().any(|line| line.ends_with("chunk")));
}

#[tokio::test]
async fn parents_resolve_and_tags_do_not_leak_to_grandchildren() {
    let recorder = Recorder::default();
    let inner = shout().pipe(reverse());
    let call = async_lambda(move |text: String, cx: RunContext| {
        let inner = inner.clone();
        async move { inner.invoke(text).config(RunConfig::from(&cx).tag("nested")).await }
    });
    let chain =
        Words.pipe(parallel((passthrough(), call))).pipe(lambda(|(a, b): (String, String)| a + &b));
    let config = RunConfig::new().tag("mine").metadata("user", 7).listener(recorder.clone());
    chain.stream("a b").config(config).concat().await.unwrap();

    let starts = recorder.starts();
    let name = |id: RunId| starts.iter().find(|run| run.id == id).unwrap().name.to_string();
    let mut seen: Vec<_> = starts
        .iter()
        .map(|run| {
            let parents: Vec<_> = run.parent_ids.iter().map(|id| name(*id)).collect();
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
fn run_name_and_run_id_apply_only_to_the_run_of_the_call() {
    let recorder = Recorder::default();
    let id: RunId = "01890a5d-ac96-774b-bcce-b302099a8057".parse::<uuid::Uuid>().unwrap().into();
    let config = RunConfig::new().run_name("mine").run_id(id).listener(recorder.clone());
    block_on(Words.pipe(shout()).invoke("a").config(config)).unwrap();
    let names: Vec<_> = recorder.starts().iter().map(|run| run.name.to_string()).collect();
    assert_eq!(names, ["mine", "Words", "RunnableGenerator"]);
    let ids: Vec<_> = recorder.starts().iter().map(|run| run.id).collect();
    assert_eq!(ids.iter().filter(|found| **found == id).count(), 1);
}

#[test]
fn a_dropped_call_ends_its_runs_inside_out_with_partials() {
    let recorder = Recorder::default();
    let (input, chunks) = mpsc::unbounded();
    let call = shout().pipe(shout()).transform(chunks);
    let mut call = call.config(RunConfig::new().run_name("chain").listener(recorder.clone()));
    input.unbounded_send(Ok("early".to_owned())).unwrap();
    call.next().now_or_never().flatten().unwrap().unwrap();
    drop(call);

    let script = recorder.script();
    assert_eq!(
        script[script.len() - 3..],
        ["RunnableGenerator cancelled", "RunnableGenerator cancelled", "chain cancelled"]
    );
    let Some(EventData::Cancelled(partial)) = recorder.of("chain").pop() else { panic!() };
    assert_eq!(partial, Some(json!("EARLY")));
}

#[test]
fn an_error_ends_its_run_and_the_runs_around_it() {
    let recorder = Recorder::default();
    let fail = try_lambda(|_: String| Result::<String, _>::Err("no"));
    let chain = Words.pipe(fail).pipe(shout());
    let call = chain.stream("a").config(RunConfig::new().listener(recorder.clone()));
    block_on(call.concat()).unwrap_err();
    assert_eq!(
        recorder.script(),
        [
            "RunnableSequence start",
            "Words start",
            "Words chunk",
            "Words end",
            "RunnableLambda start",
            "RunnableLambda error",
            // The third step has not started.
            "RunnableSequence error",
        ]
    );
    let Some(EventData::Error(error, None)) = recorder.of("RunnableLambda").pop() else { panic!() };
    let run =
        recorder.events().iter().find(|event| event.run.name == "RunnableLambda").unwrap().run.id;
    assert_eq!(error.run_id(), Some(run));
}

#[test]
fn a_branch_that_fails_cancels_its_siblings() {
    let recorder = Recorder::default();
    let stuck = async_lambda(|_: String, _| std::future::pending::<Result<String>>());
    let fail = try_lambda(|_: String| Result::<String, _>::Err("no"));
    let named = |name| RunConfig::new().run_name(name).listener(recorder.clone());
    let chain = parallel((stuck, fail));

    block_on(chain.invoke("a").config(named("invoked"))).unwrap_err();
    block_on(chain.stream("a").config(named("streamed")).concat()).unwrap_err();
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
fn a_step_that_stops_reading_cancels_the_previous_step() {
    let recorder = Recorder::default();
    let first = generator(|chunks: ChunkStream<String>, _| chunks.take(1));
    let call = Words.pipe(first).stream("a b c");
    let call = call.config(RunConfig::new().listener(recorder.clone()));
    assert_eq!(block_on(call.concat()).unwrap(), "a ");
    let script = recorder.script();
    assert_eq!(
        script[script.len() - 3..],
        ["Words cancelled", "RunnableGenerator end", "RunnableSequence end"]
    );
}

#[test]
fn the_run_continues_without_a_listener_that_panics() {
    struct Broken;
    impl Listener for Broken {
        fn on_event(&self, _: &RunEvent<'_>) {
            panic!("broken");
        }
    }
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(Broken).listener(recorder.clone());
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
    let call = call.config(RunConfig::new().listener(Arc::new(choosy.clone())));
    block_on(call.concat()).unwrap();
    assert_eq!(
        choosy.0.script(),
        [
            "RunnableSequence start",
            "RunnableGenerator start",
            "RunnableGenerator end",
            "RunnableSequence end"
        ]
    );
    assert!(matches!(choosy.0.of("RunnableSequence")[0], EventData::Start(None)));
}

#[tokio::test(start_paused = true)]
async fn a_run_is_timed_to_its_first_chunk_and_its_end() {
    use std::{sync::Mutex, time::Duration};
    #[derive(Default)]
    struct Clock(Mutex<Vec<(Duration, Option<Duration>, u64)>>);
    impl Listener for Clock {
        fn on_event(&self, event: &RunEvent<'_>) {
            if event.data.is_terminal() {
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
    let config = RunConfig::new().listener(Arc::clone(&clock));
    ticking.stream("").config(config).concat().await.unwrap();
    let (whole, first) = (Duration::from_secs(6), Duration::from_secs(2));
    assert_eq!(*clock.0.lock().unwrap(), [(whole, Some(first), 3)]);
}

#[tokio::test(start_paused = true)]
async fn a_run_has_a_position_and_a_time_since_its_root() {
    use std::{sync::Mutex, time::Duration};
    #[derive(Default)]
    struct Starts(Mutex<Vec<(Option<String>, Duration, Duration)>>);
    impl Listener for Starts {
        fn on_event(&self, event: &RunEvent<'_>) {
            if let RunEventData::Start { .. } = event.data {
                let (position, timing) = (event.run.position.as_deref(), event.timing);
                let start = (position.map(str::to_owned), timing.elapsed, timing.since_root);
                self.0.lock().unwrap().push(start);
            }
        }
    }
    let sleeps = || {
        async_lambda(|text: String, _| async move {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok(text)
        })
    };
    let starts = Arc::new(Starts::default());
    // This tag has the form of a position, but it is not the position of a run.
    let config = RunConfig::new().listener(Arc::clone(&starts)).tag("map:key:mine");
    sleeps().pipe(sleeps()).invoke("a").config(config).await.unwrap();
    let (zero, two) = (Duration::ZERO, Duration::from_secs(2));
    let step = |number| Some(format!("seq:step:{number}"));
    let expected = [(None, zero, zero), (step(1), zero, zero), (step(2), zero, two)];
    assert_eq!(*starts.0.lock().unwrap(), expected);
}

/// Records the moments of runs.
#[derive(Clone, Default)]
struct Moments(Arc<std::sync::Mutex<Vec<String>>>);

impl Moments {
    fn note(&self, owner: &'static str) -> impl Fn(&RunEvent<'_>) + Send + Sync + 'static {
        let moments = Arc::clone(&self.0);
        move |event| {
            let (input, moment) = match &event.data {
                RunEventData::Start { input, .. } => (*input, "start"),
                RunEventData::End { output, .. } => (*output, "end"),
                RunEventData::Error { .. } => (None, "error"),
                RunEventData::Cancelled { partial, .. } => (*partial, "cancelled"),
                _ => (None, "something else"),
            };
            let value = input.map(|value| value.to_json().unwrap()).unwrap_or_default();
            let line = format!("{owner}: {} {moment} {value}", event.run.name);
            moments.lock().unwrap().push(line);
        }
    }

    /// Returns a configuration whose three closures record their calls.
    fn config(&self, owner: &'static str) -> RunConfig {
        RunConfig::new()
            .on_start(self.note(owner))
            .on_end(self.note(owner))
            .on_error(self.note(owner))
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[test]
fn closures_on_a_step_receive_only_its_own_run() {
    let moments = Moments::default();
    let chain = Words
        .pipe(shout())
        .on_start(moments.note("step"))
        .on_end(moments.note("step"))
        .on_error(moments.note("step"))
        .pipe(reverse());
    block_on(chain.invoke("a b")).unwrap();
    let expected = ["step: RunnableSequence start \"a b\"", "step: RunnableSequence end \"A B\""];
    assert_eq!(moments.take(), expected);
    block_on(chain.stream("a b").concat()).unwrap();
    assert_eq!(moments.take(), expected);
}

#[test]
fn closures_of_a_step_its_wrappers_and_the_call_are_called() {
    let moments = Moments::default();
    let step = Words.with_config(moments.config("inner")).with_config(moments.config("outer"));
    block_on(step.invoke("a").config(moments.config("call"))).unwrap();
    let lines =
        |moment: &str| ["call", "outer", "inner"].map(|owner| format!("{owner}: Words {moment}"));
    assert_eq!(moments.take(), [lines("start \"a\""), lines("end \"a\"")].concat());

    block_on(Words.pipe(step).invoke("a").config(moments.config("call"))).unwrap();
    let lines = moments.take();
    assert_eq!(lines.first().unwrap(), "call: RunnableSequence start \"a\"");
    assert_eq!(lines[1..5].iter().filter(|line| line.starts_with("call")).count(), 0);
}

#[test]
fn on_error_is_called_for_errors_and_cancellations() {
    let moments = Moments::default();
    let fail = try_lambda(|_: String| Result::<String, _>::Err("no"));
    let chain = Words.pipe(fail.with_config(moments.config("step")));
    block_on(chain.stream("a").concat()).unwrap_err();
    assert_eq!(
        moments.take(),
        ["step: RunnableLambda start \"a\"", "step: RunnableLambda error null"]
    );

    let mut call = Words.stream("a b").config(moments.config("call"));
    call.next().now_or_never().unwrap().unwrap().unwrap();
    drop(call);
    assert_eq!(moments.take(), ["call: Words start \"a b\"", "call: Words cancelled \"a \""]);
}

#[test]
fn closures_on_a_transparent_step_receive_the_inner_run() {
    let moments = Moments::default();
    let routes = router("shout", shout()).with("reverse", reverse());
    let step = routes.with_config(moments.config("step"));
    block_on(step.invoke(("reverse".to_owned(), "ab".to_owned()))).unwrap();
    assert_eq!(
        moments.take(),
        ["step: RunnableLambda start \"ab\"", "step: RunnableLambda end \"ba\""]
    );
}

#[tokio::test]
async fn closures_on_a_step_do_not_receive_sibling_runs() {
    let moments = Moments::default();
    let (inner, outer) = (moments.clone(), moments.clone());
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let ids = Arc::clone(&seen);
    let observed = lambda(|text: String| text).on_start(move |event| {
        ids.lock().unwrap().push(event.run.parent_ids.to_vec());
    });
    // This run is not observed. What it gathers and emits must not be attributed to the run around
    // it.
    let between = async_lambda(move |text: String, cx: RunContext| {
        let (observed, inner) = (observed.clone(), inner.clone());
        async move {
            assert!(cx.run().is_none());
            cx.emit("progress", &1);
            let called = observed.invoke(text).config(&cx).await;
            inner.0.lock().unwrap().push("between".to_owned());
            called
        }
    });
    let ids = Arc::clone(&seen);
    let chain = shout()
        .pipe(between)
        .on_start(move |event| ids.lock().unwrap().push(vec![event.run.id]))
        .on_start(outer.note("chain"));
    let pieces = futures::stream::iter(["a", "b"].map(|text| Ok(text.to_owned())));
    chain.transform(pieces).concat().await.unwrap();
    assert_eq!(moments.take(), ["chain: RunnableSequence start null", "between"]);
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], seen[1], "the observed run is the parent of the run inside it");
}

#[test]
fn closures_are_called_for_every_input_of_a_batch() {
    let moments = Moments::default();
    block_on(Words.batch(["a", "b"]).config(moments.config("call")));
    let mut lines = moments.take();
    lines.sort();
    assert_eq!(
        lines,
        [
            "call: Words end \"a\"",
            "call: Words end \"b\"",
            "call: Words start \"a\"",
            "call: Words start \"b\""
        ]
    );
}

/// A step without chunk events, whose chunks are all ready.
#[derive(Clone)]
struct Quiet(usize);

impl Runnable for Quiet {
    type Input = String;
    type Output = String;

    async fn run(&self, input: String, cx: RunContext) -> Result<String> {
        self.run_stream(input, cx).concat().await
    }

    fn run_stream(&self, _: String, _: RunContext) -> ChunkStream<String> {
        ChunkStream::new(futures::stream::iter((0..self.0).map(|_| Ok("x".to_owned()))))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("Quiet").without_chunk_events()
    }
}

#[test]
fn a_run_without_chunk_events_ends_before_the_chunk_it_caused() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    block_on(Quiet(1).pipe(shout()).stream("").config(config).concat()).unwrap();
    assert_eq!(
        recorder.script(),
        [
            "RunnableSequence start",
            "Quiet start",
            "Quiet end",
            "RunnableGenerator start",
            "RunnableGenerator chunk",
            "RunnableSequence chunk",
            "RunnableGenerator end",
            "RunnableSequence end",
        ]
    );
    let Some(EventData::End { output, .. }) = recorder.of("Quiet").pop() else { panic!() };
    assert_eq!(output, Some(json!("x")));
}

#[test]
fn a_run_without_chunk_events_can_have_many_chunks() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    let output = block_on(Quiet(100_000).stream("").config(config).concat()).unwrap();
    assert_eq!(output.len(), 100_000);
    let Some(EventData::End { output: shown, .. }) = recorder.of("Quiet").pop() else { panic!() };
    assert_eq!(shown, Some(json!(output)));
}
