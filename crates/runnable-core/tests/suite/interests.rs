//! Each listener receives only what it requested, whatever other listeners need, and after any
//! panic.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use futures::executor::block_on;
use runnable_core::{
    Interest, Listener, Run, RunEvent, RunEventData, combinators::RetryPolicy, prelude::*,
};

use crate::{recorder::Recorder, words::Words};

/// Records which events arrived, and whether they had values.
#[derive(Clone)]
struct Picky(Interest, Arc<Mutex<Vec<&'static str>>>);

impl Picky {
    fn wants(interest: Interest) -> Self {
        Self(interest, Arc::default())
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.1.lock().unwrap())
    }
}

impl Listener for Picky {
    fn interest(&self, _: &Run) -> Option<Interest> {
        Some(self.0)
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        self.1.lock().unwrap().push(match &event.data {
            RunEventData::Start { input: Some(_), .. } => "start with input",
            RunEventData::Start { .. } => "start",
            RunEventData::Chunk { .. } => "chunk",
            RunEventData::End { output: Some(_), .. } => "end with output",
            RunEventData::End { input: Some(_), .. } => "end with input",
            RunEventData::End { .. } => "end",
            RunEventData::Error { partial: Some(_), .. } => "error with partial",
            RunEventData::Error { .. } => "error",
            RunEventData::Cancelled { partial: Some(_), .. } => "cancelled with partial",
            RunEventData::Cancelled { .. } => "cancelled",
            _ => "something else",
        });
    }
}

/// A step that streams two chunks, and then fails if its input requests it.
fn breaks() -> impl Runnable<Input = String, Output = String> {
    generator(|_: ChunkStream<String>, _| {
        let broken = Err(Error::new(ErrorKind::Other, "broken"));
        futures::stream::iter([Ok("a".to_owned()), Ok("b".to_owned()), broken])
    })
}

#[test]
fn a_listener_receives_only_what_it_requested() {
    let lifecycle = Picky::wants(Interest::lifecycle());
    let chunks = Picky::wants(Interest::lifecycle().with_chunks());
    let values = Picky::wants(Interest::lifecycle().with_values());
    let all = Picky::wants(Interest::everything());
    let config = [&lifecycle, &chunks, &values, &all]
        .into_iter()
        .fold(RunConfig::new(), |config, listener| config.listener(listener.clone()))
        .on_end(|_| ());
    let take = || [&lifecycle, &chunks, &values, &all].map(Picky::take);

    block_on(Words.stream("a b").config(config.clone()).concat()).unwrap();
    assert_eq!(
        take(),
        [
            vec!["start", "end"],
            vec!["start", "chunk", "chunk", "end"],
            vec!["start with input", "end with output"],
            vec!["start with input", "chunk", "chunk", "end with output"],
        ]
    );
    block_on(breaks().stream("").config(config.clone()).concat()).unwrap_err();
    assert_eq!(
        take(),
        [
            vec!["start", "error"],
            vec!["start", "chunk", "chunk", "error"],
            vec!["start with input", "error with partial"],
            vec!["start with input", "chunk", "chunk", "error with partial"],
        ]
    );
    let mut call = Words.stream("a b").config(config);
    block_on(call.next()).unwrap().unwrap();
    drop(call);
    assert_eq!(take()[0], ["start", "cancelled"]);
}

/// A text that counts its clones.
#[derive(Debug, serde::Serialize)]
struct Counted {
    #[serde(skip)]
    clones: Arc<AtomicUsize>,
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, Ordering::Relaxed);
        Self { clones: Arc::clone(&self.clones) }
    }
}

runnable_core::impl_at_once!(Counted);

fn five_steps() -> impl Runnable<Input = Counted, Output = Counted> {
    let step = || lambda(|value: Counted| value);
    step().pipe(step()).pipe(step()).pipe(step()).pipe(step())
}

/// Returns how often a value is cloned on its way through five steps.
fn clones(call: impl Fn(Counted) -> Result<Counted>) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    call(Counted { clones: Arc::clone(&count) }).unwrap();
    count.load(Ordering::Relaxed)
}

#[test]
fn a_watched_complete_value_is_cloned_once_per_run() {
    let streamed = |interest: Interest| {
        clones(|value| {
            let config = RunConfig::new().listener(Picky::wants(interest));
            block_on(five_steps().stream(value).config(config).concat())
        })
    };
    assert_eq!(streamed(Interest::everything()), 6, "five steps, and the sequence around them");
    assert_eq!(streamed(Interest::lifecycle()), 0);
    assert_eq!(streamed(Interest::lifecycle().with_chunks()), 0);
    let invoked = clones(|value| {
        let config = RunConfig::new().listener(Picky::wants(Interest::everything()));
        block_on(five_steps().invoke(value).config(config))
    });
    assert_eq!(invoked, 0);
}

#[test]
fn many_listeners_cost_no_more_clones_than_one() {
    let of = |count: usize| {
        clones(|value| {
            let listeners = (0..count).map(|_| Picky::wants(Interest::everything()));
            let config = listeners.fold(RunConfig::new(), RunConfig::listener);
            block_on(five_steps().stream(value).config(config).concat())
        })
    };
    assert_eq!(of(1), of(3));
}

#[test]
fn on_start_and_on_error_gather_no_values_of_invoked_runs() {
    let input = clones(|value| {
        let step = map_chunks(|value: Counted| value).on_start(|_| ());
        block_on(step.transform(futures::stream::iter([Ok(value)])).concat())
    });
    assert_eq!(input, 0, "`on_start` needs neither the gathered input nor the output");
    let input = clones(|value| {
        let step = map_chunks(|value: Counted| value).on_error(|_| ());
        block_on(step.transform(futures::stream::iter([Ok(value)])).concat())
    });
    assert_eq!(input, 1, "an error event has the partial output and no input");
}

/// A listener that panics at its first event, and counts its calls.
#[derive(Clone, Default)]
struct Broken(Arc<AtomicUsize>);

impl Listener for Broken {
    fn on_event(&self, _: &RunEvent<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("broken");
    }
}

#[test]
fn a_listener_that_panicked_receives_the_next_call() {
    let (broken, sound) = (Broken::default(), Recorder::default());
    let config = RunConfig::new().listener(broken.clone()).listener(sound.clone());
    for call in 1..=3 {
        block_on(Words.pipe(Words).invoke("a").config(config.clone())).unwrap();
        assert_eq!(broken.0.load(Ordering::Relaxed), call, "the listener is called once per call");
        assert_eq!(sound.script().len(), 6 * call);
    }
}

#[test]
fn a_closure_that_panicked_receives_other_calls() {
    let broken = Broken::default();
    let hook = broken.clone();
    let step = Words.on_start(move |event| hook.on_event(event)).into_dyn();
    for call in 1..=3 {
        block_on(step.invoke("a")).unwrap();
        assert_eq!(broken.0.load(Ordering::Relaxed), call);
    }
}

#[test]
fn a_listener_of_a_step_that_panicked_receives_the_next_call() {
    let broken = Broken::default();
    let step = Words.pipe(Words).with_config(RunConfig::new().listener(broken.clone()));
    for call in 1..=3 {
        block_on(step.invoke("a")).unwrap();
        assert_eq!(broken.0.load(Ordering::Relaxed), call);
    }
}

#[test]
fn a_listener_that_panicked_receives_the_other_inputs_of_a_batch() {
    let broken = Broken::default();
    let config = RunConfig::new().listener(broken.clone());
    let results = block_on(Words.pipe(Words).batch(["a", "b"]).config(config.clone()));
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(broken.0.load(Ordering::Relaxed), 2, "each input is a call");

    let inside = async_lambda(|text: String, cx: RunContext| {
        let batch = Words.batch([text.clone(), text]).config(&cx);
        async move { Ok(batch.await.len() as u64) }
    });
    assert_eq!(block_on(inside.invoke("a").config(config)).unwrap(), 2);
    assert_eq!(broken.0.load(Ordering::Relaxed), 3, "a batch inside a run is part of its call");
}

#[test]
fn a_listener_that_panics_in_interest_is_off_for_the_call() {
    #[derive(Clone, Default)]
    struct Undecided(Arc<AtomicUsize>);
    impl Listener for Undecided {
        fn interest(&self, _: &Run) -> Option<Interest> {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("undecided");
        }
        fn on_event(&self, _: &RunEvent<'_>) {
            unreachable!("it never wanted anything");
        }
    }
    let undecided = Undecided::default();
    let config = RunConfig::new().listener(undecided.clone());
    block_on(Words.pipe(Words).invoke("a").config(config.clone())).unwrap();
    assert_eq!(undecided.0.load(Ordering::Relaxed), 1);
    block_on(Words.invoke("a").config(config)).unwrap();
    assert_eq!(undecided.0.load(Ordering::Relaxed), 2);
}

#[test]
fn the_run_of_a_batch_input_has_its_index() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    block_on(Words.pipe(Words).batch(["a", "b"]).config(config));
    let mut seen: Vec<_> =
        recorder.starts().iter().map(|run| (run.parent_ids.len(), run.batch_index)).collect();
    seen.sort();
    let steps = (1, None);
    assert_eq!(seen, [(0, Some(0)), (0, Some(1)), steps, steps, steps, steps]);
}

#[test]
fn the_run_of_a_list_item_has_its_index() {
    let recorder = Recorder::default();
    let config = RunConfig::new().listener(recorder.clone());
    let each = Words.pipe(Words).each();
    block_on(each.invoke(vec!["a".to_owned(), "b".into()]).config(config)).unwrap();
    let mut seen: Vec<_> =
        recorder.starts().iter().map(|run| (run.parent_ids.len(), run.batch_index)).collect();
    seen.sort();
    let steps = (2, None);
    assert_eq!(seen, [(0, None), (1, Some(0)), (1, Some(1)), steps, steps, steps, steps]);
}

#[test]
fn the_run_of_each_attempt_has_its_number() {
    let policy = || RetryPolicy::new().max_attempts(3).without_backoff().when(|_| true);
    let fails = || try_lambda(|_: String| Err::<String, _>("no")).pipe(Words);
    for streamed in [false, true] {
        let recorder = Recorder::default();
        let config = RunConfig::new().listener(recorder.clone());
        let retry = fails().with_retry(policy());
        if streamed {
            block_on(retry.stream("a").config(config).concat()).unwrap_err()
        } else {
            block_on(retry.invoke("a").config(config)).unwrap_err()
        };
        let starts = recorder.starts();
        let at = |depth| starts.iter().filter(move |run| run.parent_ids.len() == depth);
        let attempts: Vec<_> = at(1).map(|run| run.attempt).collect();
        assert_eq!(attempts, [Some(1), Some(2), Some(3)], "streamed: {streamed}");
        assert!(at(0).chain(at(2)).all(|run| run.attempt.is_none()));
    }
}
