//! Laws of traces, for random trees of runs.

use std::time::Duration;

use proptest::prelude::*;
use runnable_chat::Usage;
use runnable_events::{PathSegment, RecordedEvent, Trace, TraceRun};
use serde_json::{Value, json};

use crate::event_log::{EventLog, LoggedRun, answer, prompt};

/// A random run: its start and its duration, in percent of the duration of its parent, and its
/// kind.
#[derive(Clone, Debug)]
struct Plan {
    start: u64,
    time: u64,
    is_model: bool,
    fails: bool,
    streams: bool,
    step: u64,
    children: Vec<Self>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let leaf = (0..90u64, 1..100u64, any::<(bool, bool, bool)>(), 0..4u64);
    let plan = |(start, time, (is_model, fails, streams), step), children| Plan {
        start,
        time,
        is_model,
        fails,
        streams,
        step,
        children,
    };
    let leaf_plan = leaf.clone().prop_map(move |leaf| plan(leaf, Vec::new()));
    leaf_plan.prop_recursive(4, 40, 5, move |child| {
        (leaf.clone(), prop::collection::vec(child, 0..5))
            .prop_map(move |(leaf, children)| plan(leaf, children))
    })
}

/// What happens to a run.
enum Step {
    Start(LoggedRun),
    Chunk(LoggedRun),
    End(LoggedRun, bool, bool),
}

/// Adds the events of a plan to a list, with their times.
fn schedule(run: &LoggedRun, from: u64, to: u64, plan: &Plan, steps: &mut Vec<(u64, Step)>) {
    steps.push((from, Step::Start(run.clone())));
    if plan.streams {
        for third in 1..3 {
            steps.push((from + (to - from) * third / 3, Step::Chunk(run.clone())));
        }
    }
    for child in &plan.children {
        let start = from + (to - from) * child.start / 100;
        let end = start + (to - start) * child.time / 100;
        let kind = if child.is_model { "chat_model gpt" } else { "chain step" };
        let tag = if child.step > 0 { format!(" seq:step:{}", child.step) } else { String::new() };
        let inner = run.child_without_start(start, &format!("{kind}{tag}"));
        let id = format!("run-{}", steps.len());
        schedule(&inner.with_id(&id), start, end, child, steps);
    }
    steps.push((to, Step::End(run.clone(), plan.is_model, plan.fails)));
}

/// Returns the events of a plan, in the order of time.
fn events(plan: &Plan) -> Vec<RecordedEvent> {
    let log = EventLog::default();
    let root = log.root(0, "chain", json!("hi"));
    let mut steps = Vec::new();
    schedule(&root, 0, 1_000_000, plan, &mut steps);
    // The sort is stable, so a parent starts before its children, and ends after them.
    steps.sort_by_key(|(at, _)| *at);
    for (at, step) in steps.into_iter().skip(1) {
        match step {
            Step::Start(run) => run.event(at, "start", json!({"input": prompt("hi")})),
            Step::Chunk(run) => run.chunks(at, at, &["word "]),
            Step::End(run, true, false) => run.end(at, answer("yes", 7, 3)),
            Step::End(run, true, true) => {
                let error = json!({"kind": "other", "message": "cut"});
                run.event(at, "error", json!({"error": error, "partial": answer("y", 7, 1)}));
            }
            Step::End(run, false, false) => run.end(at, json!("yes")),
            Step::End(run, false, true) => run.fail(at, "other", "broken"),
        }
    }
    log.events()
}

fn total<'a>(runs: impl Iterator<Item = &'a TraceRun>) -> Usage {
    runs.filter_map(|run| run.usage).sum()
}

proptest! {
    #[test]
    fn the_critical_path_covers_the_run(plan in plan()) {
        let trace = Trace::from_events(events(&plan));
        for run in trace.runs() {
            for (path, end) in [
                (trace.critical_path(run), run.end),
                (trace.critical_path_to_first_chunk(run), run.first_chunk),
            ] {
                let end = end.unwrap_or(run.start);
                let mut at = run.start;
                for part in &path {
                    prop_assert_eq!(part.from, at);
                    prop_assert!(part.run.start <= part.from && Some(part.to) <= part.run.end);
                    at = part.to;
                }
                prop_assert_eq!(at, end);
            }
        }
    }

    #[test]
    fn own_time_and_child_time_are_within_the_run(plan in plan()) {
        let trace = Trace::from_events(events(&plan));
        for run in trace.runs() {
            let duration = run.duration().unwrap();
            let sum = trace.own_time(run) + trace.child_time(run);
            prop_assert!(sum <= duration);
            prop_assert!(run.sequence_step().is_some() || sum == duration);
        }
    }

    #[test]
    fn the_usage_of_a_tree_is_the_sum_of_its_leaves(plan in plan()) {
        let trace = Trace::from_events(events(&plan));
        for run in trace.runs() {
            let inside = |leaf: &&TraceRun| {
                leaf.is_model() && !trace.subtree(leaf).skip(1).any(TraceRun::is_model)
            };
            let leaves: Vec<_> = trace.subtree(run).filter(inside).collect();
            let usage = trace.usage(run);
            prop_assert_eq!(usage.total, total(leaves.iter().copied()));
            prop_assert_eq!(usage.calls, leaves.len() as u64);
            let failed = leaves.iter().copied().filter(|leaf| {
                let above = trace.ancestors(leaf).take_while(|outer| outer.depth() >= run.depth());
                leaf.state.is_failure() || above.into_iter().any(|outer| outer.state.is_failure())
            });
            prop_assert_eq!(usage.failed, total(failed));
        }
    }

    #[test]
    fn events_can_be_added_one_by_one_in_any_state(plan in plan(), keep in any::<u64>()) {
        let events = events(&plan);
        let mut trace = Trace::new();
        for event in &events {
            trace.add(event);
        }
        prop_assert_eq!(&trace, &Trace::from_events(&events));
        // Drop some events, and reverse the others.
        let some = events.iter().enumerate().rev().filter(|(at, _)| keep >> (at % 64) & 1 == 1);
        let some = Trace::from_events(some.map(|(_, event)| event));
        prop_assert!(some.runs().len() <= trace.runs().len());
        for run in some.runs() {
            prop_assert!(trace.run(&run.id).is_some());
            some.critical_path(run);
        }
        let _ = some.findings();
    }
}

/// An algorithm with quadratic time would take minutes for this trace.
#[test]
fn a_trace_of_40_000_events_is_built_and_examined() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!("hi"));
    for number in 0..20_000 {
        let run = chain.child(1, "chat_model gpt", Value::String(number.to_string()));
        run.end(2, json!(number.to_string()));
    }
    chain.end(3, json!("done"));
    let trace = Trace::from_events(log.events());
    assert_eq!(trace.runs().len(), 20_001);
    assert_eq!(trace.findings(), []);
    let chain = &trace.runs()[0];
    assert_eq!(
        trace.critical_path(chain).iter().map(PathSegment::duration).sum::<Duration>(),
        chain.duration().unwrap()
    );
    assert_eq!(trace.usage(chain).calls, 20_000);
}
