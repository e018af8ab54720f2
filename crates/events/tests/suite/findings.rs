//! Findings about hand-written events.

use std::time::Duration;

use runnable_chat::Usage;
use runnable_events::{Finding, FindingCode, FindingLevel, FindingOptions};
use serde_json::{Value, json};

use crate::event_log::{EventLog, LoggedRun, answer, prompt};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Returns the findings about the events that a function adds to a call.
fn found(add: impl FnOnce(&LoggedRun)) -> Vec<Finding> {
    let log = EventLog::default();
    add(&log.root(0, "chain", json!("hi")));
    log.trace().findings()
}

fn codes(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.code.as_str()).collect()
}

fn only(findings: Vec<Finding>) -> Finding {
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.into_iter().next().unwrap()
}

/// Adds a model that completes an answer with 15 tokens.
fn model(parent: &LoggedRun, from: u64, to: u64, step: &str, question: &str, text: &str) {
    let model = parent.child(from, &format!("chat_model gpt {step}"), prompt(question));
    model.end(to, answer(text, 10, 5));
}

#[test]
fn a_good_call_has_no_findings() {
    let findings = found(|chain| {
        model(chain, 0, 3_000, "seq:step:1", "hi", "a long answer of a model");
        let parser =
            chain.child(3_000, "parser text seq:step:2", json!("a long answer of a model"));
        parser.end(3_001, json!("a long answer of a model"));
        chain.end(3_001, json!("a long answer of a model"));
    });
    assert_eq!(findings, []);
}

#[test]
fn a_step_that_needs_its_complete_input_is_not_a_finding_in_an_invoked_call() {
    let findings = found(|chain| {
        let model = chain.child(0, "chat_model gpt seq:step:1", prompt("hi"));
        model.chunks(100, 2_000, &["a ", "b ", "c "]);
        model.end(2_000, answer("a b c", 1, 1));
        chain.child(2_000, "chain tidy seq:step:2", json!("a b c")).end(2_001, json!("a b c"));
        chain.end(2_001, json!("a b c"));
    });
    assert_eq!(findings, []);
}

#[test]
fn a_step_that_takes_chunks_but_holds_them_back_is_found() {
    let finding = only(found(|chain| {
        let model = chain.child(0, "chat_model gpt seq:step:1", prompt("hi"));
        let tidy = chain.child(100, "chain tidy seq:step:2", Value::Null);
        model.chunks(100, 2_000, &["a ", "b ", "c "]);
        model.end(2_000, answer("a b c", 1, 1));
        tidy.chunks(2_000, 2_000, &["a b c"]);
        chain.chunks(2_000, 2_000, &["a b c"]);
        tidy.end(2_001, json!("a b c"));
        chain.end(2_001, json!("a b c"));
    }));
    assert_eq!((finding.code, finding.cost), (FindingCode::StoppedStream, Some(ms(1_900))));
    assert_eq!(finding.runs[0].name, "tidy");
}

#[test]
fn retries_cost_time_and_tokens() {
    let finding = only(found(|chain| {
        let retry = chain.child(0, "chain retry seq:step:1", json!("hi"));
        let first = retry.child(0, "chat_model gpt attempt:1", prompt("hi"));
        let partial = answer("half", 10, 3);
        let error = json!({"kind": "unavailable", "message": "overloaded"});
        first.event(400, "error", json!({"error": error, "partial": partial}));
        retry.retry(400, 1, 1_000, "overloaded");
        model(&retry, 1_400, 1_900, "retry:attempt:2", "hi", "yes");
        retry.end(1_900, answer("yes", 10, 5));
        chain.end(1_900, answer("yes", 10, 5));
    }));
    assert_eq!((finding.code, finding.level), (FindingCode::Retries, FindingLevel::Warning));
    assert_eq!((finding.cost, finding.tokens), (Some(ms(1_400)), Some(Usage::new(10, 3))));
    assert_eq!(finding.title, "1 attempt of `retry` failed, 1.40 s lost");
}

#[test]
fn retries_of_the_transport_cost_the_time_of_their_requests() {
    let finding = only(found(|chain| {
        let model = chain.child(0, "chat_model gpt", prompt("hi"));
        let http = |attempt: u32, duration: u64| json!({"name": "http", "data": {"attempt": attempt, "duration_ms": duration}});
        model.event(300, "report", http(1, 300));
        model.retry(300, 1, 500, "busy");
        model.event(900, "report", http(2, 100));
        model.end(900, answer("yes", 10, 5));
        chain.end(900, answer("yes", 10, 5));
    }));
    assert_eq!((finding.code, finding.cost), (FindingCode::Retries, Some(ms(800))));
}

#[test]
fn many_failed_attempts_of_a_batch_are_one_storm() {
    let finding = only(found(|chain| {
        for item in 0..10 {
            let retry = chain.child(0, &format!("chain retry item:{item}"), json!(item));
            retry.retry(10, 1, 100, "busy");
            retry.end(120, json!(item));
        }
        chain.end(120, json!(1));
    }));
    assert_eq!((finding.code, finding.level), (FindingCode::RetryStorm, FindingLevel::Error));
    assert_eq!(finding.runs.len(), 10);
}

#[test]
fn similar_findings_are_joined() {
    let finding = only(found(|chain| {
        for item in 0..3 {
            let retry = chain.child(0, &format!("chain retry item:{item}"), json!(item));
            retry.retry(10, 1, 100 * (item + 1), "busy");
            retry.end(400, json!(item));
        }
        chain.end(400, json!(1));
    }));
    assert_eq!((finding.runs.len(), finding.cost), (3, Some(ms(600))));
    assert_eq!(finding.title, "1 attempt of `retry` failed, 300 ms lost (3 times)");
}

#[test]
fn a_fallback_is_found() {
    let finding = only(found(|chain| {
        let either = chain.child(0, "chain either", json!("hi"));
        either.child(0, "chat_model large", prompt("hi")).fail(700, "timeout", "too slow");
        let error = json!({"kind": "timeout", "message": "too slow"});
        either.event(700, "fallback", json!({"number": 1, "error": error}));
        either.child(700, "chat_model small", prompt("hi")).end(900, answer("yes", 1, 1));
        either.end(900, answer("yes", 1, 1));
        chain.end(900, answer("yes", 1, 1));
    }));
    assert_eq!((finding.code, finding.cost), (FindingCode::Fallback, Some(ms(700))));
    assert!(finding.text.contains("too slow (timeout)"), "{finding}");
    assert!(finding.text.contains("`small` produced the output"), "{finding}");
}

#[test]
fn waits_at_the_same_time_count_once() {
    let wait = |reason: &str, wait: u64| json!({"reason": reason, "wait_ms": wait});
    let findings = found(|chain| {
        for item in 0..3 {
            let model = chain.child(0, "chat_model gpt", prompt(&item.to_string()));
            model.event(600 + item, "wait", wait("rate_limit", 600 + item));
            model.event(700, "wait", wait("budget", 20));
            model.end(1_000, answer("yes", 1, 1));
        }
        chain.end(1_000, json!("yes"));
    });
    let finding = only(findings);
    assert_eq!((finding.code, finding.cost), (FindingCode::Wait, Some(ms(602))));
    assert_eq!((&*finding.title, finding.runs.len()), ("Waited 602 ms for a rate limit", 3));
}

#[test]
fn a_cut_answer_is_found() {
    let finding = only(found(|chain| {
        let mut cut = answer("It was", 10, 200);
        cut["response_metadata"]["finish_reason"] = "max_tokens".into();
        chain.child(0, "chat_model gpt", prompt("hi")).end(100, cut.clone());
        chain.end(100, cut);
    }));
    assert_eq!(finding.code, FindingCode::CutAnswer);
    assert_eq!(finding.title, "The answer of `gpt` was cut after 200 tokens");
}

#[test]
fn an_invalid_call_is_found_without_a_toolbox() {
    let finding = only(found(|chain| {
        let mut output = answer("", 10, 200);
        let call = json!({"id": "1", "name": "add", "args": "{\"a\":", "error": "EOF"});
        output["invalid_tool_calls"] = json!([call]);
        chain.child(0, "chat_model gpt", prompt("hi")).end(100, output.clone());
        chain.end(100, output);
    }));
    assert_eq!(finding.code, FindingCode::InvalidToolCall);
    assert!(finding.text.contains(r#"{"a":"#), "{finding}");
}

#[test]
fn an_error_of_a_tool_itself_is_not_an_invalid_call() {
    let findings = found(|chain| {
        chain.child(0, "tool find", json!({})).fail(10, "not_found", "no such customer");
        chain.end(20, json!("none"));
    });
    assert_eq!(findings, []);
}

#[test]
fn an_answer_of_a_run_that_failed_is_found() {
    let finding = only(found(|chain| {
        model(chain, 0, 800, "seq:step:1", "hi", "not JSON");
        chain.child(800, "parser json seq:step:2", json!("x")).fail(801, "parse", "not JSON");
        chain.fail(802, "parse", "not JSON");
    }));
    assert_eq!((finding.code, finding.cost), (FindingCode::WastedAnswer, Some(ms(800))));
    assert_eq!(finding.tokens, Some(Usage::new(10, 5)));
    assert_eq!(finding.title, "1 answer (15 tokens) of a run that failed");
}

#[test]
fn an_answer_that_is_not_used_is_found() {
    let text = "Refunds take five working days";
    let call = |output: Value| {
        found(|chain| {
            model(chain, 0, 800, "", "hi", text);
            chain.child(800, "chain next", json!("something else")).end(900, json!("other"));
            chain.end(900, output);
        })
    };
    let finding = only(call(json!("We are closed today")));
    assert_eq!((finding.code, finding.level), (FindingCode::UnusedAnswer, FindingLevel::Info));
    // A step can change the text, and a decision that is based on an answer does not contain its
    // text.
    assert_eq!(call(json!(text.to_uppercase())), []);
    assert_eq!(call(json!(true)), []);
}

#[test]
fn a_prompt_that_was_sent_twice_is_found() {
    let calls = |second: &str| {
        found(|chain| {
            model(chain, 0, 800, "", "hi", "yes");
            model(chain, 800, 1_500, "", second, "yes");
            chain.end(1_500, json!("yes"));
        })
    };
    let finding = only(calls("hi"));
    assert_eq!((finding.code, finding.cost), (FindingCode::RepeatedPrompt, Some(ms(700))));
    assert_eq!((finding.runs.len(), finding.tokens), (2, Some(Usage::new(10, 5))));
    assert_eq!(calls("hello"), []);
}

#[test]
fn a_step_that_blocked_the_thread_is_found() {
    let finding = only(found(|chain| {
        let step = chain.child(0, "chain hash", json!(1));
        step.event(300, "report", json!({"name": "blocked", "data": {"poll_ms": 300}}));
        step.event(450, "report", json!({"name": "blocked", "data": {"poll_ms": 150}}));
        step.end(450, json!(1));
        chain.end(450, json!(1));
    }));
    assert_eq!((finding.code, finding.cost), (FindingCode::BlockedThread, Some(ms(450))));
    assert!(finding.text.contains("2 times, for up to 300 ms"), "{finding}");
}

#[test]
fn a_stalled_stream_is_found() {
    let stream = |pause: u64| {
        found(|chain| {
            let model = chain.child(0, "chat_model gpt", prompt("hi"));
            model.chunks(500, 1_000, &["a", "b", "c", "d", "e", "f"]);
            model.chunks(1_000 + pause, 1_500 + pause, &["g", "h", "i", "j", "k", "l"]);
            model.end(1_500 + pause, answer("abcdefghijkl", 1, 1));
            chain.end(1_500 + pause, answer("abcdefghijkl", 1, 1));
        })
    };
    let finding = only(stream(3_000));
    assert_eq!((finding.code, finding.cost), (FindingCode::StalledStream, Some(ms(3_000))));
    assert_eq!(stream(1_000), []);
}

#[test]
fn a_model_that_is_slow_to_answer_is_found() {
    let finding = only(found(|chain| {
        let model = chain.child(0, "chat_model gpt", prompt("hi"));
        model.chunks(6_000, 6_100, &["a", "b"]);
        model.end(6_100, answer("ab", 1, 1));
        chain.end(6_100, answer("ab", 1, 1));
    }));
    assert_eq!((finding.code, finding.cost), (FindingCode::SlowStep, Some(ms(6_000))));
}

#[test]
fn a_run_that_is_slower_than_the_others_is_found() {
    let finding = only(found(|chain| {
        for (item, time) in [900, 1_000, 1_100, 4_000].into_iter().enumerate() {
            model(chain, 0, time, "", &item.to_string(), "yes");
        }
        chain.end(4_000, json!("yes"));
    }));
    assert_eq!((finding.code, finding.cost), (FindingCode::SlowStep, Some(ms(2_900))));
}

/// Adds a run of a branch with two conditions.
fn branch(chain: &LoggedRun, input: &str, holds: Option<u64>) {
    let branch = chain.child(0, "chain route", json!(input));
    for number in 1..=2 {
        let condition = format!("chain lambda condition:{number}");
        branch.child(0, &condition, json!(input)).end(0, json!(holds == Some(number)));
        if holds == Some(number) {
            break;
        }
    }
    let chosen = holds.map_or_else(|| "default".to_owned(), |number| number.to_string());
    branch.child(0, &format!("chain say branch:{chosen}"), json!(input)).end(1, json!("ok"));
    branch.end(1, json!("ok"));
}

#[test]
fn the_default_of_a_branch_is_reported_only_if_no_condition_ever_held() {
    let choices = |choices: &[(&str, Option<u64>)]| {
        found(|chain| {
            choices.iter().for_each(|(input, holds)| branch(chain, input, *holds));
            chain.end(1, json!("ok"));
        })
    };
    let finding = only(choices(&[("x", None)]));
    assert_eq!((finding.code, finding.level), (FindingCode::DefaultBranch, FindingLevel::Info));
    assert_eq!(choices(&[("x", None), ("y", Some(2))]), []);
    assert_eq!(choices(&[("x", Some(1)), ("y", Some(1)), ("z", Some(1))]), []);

    let finding = only(choices(&[("x", None), ("y", None), ("z", None)]));
    assert_eq!((finding.code, finding.runs.len()), (FindingCode::WrongBranch, 3));
    let finding = only(choices(&[("buy", Some(1)), ("Buy!\n", None)]));
    assert_eq!((finding.code, finding.level), (FindingCode::WrongBranch, FindingLevel::Warning));
}

#[test]
fn lost_events_are_found() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!("hi"));
    chain.child(0, "chain inner", json!("hi")).end(10, json!("hi"));
    chain.end(10, json!("hi"));
    let mut events = log.events();
    events.remove(1);
    let finding = only(runnable_events::Trace::from_events(events).findings());
    assert_eq!(
        (finding.code, &*finding.title),
        (FindingCode::LostEvents, "1 of 4 events is missing")
    );
}

#[test]
fn serious_and_expensive_findings_are_first() {
    let findings = found(|chain| {
        let first = chain.child(0, "chain a", json!("hi"));
        first.retry(10, 1, 100, "busy");
        first.end(200, json!("hi"));
        let second = chain.child(200, "chain b", json!("hi"));
        second.retry(210, 1, 300, "busy");
        second.end(600, json!("hi"));
        let third = chain.child(600, "chain c", json!("hi"));
        third.retry(610, 1, 50, "busy");
        third.fail(660, "unavailable", "busy");
        chain.fail(660, "unavailable", "busy");
    });
    assert_eq!(codes(&findings), ["retries", "retries", "retries"]);
    let names: Vec<_> = findings.iter().map(|finding| &*finding.runs[0].name).collect();
    assert_eq!(names, ["c", "b", "a"]);
}

#[test]
fn the_limits_can_be_changed() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!("hi"));
    chain.child(0, "tool find", json!({})).end(300, json!("x"));
    chain.end(1_000, json!("x"));
    assert_eq!(log.trace().findings(), []);
    let strict = FindingOptions::new().slow_time(ms(200)).slow_share(0.2);
    assert_eq!(codes(&log.trace().findings_with(&strict)), ["slow_step"]);
}

#[test]
fn a_finding_survives_a_round_trip_through_json() {
    let findings = found(|chain| {
        model(chain, 0, 800, "", "hi", "yes");
        chain.fail(802, "parse", "not JSON");
    });
    let text = serde_json::to_string(&findings).unwrap();
    assert!(text.starts_with(r#"[{"code":"wasted_answer","level":"warning""#), "{text}");
    assert!(text.contains(r#""cost_ms":800.0"#), "{text}");
    assert_eq!(serde_json::from_str::<Vec<Finding>>(&text).unwrap(), findings);
}
