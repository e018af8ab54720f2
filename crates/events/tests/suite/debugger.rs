//! The debugger: it holds runs, and lets them continue.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{FutureExt, StreamExt, channel::mpsc as channel, future::BoxFuture, stream};
use runnable_chat::prelude::*;
use runnable_core::DynRunnable;
use runnable_events::{Breakpoint, Debugger, Stop, StopAt};

/// The names of the steps that have run, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn names(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }

    /// Returns a step that adds its name to the log when it runs.
    fn step(&self, name: &'static str) -> DynRunnable<String, String> {
        let log = self.clone();
        let step = lambda(move |text: String| {
            log.0.lock().unwrap().push(name);
            format!("{text} {name}")
        });
        step.with_name(name).into_dyn()
    }
}

/// Polls a call once.
fn poll(call: &mut BoxFuture<'static, Result<String>>) -> Option<Result<String>> {
    call.now_or_never()
}

fn start(
    chain: &DynRunnable<String, String>,
    debugger: &Debugger,
) -> BoxFuture<'static, Result<String>> {
    chain.invoke("in").config(debugger.config()).into_future().boxed()
}

/// Returns the next stop. Panics if no run has stopped.
fn stopped(control: &mut runnable_events::DebuggerControl) -> Stop {
    control.next_stop().now_or_never().flatten().expect("a run has stopped")
}

#[test]
fn a_breakpoint_stops_before_the_step_works() {
    let log = Log::default();
    let chain = log.step("a").pipe(log.step("b")).into_dyn();
    let (debugger, mut control) = Debugger::new([Breakpoint::name("b")]);
    let mut call = start(&chain, &debugger);

    assert!(poll(&mut call).is_none());
    let stop = stopped(&mut control);
    assert_eq!((&*stop.run().name, stop.event().event_name()), ("b", "on_chain_start".to_owned()));
    assert_eq!(stop.input(), Some(&"in a".into()));
    assert_eq!(log.names(), ["a"]);
    assert!(poll(&mut call).is_none(), "the step waits");
    assert_eq!(log.names(), ["a"]);
    assert!(stop.tree().contains("  b (chain): stopped here"), "{}", stop.tree());

    stop.resume();
    assert_eq!(poll(&mut call).unwrap().unwrap(), "in a b");
    assert_eq!(log.names(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn time_limits_do_not_count_while_a_run_is_held() {
    let (log, limit) = (Log::default(), Duration::from_secs(1));
    let chain = log.step("a").with_timeout(limit).pipe(log.step("b").with_timeout(limit));
    for name in ["a", "b"] {
        let (debugger, mut control) = Debugger::new([Breakpoint::name(name)]);
        let chain = chain.clone().with_timeout(limit);
        let call = chain.invoke("in").config(debugger.config().timeout(limit));
        let call = tokio::spawn(call.into_future());
        let stop = control.next_stop().await.unwrap();
        tokio::time::sleep(Duration::from_secs(60)).await;
        stop.resume();
        assert_eq!(call.await.unwrap().unwrap(), "in a b", "{name}");
    }
}

#[test]
fn a_streamed_step_stops_before_it_works() {
    let log = Log::default();
    let chain = log.step("a").pipe(log.step("b"));
    let (debugger, mut control) = Debugger::new([Breakpoint::name("a"), Breakpoint::name("b")]);
    let mut chunks = chain.stream("in").config(debugger.config());
    for (name, before) in [("a", &[][..]), ("b", &["a"])] {
        assert!(chunks.next().now_or_never().is_none());
        let stop = stopped(&mut control);
        assert_eq!(stop.run().name, name);
        assert!(chunks.next().now_or_never().is_none());
        assert_eq!(log.names(), before);
        stop.resume();
    }
    assert_eq!(chunks.next().now_or_never().unwrap().unwrap().unwrap(), "in a b");
}

#[test]
fn a_step_that_streams_its_input_stops_before_its_first_chunk() {
    let log = Log::default();
    let noted = log.clone();
    let upper = map_chunks(move |text: String| {
        noted.0.lock().unwrap().push("upper");
        text.to_uppercase()
    });
    let (sender, receiver) = channel::unbounded::<Result<String>>();
    let (debugger, mut control) = Debugger::new([Breakpoint::name("upper")]);
    let mut chunks = upper.with_name("upper").transform(receiver).config(debugger.config());

    assert!(chunks.next().now_or_never().is_none());
    assert!(control.next_stop().now_or_never().is_none(), "the run has not started");
    sender.unbounded_send(Ok("a".to_owned())).unwrap();
    assert!(chunks.next().now_or_never().is_none());
    let stop = stopped(&mut control);
    assert_eq!(stop.input(), None, "the input is not complete");
    assert!(chunks.next().now_or_never().is_none());
    assert!(log.names().is_empty());

    stop.resume();
    assert_eq!(chunks.next().now_or_never().unwrap().unwrap().unwrap(), "A");
    sender.unbounded_send(Ok("b".to_owned())).unwrap();
    assert_eq!(chunks.next().now_or_never().unwrap().unwrap().unwrap(), "B");
    assert_eq!(log.names(), ["upper", "upper"]);
}

#[test]
fn only_the_runs_inside_the_stopped_run_wait() {
    let log = Log::default();
    let inner = log.step("x").pipe(log.step("y")).with_name("left");
    let chain = parallel((inner, log.step("right")))
        .pipe(lambda(|(left, right): (String, String)| format!("{left}, {right}")))
        .into_dyn();
    let (debugger, mut control) = Debugger::new([Breakpoint::name("left")]);
    let (mut call, mut other) = (start(&chain, &debugger), start(&log.step("other"), &debugger));

    assert!(poll(&mut call).is_none());
    let stop = stopped(&mut control);
    assert_eq!(log.names(), ["right"], "the other branch continues");
    assert!(poll(&mut other).is_some(), "another call continues");
    assert!(poll(&mut call).is_none());
    stop.resume();
    assert_eq!(poll(&mut call).unwrap().unwrap(), "in x y, in right");
}

#[test]
fn stepping_stops_before_the_next_step() {
    let log = Log::default();
    let inner = log.step("x").pipe(log.step("y")).with_name("inner");
    let chain = log.step("a").pipe(inner).pipe(log.step("b")).into_dyn();

    let names = |over: bool| {
        let (debugger, mut control) = Debugger::new([Breakpoint::name("a")]);
        let mut call = start(&chain, &debugger);
        let mut names = Vec::new();
        while poll(&mut call).is_none() {
            let stop = stopped(&mut control);
            names.push(stop.run().name.to_string());
            if over { stop.step_over() } else { stop.step() }
        }
        names
    };
    assert_eq!(names(false), ["a", "inner", "x", "y", "b"]);
    assert_eq!(names(true), ["a", "inner", "b"]);
}

#[test]
fn a_request_to_step_does_not_stop_another_call() {
    let log = Log::default();
    let (debugger, mut control) = Debugger::new([Breakpoint::name("a")]);
    let mut call = start(&log.step("a"), &debugger);
    assert!(poll(&mut call).is_none());
    stopped(&mut control).step();
    assert!(poll(&mut start(&log.step("b"), &debugger)).is_some());
    assert!(poll(&mut call).is_some());
}

#[test]
fn a_stop_at_the_end_holds_the_next_step() {
    let log = Log::default();
    let chain = log.step("a").pipe(log.step("b")).into_dyn();
    let (debugger, mut control) = Debugger::new([Breakpoint::name("a").at(StopAt::End)]);
    let mut call = start(&chain, &debugger);
    assert!(poll(&mut call).is_none());
    let stop = stopped(&mut control);
    assert_eq!(stop.input(), Some(&"in".into()));
    assert!(poll(&mut call).is_none());
    assert_eq!(log.names(), ["a"]);
    stop.resume();
    assert!(poll(&mut call).is_some());
}

#[test]
fn chunks_errors_and_custom_events_stop_the_run() {
    let chunked = stream_lambda(|_: String, cx: RunContext| {
        stream::iter(["a", "b"]).then(move |text| {
            let cx = cx.clone();
            async move {
                cx.emit("progress", &text);
                Ok(text.to_owned())
            }
        })
    })
    .with_name("chunked");
    let breakpoints = [StopAt::Chunk, StopAt::Custom].map(|at| Breakpoint::any().at(at));
    let (debugger, mut control) = Debugger::new(breakpoints);
    let mut chunks = chunked.stream("in").config(debugger.config());
    for text in ["a", "b"] {
        // The chunk itself is passed on, and the run is not polled for the next one.
        assert_eq!(chunks.next().now_or_never().unwrap().unwrap().unwrap(), text);
        let events = [stopped(&mut control), stopped(&mut control)];
        assert!(chunks.next().now_or_never().is_none());
        assert_eq!(
            events.each_ref().map(|stop| stop.event().event_name()),
            ["on_custom_event", "on_chain_stream"]
        );
    }
    assert!(chunks.next().now_or_never().unwrap().is_none());

    let fails = try_lambda(|_: String| Err::<String, _>(Error::new(ErrorKind::Parse, "no")));
    let breakpoint =
        Breakpoint::any().at(StopAt::Error).when(|event| event.run.parent_ids.len() == 1);
    let (debugger, mut control) = Debugger::new([breakpoint]);
    let log = Log::default();
    let chain = fails.with_name("fails").with_fallback(log.step("spare")).into_dyn();
    let mut call = start(&chain, &debugger);
    assert!(poll(&mut call).is_none());
    assert_eq!(stopped(&mut control).run().name, "fails");
    assert_eq!(poll(&mut call).unwrap().unwrap(), "in spare");
}

#[test]
fn conditions_are_combined() {
    let log = Log::default();
    let chain = log.step("a").pipe(log.step("b")).pipe(log.step("a")).into_dyn();
    let breakpoint = Breakpoint::name("a").with_kind("chain").with_tag("seq:step:3");
    let (debugger, mut control) =
        Debugger::new([breakpoint, Breakpoint::name("a").when(|_| false)]);
    let mut call = start(&chain, &debugger);
    assert!(poll(&mut call).is_none());
    assert_eq!(stopped(&mut control).run().position.as_deref(), Some("seq:step:3"));
    assert!(poll(&mut call).is_some());
}

#[test]
fn cancelling_ends_the_call_of_the_stop_only() {
    let log = Log::default();
    let chain = log.step("a").pipe(log.step("b")).into_dyn();
    let (debugger, mut control) = Debugger::new([Breakpoint::name("b")]);
    let (mut first, mut second) = (start(&chain, &debugger), start(&chain, &debugger));
    assert!(poll(&mut first).is_none() && poll(&mut second).is_none());
    let (first_stop, second_stop) = (stopped(&mut control), stopped(&mut control));
    first_stop.cancel();
    assert_eq!(poll(&mut first).unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(log.names(), ["a", "a"], "the stopped step has not worked");
    second_stop.resume();
    assert!(poll(&mut second).unwrap().is_ok());
}

#[test]
fn dropping_the_control_lets_all_runs_continue() {
    let log = Log::default();
    let chain = log.step("a").pipe(log.step("b")).into_dyn();
    let (debugger, mut control) = Debugger::new([Breakpoint::any()]);
    let (mut first, mut second) = (start(&chain, &debugger), start(&chain, &debugger));
    assert!(poll(&mut first).is_none() && poll(&mut second).is_none());
    let taken = stopped(&mut control);
    drop(control);
    assert!(poll(&mut first).is_some() && poll(&mut second).is_some());
    taken.resume();
}

#[test]
fn a_dropped_call_does_not_affect_a_later_call() {
    let log = Log::default();
    let (debugger, mut control) = Debugger::new([Breakpoint::name("a")]);
    let mut call = start(&log.step("a"), &debugger);
    assert!(poll(&mut call).is_none());
    let stop = stopped(&mut control);
    drop(call);
    stop.step();
    debugger.clear_breakpoints();
    assert!(poll(&mut start(&log.step("a"), &debugger)).is_some());
}

#[tokio::test]
async fn the_control_wakes_the_call_and_ends_with_it() {
    let log = Log::default();
    let chain = log.step("a").pipe(log.step("b")).into_dyn();
    let (debugger, mut control) = Debugger::new([Breakpoint::any()]);
    let call = tokio::spawn(start(&chain, &debugger));
    drop(debugger);
    let mut names = Vec::new();
    while let Some(stop) = control.next_stop().await {
        names.push(stop.run().name.to_string());
        tokio::task::yield_now().await;
        stop.resume();
    }
    assert_eq!(names, ["RunnableSequence", "a", "b"]);
    assert_eq!(call.await.unwrap().unwrap(), "in a b");
}

/// An output that can be read.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<String>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a chain with a debugger that executes these commands. Returns the result and the screen.
async fn commanded(commands: &'static str, log: &Log) -> (Result<String>, String) {
    let screen = Screen::default();
    let chain = log.step("a").pipe(log.step("b")).pipe(log.step("c")).into_dyn();
    let debugger = Debugger::prompt([Breakpoint::name("a")], commands.as_bytes(), screen.clone());
    let call = tokio::time::timeout(Duration::from_secs(60), start(&chain, &debugger));
    let result = call.await.expect("the call ends");
    let text = screen.0.lock().unwrap().clone();
    (result, text)
}

#[tokio::test]
async fn the_prompt_executes_commands() {
    let log = Log::default();
    let (result, screen) = commanded("h\ni\nt\nnonsense\nn\ne\n\nb c\nc\nc\n", &log).await;
    assert_eq!(result.unwrap(), "in a b c");
    for expected in [
        "stopped before `a` (chain, seq:step:1) in RunnableSequence\n  input: \"in\"\n",
        "continue to the next breakpoint",
        "a (chain): stopped here",
        "unknown command `nonsense`",
        "stopped before `b` (chain, seq:step:2)",
        "{\n  \"input\": \"in a\"\n}",
        "breakpoint before `c`",
        "stopped before `c` (chain, seq:step:3)",
    ] {
        assert!(screen.contains(expected), "`{expected}` is missing in:\n{screen}");
    }
    assert_eq!(screen.matches("\"input\": \"in a\"").count(), 2, "an empty line repeats");
}

#[tokio::test]
async fn the_prompt_cancels_the_call() {
    let log = Log::default();
    let (result, _) = commanded("q\n", &log).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(log.names().is_empty());
}

#[tokio::test]
async fn all_runs_continue_at_the_end_of_the_input() {
    let log = Log::default();
    let (result, screen) = commanded("s\n", &log).await;
    assert_eq!(result.unwrap(), "in a b c");
    assert!(screen.contains("the input of the debugger has ended"), "{screen}");
}
