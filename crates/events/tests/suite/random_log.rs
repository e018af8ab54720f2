//! Random events of random trees of runs.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::event_log::{EventLog, LoggedRun, answer};

/// An action in one of the runs of a random tree, after some milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    after: u64,
    run: prop::sample::Index,
    action: Action,
}

#[derive(Clone, Debug)]
enum Action {
    Root,
    Child { kind: &'static str, name: String, same_id: bool },
    Chunk(String),
    Retry(String),
    Fallback(String),
    Wait,
    Http,
    Custom(String),
    End(String),
    Fail(String),
    Cancel,
}

/// Returns a text that contains the special characters of the output formats.
pub(crate) fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,20}",
        "[`~#;:<>&%$\\\\\"\n\r{}|end -]{0,20}",
        Just("```\n## PAYLOAD\n````\n".to_owned()),
        Just("end\nloop PAYLOAD; #35; %%{init}%%".to_owned()),
        Just("\u{1b}[2J\u{9b}31m\u{7}\u{202e}PAYLOAD".to_owned()),
    ]
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kinds = ["chain", "chat_model", "tool", "retriever", "prompt"];
    let kind = prop::sample::select(kinds.to_vec());
    let name = prop_oneof![3 => "[a-c]", 1 => hostile().prop_map(|name| name.replace(' ', ""))];
    let action = prop_oneof![
        1 => Just(Action::Root),
        6 => (kind, name, prop::bool::weighted(0.1))
            .prop_map(|(kind, name, same_id)| Action::Child { kind, name, same_id }),
        4 => hostile().prop_map(Action::Chunk),
        1 => hostile().prop_map(Action::Retry),
        1 => hostile().prop_map(Action::Fallback),
        1 => Just(Action::Wait),
        1 => Just(Action::Http),
        1 => hostile().prop_map(Action::Custom),
        3 => hostile().prop_map(Action::End),
        1 => hostile().prop_map(Action::Fail),
        1 => Just(Action::Cancel),
    ];
    let step = (0..3u64, any::<prop::sample::Index>(), action);
    let step = step.prop_map(|(after, run, action)| Step { after, run, action });
    prop::collection::vec(step, 0..60)
}

/// Returns the events of the steps. A run can have no end, and can outlast its parent.
pub(crate) fn log_of(steps: &[Step]) -> EventLog {
    let log = EventLog::default();
    let mut open = vec![log.root(0, "root", json!("in"))];
    let mut now = 0;
    for Step { after, run, action } in steps {
        now += after;
        if matches!(action, Action::Root) || open.is_empty() {
            open.push(log.root(now, "root", json!({ "a": [1, "b"] })));
            continue;
        }
        let index = run.index(open.len());
        let run = open[index].clone();
        match action {
            Action::Root => {}
            Action::Child { kind, name, same_id } => {
                let mut child = run.child_without_start(now, &format!("{kind} n{name}"));
                if *same_id {
                    child = child.with_id(run.id());
                }
                child.event(now, "start", json!({ "input": [name] }));
                open.push(child);
            }
            Action::Chunk(text) => run.chunks(now, now, &[text]),
            Action::Retry(message) => run.retry(now, 1, 5, message),
            Action::Fallback(message) => {
                let error = json!({ "kind": "other", "message": message });
                run.event(now, "fallback", json!({ "number": 1, "error": error }));
            }
            Action::Wait => run.event(now, "wait", json!({ "reason": "rate_limit", "wait_ms": 7 })),
            Action::Http => {
                let data = json!({ "status": 429, "method": "POST" });
                run.event(now, "report", json!({ "name": "http", "data": data }));
            }
            Action::Custom(text) => run.event(now, "custom", json!({ "name": text, "data": text })),
            Action::End(text) => end(&mut open, index, |run| run.end(now, value(text))),
            Action::Fail(text) => end(&mut open, index, |run| run.fail(now, "other", text)),
            Action::Cancel => end(&mut open, index, |run| run.cancel(now, "token")),
        }
    }
    log
}

fn end(open: &mut Vec<LoggedRun>, index: usize, end: impl Fn(&LoggedRun)) {
    end(&open.remove(index));
}

/// Returns text, or an answer of a model.
fn value(text: &str) -> Value {
    if text.len().is_multiple_of(2) { answer(text, 7, 3) } else { text.into() }
}
