//! The page of a trace. `cargo xtask e2e` opens the pages that these tests write in a browser.

use std::{fs, path::PathBuf};

use runnable_events::{Trace, TracePage};
use serde_json::{Value, json};

use crate::{
    event_log::{EventLog, answer},
    page_data::data_of,
};

/// Texts that would run as a script, or end the data, if the page contained them as markup.
const MARKUP: [&str; 5] = [
    "<script>document.title = 'broken'</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[link](javascript:alert(1)) \u{2028}\u{2029}",
    "<!-- {{STYLE}} {{DATA}} -->",
];

/// Returns the path of a file in the folder in which `cargo xtask e2e` looks for pages.
fn page_path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// Writes a page to this folder.
fn write(name: &str, page: &TracePage<'_>) -> String {
    let html = page.to_html();
    fs::write(page_path(name).with_extension("html"), &html).unwrap();
    html
}

/// Writes a recording, which a page then follows.
fn write_recording(name: &str, log: &EventLog) {
    let events = log.events();
    let lines = events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n");
    fs::write(page_path(name).with_extension("jsonl"), lines.collect::<String>()).unwrap();
}

/// A question that is answered from documents, with a retry and a tool.
fn answered_question() -> EventLog {
    let log = EventLog::default();
    let question = "How long do bees live?";
    let chain = log.root(0, "answer_question", question.into());
    let documents: Value = (1..=3)
        .map(|number| {
            json!({"page_content": format!("Fact {number} about bees. ").repeat(20),
                "metadata": {"source": format!("bees.md#{number}")}})
        })
        .collect();
    let retriever = chain.child(2, "retriever bee_facts seq:step:1", question.into());
    retriever.end(180, documents.clone());
    let prompt = json!({"messages": [
        {"type": "system", "content": format!("Answer from these documents: {documents}")},
        {"type": "human", "content": question},
    ]});
    let template = chain.child(182, "prompt ChatPromptTemplate seq:step:2", documents);
    template.end(183, prompt.clone());
    let retry = chain.child(184, "chain with_retry seq:step:3", prompt.clone());
    let failed = retry.child(185, "chat_model ChatOpenAI retry:attempt:1", prompt.clone());
    failed.event(
        260,
        "report",
        json!({"name": "http", "data": {"attempt": 1, "method": "POST", "status": 429,
            "url": "https://api.example.com/v1/chat/completions", "start_ms": 1.0,
            "first_byte_ms": 73.0, "duration_ms": 74.0, "retry_after_ms": 200.0}}),
    );
    failed.fail(261, "rate_limit", "too many requests");
    retry.retry(262, 1, 200, "too many requests");
    let model = retry.child(463, "chat_model ChatOpenAI retry:attempt:2", prompt);
    let words = ["Worker ", "bees ", "live ", "about ", "six ", "weeks ", "in ", "summer."];
    model.chunks(800, 1500, &words);
    retry.chunks(801, 1501, &words);
    model.end(1510, answer(&words.concat(), 612, 11));
    retry.end(1511, answer(&words.concat(), 612, 11));
    let parser = chain.child(802, "parser StrOutputParser seq:step:4", Value::Null);
    parser.chunks(803, 1503, &words);
    chain.chunks(804, 1504, &words);
    parser.end(1512, words.concat().into());
    chain.end(1513, words.concat().into());
    log
}

#[test]
fn a_page_contains_every_run_with_its_values() {
    let log = answered_question();
    write_recording("answer", &log);
    let trace = log.trace();
    let html = write("answer", &trace.page().fact("version", "1.2.3"));
    let data = data_of(&html);
    let names: Vec<_> = data["runs"].as_array().unwrap().iter().map(|run| &run["name"]).collect();
    assert_eq!(names.len(), trace.runs().len());
    assert_eq!(names[0], "answer_question");
    assert_eq!(data["facts"]["version"], "1.2.3");
    assert_eq!(data["events"], trace.event_count());

    let failed = &data["runs"][4];
    assert_eq!(
        (&failed["status"], &failed["error"]["kind"]),
        (&json!("error"), &json!("rate_limit"))
    );
    assert_eq!(failed["http"][0]["start"], 186.0, "times are those of the recording");
    let model = &data["runs"][5];
    assert_eq!(model["usage"]["input"], 612);
    assert_eq!(model["chunks"]["at"].as_array().unwrap().len(), 8);
    assert_eq!(model["chunks"]["len"][0], "Worker ".len());
}

#[test]
fn markup_in_values_stays_text() {
    let log = EventLog::default();
    let chain = log.root(0, MARKUP[0], MARKUP.join("\n").into());
    for (number, markup) in (1_u64..).zip(MARKUP) {
        let name = format!("seq{number}");
        let child = chain.child(number, &format!("{name} {name} seq:step:{number}"), markup.into());
        child.chunks(number + 1, number + 2, &[markup, markup]);
        child.event(number + 2, "custom", json!({"name": markup, "data": {markup: markup}}));
        child.fail(number + 3, "other", markup);
    }
    chain.end(20, json!({"messages": [{"type": "ai", "content": MARKUP.concat()}]}));
    let trace = log.trace();
    let html = write("markup", &trace.page().title(MARKUP[1]).fact(MARKUP[2], MARKUP[1]));

    assert_eq!(html.matches("</script>").count(), 2, "the data and the script");
    assert_eq!(html.matches("<script").count(), 2);
    assert!(!html.contains("<img src=x"));
    let data = data_of(&html);
    assert_eq!(data["title"], MARKUP[1]);
    assert_eq!(data["runs"][0]["name"], MARKUP[0]);
}

#[test]
fn a_document_that_many_runs_receive_is_stored_once() {
    let log = EventLog::default();
    let document = "All about bees. ".repeat(4_000);
    let chain = log.root(0, "chain", document.as_str().into());
    for number in 1..=10 {
        let prompt = json!({"messages": [{"type": "system", "content": document},
            {"type": "human", "content": format!("Question {number}?")}]});
        let model = chain.child(number, &format!("chat_model gpt seq:step:{number}"), prompt);
        model.end(number + 1, answer("Yes.", 10, 1));
    }
    chain.end(20, document.as_str().into());
    let html = log.trace().page().to_html();
    assert_eq!(html.matches(&document).count(), 1);
}

#[test]
fn runs_with_equal_ids_are_different_runs_on_the_page() {
    let log = EventLog::default();
    for start in [0, 100] {
        let root = log.root(start, "root", Value::Null).with_id("same");
        root.end(start + 10, Value::Null);
    }
    let data = data_of(&log.trace().page().to_html());
    let runs = data["runs"].as_array().unwrap();
    let mut ids: Vec<_> = runs.iter().map(|run| run["id"].as_str().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), runs.len(), "{ids:?}");
}

#[test]
fn an_empty_trace_and_an_unfinished_trace_have_a_page() {
    let data = data_of(&write("empty", &Trace::new().page()));
    assert_eq!(data["runs"], json!([]));

    let mut events = answered_question().events();
    events.truncate(20);
    let trace = Trace::from_events(events);
    let data = data_of(&write("unfinished", &trace.page()));
    assert_eq!(data["runs"][0]["status"], "running");
    assert_eq!(data["runs"][0].get("end"), None);
}

#[test]
fn a_page_compares_two_recordings() {
    let (before, now) = (answered_question().trace(), answered_question());
    now.root(2_000, "one_more_call", Value::Null).end(2_100, Value::Null);
    let now = now.trace();
    let data = data_of(&write("compare", &now.page().compare_with("yesterday", &before)));
    assert_eq!(data["before"]["title"], "yesterday");
    assert_eq!(data["before"]["runs"].as_array().unwrap().len(), before.runs().len());
    assert_eq!(data["before"]["runs"][1]["output"], data["runs"][1]["output"], "values are shared");
}

#[test]
fn a_page_of_ten_thousand_events_is_complete() {
    let log = EventLog::default();
    let report = log.root(0, "nightly_report", json!({"cases": 1_000}));
    for case in 0..1_000_u64 {
        let start = 1 + case * 7;
        let input: Value = format!("Case {case}: the customer writes about order {case}.").into();
        let run = report.child(start, "chain case", input.clone()).position(json!({"item": case}));
        let model = run.child(start + 1, "chat_model ChatOpenAI seq:step:1", input);
        let texts = ["The ", "order ", "arrives ", "soon."];
        model.chunks(start + 100, start + 400 + case % 90, &texts);
        if case % 97 == 0 {
            model.fail(start + 500, "overloaded", "the service is overloaded");
            run.fail(start + 501, "overloaded", "the service is overloaded");
        } else {
            model.end(start + 500 + case % 90, answer(&texts.concat(), 40 + case, 5));
            run.end(start + 501 + case % 90, texts.concat().into());
        }
        run.event(start + 3, "custom", json!({"name": "progress", "data": case}));
        run.event(start + 4, "report", json!({"name": "queue", "data": {"length": case}}));
    }
    report.end(9_000, json!({"answered": 990}));
    let trace = log.trace();
    assert!(trace.event_count() >= 10_000, "{}", trace.event_count());
    let html = write("large", &trace.page());
    assert_eq!(data_of(&html)["runs"].as_array().unwrap().len(), 2_001);
}
