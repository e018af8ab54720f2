//! The Markdown of a trace.

use proptest::prelude::*;
use runnable_events::Trace;
use serde_json::json;

use crate::{
    event_log::EventLog,
    golden::assert_golden,
    random_log::{log_of, steps},
    scenes::weather,
};

#[test]
fn the_markdown_of_a_call_has_all_sections() {
    assert_golden("weather.md", &weather().trace().markdown().to_string());
}

#[test]
fn large_values_are_cut_before_steps_are_left_out() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!("first ".repeat(2_000) + "last"));
    for number in 0..30 {
        let step = format!("chat_model model{number} seq:step:{number}");
        let model = chain.child(number, &step, json!(["long ".repeat(500)]));
        model.end(number + 1, json!("x"));
    }
    chain.end(100, json!("done"));
    let trace = log.trace();
    let text = trace.markdown().max_chars(8_000).to_string();
    assert!(text.chars().count() <= 8_000);
    assert!(text.contains(" characters are left out …]\n"), "{text}");
    assert!(text.contains("last\n```\n"), "the end of a value is kept: {text}");
    assert!(text.contains("more steps are left out.\n"), "{text}");
    let full = trace.markdown().max_chars(200_000).to_string();
    assert!(!full.contains("left out"), "{full}");
}

#[test]
fn failed_calls_come_before_the_others() {
    let log = EventLog::default();
    for number in 0..50 {
        let call = log.root(number, &format!("call{number}"), json!(number));
        if number == 40 { call.fail(number, "other", "no") } else { call.end(number, json!(1)) }
    }
    let text = log.trace().markdown().max_chars(4_000).to_string();
    assert!(text.contains("## `call40` failed after"), "{text}");
    assert!(text.contains("\n48 more calls are left out.\n"), "{text}");
}

/// Returns the lines that are not in a block of code. Panics if a block has no end.
fn outside_code(text: &str) -> Vec<&str> {
    let mut fence: Option<&str> = None;
    let mut outside = Vec::new();
    for line in text.split('\n') {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if ticks >= open.len() && line.trim_end().len() == ticks => fence = None,
            Some(_) => {}
            None if ticks >= 3 => fence = Some(&line[..ticks]),
            None => outside.push(line),
        }
    }
    assert_eq!(fence, None, "a block has no end: {text}");
    outside
}

fn check(trace: &Trace, max: usize) {
    let text = trace.markdown().max_chars(max).to_string();
    assert!(text.chars().count() <= max, "{} > {max}: {text}", text.chars().count());
    assert_eq!(text, trace.markdown().max_chars(max).to_string());
    for line in outside_code(&text) {
        let without_spans: String = line.split('`').step_by(2).collect();
        // Check only lines without several backticks in a row, because splitting such a line gives
        // empty parts.
        assert!(line.contains("``") || !without_spans.contains("PAYLOAD"), "{line:?}");
    }
    assert!(!text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')), "{text:?}");
}

proptest! {
    #[test]
    fn markdown_is_valid_and_not_too_large(steps in steps(), max in 0..6_000usize) {
        check(&log_of(&steps).trace(), max);
    }
}
