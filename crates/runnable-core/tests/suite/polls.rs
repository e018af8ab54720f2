//! Listeners surround the polls of steps, and provide the fields that continue a trace.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::{FutureExt, StreamExt, executor::block_on, pin_mut, stream};
use runnable_core::{Interest, Listener, Run, RunEvent, prelude::*};

thread_local! {
    /// The names of the runs whose steps this thread polls, outermost first.
    static POLLED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn polled() -> String {
    POLLED.with_borrow(|names| names.join(" > "))
}

/// Adds the name of each run to `POLLED` while its step is polled.
struct Names;

impl Listener for Names {
    fn interest(&self, _: &Run) -> Option<Interest> {
        Some(Interest::lifecycle().with_polls())
    }

    fn on_event(&self, _: &RunEvent<'_>) {}

    fn around_poll(&self, run: &Run, poll: &mut dyn FnMut()) {
        POLLED.with_borrow_mut(|names| names.push(run.name.to_string()));
        poll();
        POLLED.with_borrow_mut(|names| names.pop());
    }
}

fn with(listener: impl Listener) -> RunConfig {
    RunConfig::new().listener(listener)
}

fn where_am_i() -> impl Runnable<Input = String, Output = String> {
    lambda(|_: String| polled()).with_name("where_am_i")
}

#[test]
fn the_code_of_a_step_runs_inside_the_listener() {
    let chain = passthrough().pipe(where_am_i());
    let inside = block_on(chain.invoke("").config(with(Names))).unwrap();
    assert_eq!(inside, "RunnableSequence > where_am_i");
    let inside = block_on(chain.stream("").config(with(Names)).concat()).unwrap();
    assert_eq!(inside, "RunnableSequence > where_am_i");
    assert_eq!(polled(), "");
}

#[test]
fn a_step_that_waits_is_not_inside_the_listener() {
    let (sender, receiver) = futures::channel::oneshot::channel::<String>();
    let receiver = receiver.shared();
    let wait = async_lambda(move |_: String, _| {
        let receiver = receiver.clone();
        async move {
            let before = polled();
            let sent = receiver.await.unwrap();
            Ok(format!("{before}, {sent}, {}", polled()))
        }
    });
    let call = wait.with_name("wait").invoke("").config(with(Names));
    pin_mut!(call);
    assert!(call.as_mut().now_or_never().is_none());
    assert_eq!(polled(), "");
    sender.send("sent".to_owned()).unwrap();
    assert_eq!(block_on(call).unwrap(), "wait, sent, wait");
}

#[test]
fn work_before_the_future_of_a_step_is_inside_the_listener() {
    let eager = async_lambda(|_: String, _| {
        let names = polled();
        async move { Ok(names) }
    });
    let call = eager.with_name("eager").invoke("").config(with(Names));
    assert_eq!(block_on(call).unwrap(), "eager");
}

#[test]
fn each_chunk_is_produced_inside_the_listener() {
    let names = stream_lambda(|_: String, _| stream::iter(0..3).map(|_| Ok(polled() + ";")));
    let call = names.with_name("names").stream("").config(with(Names));
    assert_eq!(block_on(call.concat()).unwrap(), "names;names;names;");
}

/// A listener that calls `poll` twice, or not at all.
struct Wrong {
    calls: usize,
    panics: bool,
}

impl Listener for Wrong {
    fn interest(&self, _: &Run) -> Option<Interest> {
        Some(Interest::lifecycle().with_polls())
    }

    fn on_event(&self, _: &RunEvent<'_>) {}

    fn around_poll(&self, _: &Run, poll: &mut dyn FnMut()) {
        for _ in 0..self.calls {
            poll();
        }
        assert!(!self.panics, "a listener that panics");
    }
}

#[test]
fn a_step_is_polled_once_even_if_its_listeners_are_faulty() {
    for calls in 0..3 {
        for panics in [false, true] {
            let count = Arc::new(AtomicUsize::new(0));
            let counter = Arc::clone(&count);
            let step = lambda(move |_: String| {
                counter.fetch_add(1, Ordering::Relaxed);
                polled()
            });
            let config = with(Wrong { calls, panics }).listener(Names);
            let chain = step.with_name("first").pipe(where_am_i());
            let inside = block_on(chain.invoke("").config(config)).unwrap();
            assert_eq!(inside, "RunnableSequence > where_am_i", "{calls} calls, {panics}");
            assert_eq!(count.load(Ordering::Relaxed), 1, "{calls} calls, {panics}");
        }
    }
}

#[test]
fn a_panic_of_a_step_is_not_a_panic_of_its_listener() {
    let broken = lambda(|_: String| -> String { panic!("the step is broken") });
    let call = broken.with_name("broken").invoke("").config(with(Names));
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| block_on(call)));
    let panic = panic.unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"the step is broken"));
    assert_eq!(polled(), "", "the listener restored the names");
}

/// A listener that does not request polls.
struct Unasked;

impl Listener for Unasked {
    fn on_event(&self, _: &RunEvent<'_>) {}

    fn around_poll(&self, run: &Run, poll: &mut dyn FnMut()) {
        Names.around_poll(run, poll);
    }

    fn propagate(&self, run: &Run, add: &mut dyn FnMut(&str, &str)) {
        add("run", &run.name);
    }
}

#[test]
fn a_listener_that_does_not_request_polls_does_not_surround_them() {
    assert_eq!(block_on(where_am_i().invoke("").config(with(Unasked))).unwrap(), "");
}

#[test]
fn every_listener_adds_its_fields() {
    let fields = async_lambda(|_: String, cx: RunContext| async move {
        let mut fields = Vec::new();
        cx.propagate(|name, value| fields.push(format!("{name}={value}")));
        Ok(fields.join(" "))
    });
    let fields = fields.with_name("fields");
    let call = fields.clone().invoke("").config(with(Unasked).listener(Unasked));
    assert_eq!(block_on(call).unwrap(), "run=fields run=fields");
    assert_eq!(block_on(fields.invoke("")).unwrap(), "");
}
