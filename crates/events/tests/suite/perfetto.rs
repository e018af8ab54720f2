//! The trace events for Perfetto, and the rules of their format.

use std::{collections::HashMap, io};

use proptest::prelude::*;
use runnable_events::Trace;
use serde_json::Value;

use crate::{
    random_log::{log_of, steps},
    scenes::weather,
};

fn events_of(trace: &Trace, values: bool) -> Vec<Value> {
    let mut file = Vec::new();
    trace.perfetto().values(values).write_to(&mut file).unwrap();
    let mut file: Value = serde_json::from_slice(&file).unwrap();
    let Value::Array(events) = file["traceEvents"].take() else { panic!("{file}") };
    events
}

/// The state of an asynchronous slice.
#[derive(Debug, PartialEq)]
enum Slice {
    Open(Value),
    Closed,
}

/// Checks the rules of the [format](https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
fn check(trace: &Trace) {
    let events = events_of(trace, true);
    let mut slices: HashMap<(String, String, u64), Slice> = HashMap::new();
    let mut processes = Vec::new();
    let mut counters: HashMap<u64, (u64, u64)> = HashMap::new();
    let mut last = 0.0;
    for event in &events {
        let pid = event["pid"].as_u64().unwrap();
        assert!(event["tid"].is_u64() && event["name"].is_string(), "{event}");
        let phase = event["ph"].as_str().unwrap();
        if phase == "M" {
            assert!(slices.is_empty() && event["args"]["name"].is_string(), "{event}");
            if event["name"] == "process_name" {
                processes.push(pid);
            }
            continue;
        }
        assert!(processes.contains(&pid), "{event}");
        let ts = event["ts"].as_f64().unwrap();
        assert!(ts >= last, "{event} is after {last}");
        last = ts;
        if phase == "C" {
            let value = |key: &str| event["args"][key].as_u64().unwrap();
            let (new, old) = ((value("input"), value("output")), counters.entry(pid).or_default());
            assert!(new.0 >= old.0 && new.1 >= old.1, "{event}");
            *old = new;
            continue;
        }
        let text = |key: &str| event[key].as_str().unwrap().to_owned();
        let key = (text("cat"), text("id"), pid);
        let slice = slices.get(&key);
        match phase {
            "b" => {
                assert_eq!(slice, None, "{event}");
                slices.insert(key, Slice::Open(event["name"].clone()));
            }
            "n" => assert!(matches!(slice, Some(Slice::Open(_))), "{event}"),
            "e" => {
                assert_eq!(slice, Some(&Slice::Open(event["name"].clone())), "{event}");
                slices.insert(key, Slice::Closed);
            }
            _ => panic!("an unexpected phase: {event}"),
        }
    }
    assert!(slices.values().all(|slice| *slice == Slice::Closed), "{slices:?}");
    assert_eq!(slices.len(), trace.runs().len());
    assert_eq!(processes.len(), trace.roots().count());
    let chunks = events.iter().filter(|event| event["args"]["json_bytes"].is_u64()).count();
    assert_eq!(chunks, trace.runs().iter().map(|run| run.chunks.len()).sum::<usize>());
}

proptest! {
    #[test]
    fn the_rules_of_the_format_hold(steps in steps()) {
        check(&log_of(&steps).trace());
    }
}

#[test]
fn slices_contain_the_data_of_their_runs() {
    let trace = weather().trace();
    check(&trace);
    let events = events_of(&trace, false);
    let named = |phase: &str, name: &str| {
        let found = events.iter().find(|event| event["ph"] == phase && event["name"] == name);
        found.cloned().unwrap_or_default()
    };
    let begin = named("b", "ChatOpenAI");
    let end = events.iter().find(|event| event["ph"] == "e" && event["id"] == begin["id"]).unwrap();
    assert_eq!((&begin["cat"], &begin["ts"]), (&"chain".into(), &3_000.0.into()));
    assert_eq!(end["args"]["error"]["kind"], "unavailable");
    assert_eq!(events.last().unwrap()["args"]["state"], "unfinished");
    assert_eq!(named("n", "retry")["args"]["data"]["wait_ms"], 1_000.0);
    assert_eq!(named("n", "http")["args"]["data"]["data"]["status"], 503);
    assert_eq!(named("n", "first chunk")["args"]["text"], "Yes, ");
    assert_eq!(named("C", "tokens")["args"], serde_json::json!({ "input": 41, "output": 12 }));
    assert!(events.iter().all(|event| event["args"].get("input").is_none_or(Value::is_u64)));
    let with_values = events_of(&trace, true);
    assert!(with_values.iter().any(|event| event["args"]["output"]["mm"] == 12));
}

#[test]
fn an_error_of_the_writer_is_returned() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = weather().trace().perfetto().write_to(Full).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}
