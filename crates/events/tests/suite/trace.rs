//! Traces: the tree of runs, and what happens if events are missing.

use std::{sync::Arc, time::Duration};

use runnable_chat::{
    Usage,
    pricing::{Cost, Prices, UnknownCost},
};
use runnable_core::prelude::*;
use runnable_events::{RecordedEvent, RunState, StreamEventsExt, Trace, TraceRun};
use serde_json::{Value, json};

use crate::event_log::{EventLog, answer, prompt};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn names<'a>(runs: impl Iterator<Item = &'a TraceRun>) -> Vec<&'a str> {
    runs.map(|run| &*run.name).collect()
}

/// Returns the events of a call of a prompt, a streaming model, and a parser.
fn call(log: &EventLog, start: u64) {
    let chain = log.root(start, "chain", json!("hi"));
    let template = chain.child(start, "prompt template seq:step:1", json!("hi"));
    template.end(start + 10, prompt("hi"));
    let model = chain.child(start + 10, "chat_model gpt seq:step:2", prompt("hi"));
    model.chunks(start + 110, start + 210, &["Hel", "lo"]);
    model.end(start + 220, answer("Hello", 5, 2));
    chain.end(start + 230, json!("Hello"));
}

#[test]
fn a_trace_is_the_tree_of_runs() {
    let log = EventLog::default();
    call(&log, 0);
    let trace = log.trace();

    let [chain] = trace.roots().collect::<Vec<_>>()[..] else { panic!() };
    assert_eq!(names(trace.children(chain)), ["template", "gpt"]);
    assert_eq!(names(trace.subtree(chain)), ["chain", "template", "gpt"]);
    let model = &trace.runs()[2];
    assert_eq!(trace.parent(model), Some(chain));
    assert_eq!(names(trace.ancestors(model)), ["chain"]);
    assert_eq!((model.depth(), model.sequence_step()), (1, Some(2)));
    assert_eq!((model.start, model.end), (ms(10), Some(ms(220))));
    assert_eq!(model.time_to_first_chunk(), Some(ms(100)));
    assert_eq!(model.chunk_texts().collect::<Vec<_>>(), ["Hel", "lo"]);
    assert_eq!(model.usage, Some(Usage::new(5, 2)));
    assert_eq!(model.model.as_deref(), Some("gpt"));
    assert_eq!(model.provider.as_deref(), Some("openai"));
    assert_eq!(model.finish_reason, Some("stop".into()));
    assert_eq!(trace.duration(), ms(230));
}

#[test]
fn equal_values_share_their_memory() {
    let log = EventLog::default();
    call(&log, 0);
    let trace = log.trace();
    let [_, template, model] = trace.runs() else { panic!() };
    let (output, input) = (template.output.as_ref().unwrap(), model.input.as_ref().unwrap());
    assert!(Arc::ptr_eq(output, input));
}

#[test]
fn calls_start_at_their_wall_time() {
    let log = EventLog::default();
    call(&log, 0);
    call(&log, 1_000);
    let starts = |trace: &Trace| trace.roots().map(|root| root.start).collect::<Vec<_>>();
    assert_eq!(starts(&log.trace()), [ms(0), ms(1_000)]);

    // The first call of the trace does not have to be the first in time.
    let (first, second) = (log.events()[..8].to_vec(), log.events()[8..].to_vec());
    let trace = Trace::from_events(second.iter().chain(&first));
    assert_eq!(starts(&trace), [ms(1_000), ms(0)]);
    assert_eq!(trace.runs()[2].end, Some(ms(1_220)));
    assert_eq!(trace.started(), log.trace().started());
}

#[test]
fn every_prefix_of_the_events_is_a_trace() {
    let log = EventLog::default();
    call(&log, 0);
    let events = log.events();
    for length in 0..=events.len() {
        let trace = Trace::from_events(&events[..length]);
        let ended = events[..length].iter().filter(|event| event.is_terminal()).count();
        let is_unfinished = |run: &&TraceRun| run.state == RunState::Unfinished;
        let unfinished = trace.runs().iter().filter(is_unfinished).count();
        assert_eq!(trace.runs().len(), ended + unfinished);
        assert_eq!(trace.missing_events(), 0);
    }
}

#[test]
fn the_tree_is_complete_without_the_first_events() {
    let log = EventLog::default();
    call(&log, 0);
    let complete = log.trace();
    for first in 1..log.events().len() {
        let trace = Trace::from_events(&log.events()[first..]);
        let chain = trace.roots().next().unwrap();
        assert_eq!((&*chain.name, chain.has_start), ("chain", false));
        assert_eq!((chain.start, chain.end), (ms(0), Some(ms(230))));
        assert_eq!(trace.started(), complete.started());
        for run in trace.runs() {
            let same = complete.run(&run.id).unwrap();
            assert_eq!((&run.name, run.start, run.end), (&same.name, same.start, same.end));
            assert_eq!((&run.kind, &run.output), (&same.kind, &same.output));
        }
    }
}

#[test]
fn a_run_without_events_has_the_name_that_its_children_state() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!(1));
    let outer = chain.child_without_start(20, "chain outer");
    outer.child(30, "chain inner", json!(1)).end(40, json!(2));
    let trace = log.trace();
    let outer = &trace.runs()[1];
    assert_eq!((&*outer.name, &*outer.kind, outer.has_start), ("outer", "", false));
    assert_eq!((outer.start, outer.last_time()), (ms(30), ms(40)));
    assert_eq!(names(trace.ancestors(&trace.runs()[2])), ["outer", "chain"]);
}

#[test]
fn lost_events_are_counted() {
    let log = EventLog::default();
    call(&log, 0);
    let mut events = log.events();
    events.drain(3..5);
    let trace = Trace::from_events(&events);
    assert_eq!(trace.missing_events(), 2);
    assert_eq!(trace.runs()[2].chunk_count, 2);
}

#[test]
fn events_in_any_order_form_the_same_tree() {
    let log = EventLog::default();
    call(&log, 0);
    let complete = log.trace();
    let mut events = log.events();
    events.reverse();
    let trace = Trace::from_events(&events);
    assert_eq!(trace.missing_events(), 0);
    assert_eq!(trace.runs().len(), 3);
    for run in trace.runs() {
        let same = complete.run(&run.id).unwrap();
        assert_eq!((run.start, run.end, &run.state), (same.start, same.end, &same.state));
        assert_eq!((&run.input, run.has_start), (&same.input, true));
        let parent = |trace: &Trace, run| trace.parent(run).map(|parent| Arc::clone(&parent.id));
        assert_eq!(parent(&trace, run), parent(&complete, same));
    }
}

#[test]
fn runs_can_have_the_same_id() {
    let log = EventLog::default();
    for start in [0, 100] {
        // The start with another ID creates a second run, which this test ignores.
        let chain = log.root(start, "other", json!(start)).with_id("same");
        chain.event(start, "start", json!({"input": start}));
        let child = chain.child_without_start(start + 10, "chain inner").with_id("same");
        child.event(start + 10, "start", json!({}));
        child.end(start + 20, json!(start));
        chain.end(start + 30, json!(start));
    }
    let trace = log.trace();
    let same: Vec<_> = trace.runs().iter().filter(|run| &*run.id == "same").collect();
    assert_eq!(same.len(), 4);
    for pair in same.chunks(2) {
        assert_eq!(trace.parent(pair[1]), Some(pair[0]));
        assert_eq!((pair[0].duration(), pair[1].duration()), (Some(ms(30)), Some(ms(10))));
    }
    assert_eq!(trace.run("same"), Some(same[0]));
}

#[test]
fn a_second_end_changes_nothing() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!(1));
    chain.end(10, json!(2));
    chain.fail(20, "other", "late");
    let trace = log.trace();
    let run = &trace.runs()[0];
    assert_eq!((&run.state, run.end), (&RunState::Completed, Some(ms(10))));
}

#[test]
fn a_cancelled_run_has_a_cause() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!(1));
    chain.cancel(10, "time_limit");
    let trace = log.trace();
    assert_eq!(trace.runs()[0].state.to_string(), "cancelled (time_limit)");
}

#[test]
fn all_other_events_are_kept_in_order() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!(1));
    chain.event(1, "custom", json!({"name": "progress", "data": 1}));
    chain.retry(5, 1, 100, "busy");
    chain.event(200, "wait", json!({"reason": "rate_limit", "wait_ms": 50}));
    let error = json!({"kind": "unavailable", "message": "busy"});
    chain.event(210, "fallback", json!({"number": 1, "error": error}));
    chain.event(220, "report", json!({"name": "http", "data": {"attempt": 2, "start_ms": 1.5}}));
    chain.event(230, "cache_hit", json!({"key": 1}));
    let trace = log.trace();
    let run = &trace.runs()[0];
    let kinds: Vec<_> = run.occurrences.iter().map(|occurrence| occurrence.data.event()).collect();
    assert_eq!(kinds, ["custom", "retry", "wait", "fallback", "report", "cache_hit"]);
    let retry = run.retries().next().unwrap();
    assert_eq!((retry.at, retry.attempt, retry.wait), (ms(5), 1, ms(100)));
    let wait = run.waits().next().unwrap();
    assert_eq!((wait.from, wait.to, wait.reason), (ms(150), ms(200), "rate_limit"));
    let fallback = run.fallbacks().next().unwrap();
    assert_eq!((fallback.number, &*fallback.error.message), (1, "busy"));
    let http = run.http().next().unwrap();
    assert_eq!((http.attempt, http.start), (2, Some(Duration::from_micros(1_500))));
}

#[test]
fn an_unfinished_model_has_the_usage_of_its_last_chunk() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!(1));
    let model = chain.child(0, "chat_model gpt", prompt("hi"));
    model.event(5, "chunk", json!({"chunk": answer("a", 5, 0), "text": "a"}));
    model.event(
        9,
        "chunk",
        json!({"chunk": {"type": "AIMessageChunk", "content": "b"}, "text": "b"}),
    );
    let trace = log.trace();
    let model = &trace.runs()[1];
    assert_eq!((model.usage, &*model.text), (Some(Usage::new(5, 0)), "ab"));
    assert_eq!((model.output.as_ref(), model.last_time()), (None, ms(9)));
}

#[test]
fn a_deep_tree_does_not_overflow_the_stack() {
    let log = EventLog::default();
    let mut run = log.root(0, "chain", Value::Null);
    let mut open = vec![run.clone()];
    for _ in 0..1_000 {
        run = run.child(1, "chain inner", Value::Null);
        open.push(run.clone());
    }
    open.iter().rev().for_each(|run| run.end(2, Value::Null));
    let trace = log.trace();
    assert_eq!(trace.subtree(&trace.runs()[0]).count(), 1_001);
    assert_eq!(trace.runs()[1_000].depth(), 1_000);
}

#[tokio::test]
async fn a_live_trace_equals_the_trace_of_its_events_in_json() {
    let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
    let letters = map_chunks(|text: String| text + "!").with_name("mark");
    let mut events = shout.pipe(letters).stream_events("hi");
    let (mut live, mut lines) = (Trace::new(), String::new());
    while let Some(event) = events.next().await {
        let event = RecordedEvent::from(event.unwrap());
        live.add(&event);
        lines += &(serde_json::to_string(&event).unwrap() + "\n");
    }
    let read = lines.lines().map(|line| serde_json::from_str::<RecordedEvent>(line).unwrap());
    assert_eq!(read.collect::<Trace>(), live);
    assert_eq!(names(live.runs().iter()), ["RunnableSequence", "shout", "mark"]);
}

#[test]
fn the_cost_of_a_tree_counts_calls_of_unknown_cost() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!("hi"));
    let mut priced = answer("Paris", 1_000_000, 0);
    priced["response_metadata"]["model_name"] = "gpt-4o-mini".into();
    chain.child(0, "chat_model a", prompt("hi")).end(10, priced.clone());
    let attempt = chain.child(10, "chain attempt", json!("hi"));
    attempt.child(10, "chat_model b", prompt("hi")).end(20, priced);
    attempt.fail(20, "parse", "not JSON");
    chain.child(20, "chat_model c", prompt("hi")).end(30, answer("Rome", 5, 2));
    chain.end(30, json!("Paris"));
    let trace = log.trace();
    let cost = trace.cost(&trace.runs()[0], &Prices::shipped());
    assert_eq!((cost.total, cost.failed), (Cost::from_cents(30), Cost::from_cents(15)));
    assert_eq!((cost.unknown, cost.reason), (1, Some(UnknownCost::UnknownModel)));
}
