//! The page that follows a program: with the changes, a browser has what a complete page contains.

use std::collections::HashMap;

use proptest::prelude::*;
use runnable_events::{LivePage, RecordedEvent, Trace};
use serde_json::{Map, Value, json};

use crate::{
    event_log::{EventLog, answer},
    page_data::data_of,
    random_log::{log_of, steps},
};

/// A browser with a page, which merges the changes as `recording.js` does.
struct Browser {
    next: String,
    runs: Vec<Value>,
    places: HashMap<String, usize>,
    payloads: Vec<Value>,
    fields: Map<String, Value>,
}

impl Browser {
    fn open(page: &mut LivePage) -> Self {
        let data = data_of(&page.to_html());
        assert_eq!(data["live"]["url"], "changes");
        let mut browser = Self {
            next: data["live"]["next"].as_str().unwrap().to_owned(),
            runs: Vec::new(),
            places: HashMap::new(),
            payloads: data["payloads"].as_array().unwrap().clone(),
            fields: Map::new(),
        };
        browser.merge(&data);
        browser
    }

    /// Asks for the changes. Returns `false` if the page must load itself again.
    fn ask(&mut self, page: &mut LivePage) -> bool {
        let changes: Value = serde_json::from_str(&page.changes_since(&self.next)).unwrap();
        if let Some(payloads) = changes.get("payloads") {
            let from = payloads["from"].as_u64().unwrap() as usize;
            if from > self.payloads.len() {
                return false;
            }
            let values = payloads["values"].as_array().unwrap();
            self.payloads.extend(values.iter().skip(self.payloads.len() - from).cloned());
        }
        self.next = changes["next"].as_str().unwrap().to_owned();
        self.merge(&changes);
        true
    }

    fn merge(&mut self, data: &Value) {
        for field in ["findings", "events", "at", "now", "ended"] {
            if let Some(value) = data.get(field) {
                self.fields.insert(field.to_owned(), value.clone());
            }
        }
        for run in data.get("runs").and_then(Value::as_array).into_iter().flatten() {
            let place = self.places.entry(run["id"].as_str().unwrap().to_owned());
            let place = *place.or_insert(self.runs.len());
            if place == self.runs.len() {
                self.runs.push(run.clone());
            } else {
                self.runs[place] = run.clone();
            }
        }
    }

    /// Returns what the browser shows: the runs with all their values, the findings and so on.
    fn shown(&self) -> Value {
        let field = |name| self.fields.get(name).cloned();
        let runs: Value = self.runs.iter().map(|run| expanded(run, &self.payloads)).collect();
        json!({ "runs": runs, "findings": field("findings"), "events": field("events"),
            "at": field("at") })
    }
}

/// Returns a value with its references resolved.
fn expanded(value: &Value, payloads: &[Value]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| expanded(item, payloads)).collect(),
        Value::Object(fields) => match fields.get("$").and_then(Value::as_u64) {
            Some(number) => expanded(&payloads[number as usize], &payloads[..number as usize]),
            None => {
                let fields = fields.iter();
                fields.map(|(key, field)| (key.clone(), expanded(field, payloads))).collect()
            }
        },
        other => other.clone(),
    }
}

/// Returns what a page in a file shows.
fn shown_in_file(events: &[RecordedEvent]) -> Value {
    let data = data_of(&Trace::from_events(events).page().to_html());
    let payloads = data["payloads"].as_array().unwrap();
    json!({ "runs": expanded(&data["runs"], payloads), "findings": data["findings"],
        "events": data["events"], "at": data.get("at") })
}

/// Returns the names of the runs in an answer.
fn names_in(changes: &str) -> Vec<String> {
    let changes: Value = serde_json::from_str(changes).unwrap();
    let runs = changes.get("runs").and_then(Value::as_array).into_iter().flatten();
    runs.map(|run| run["name"].as_str().unwrap().to_owned()).collect()
}

fn next_in(changes: &str) -> String {
    let changes: Value = serde_json::from_str(changes).unwrap();
    changes["next"].as_str().unwrap().to_owned()
}

proptest! {
    #[test]
    fn a_browser_that_follows_has_what_a_complete_page_contains(
        steps in steps(),
        asks in prop::collection::vec(any::<(bool, bool)>(), 1..60),
        is_reversed in prop::bool::weighted(0.2),
    ) {
        let mut events = log_of(&steps).events();
        if is_reversed {
            // The starts of runs then come last, and move the times of other runs.
            events.reverse();
        }
        let mut page = LivePage::new("changes");
        let (mut first, mut second) = (Browser::open(&mut page), None);
        for (event, (first_asks, second_asks)) in events.iter().zip(asks.iter().cycle()) {
            page.add(event);
            if *first_asks {
                prop_assert!(first.ask(&mut page));
            }
            if *second_asks {
                let second = second.get_or_insert_with(|| Browser::open(&mut page));
                prop_assert!(second.ask(&mut page));
            }
        }
        let (third, expected) = (Browser::open(&mut page), shown_in_file(&events));
        prop_assert!(page.is_current(&third.next));
        // A start can change a finding, and the page looks for findings only after an end.
        page.finish();
        for mut browser in [Some(first), second, Some(third)].into_iter().flatten() {
            prop_assert!(browser.ask(&mut page));
            prop_assert_eq!(browser.shown(), expected.clone());
        }
    }

    #[test]
    fn any_text_can_be_sent_as_next(steps in steps(), next in ".{0,40}|[0-9a-f-]{0,40}") {
        let mut page = LivePage::new("changes");
        page.extend(log_of(&steps).events());
        let mut browser = Browser::open(&mut page);
        browser.next = next;
        prop_assert!(!browser.ask(&mut page));
        prop_assert!(!page.is_current(&browser.next));
    }
}

#[test]
fn a_page_of_another_server_loads_itself_again() {
    let log = EventLog::default();
    log.root(0, "chain", json!("in")).end(1, json!("out"));
    let mut page = LivePage::new("changes");
    page.extend(log.events());
    let mut browser = Browser::open(&mut page);
    let mut restarted = LivePage::new("changes");
    restarted.extend(log.events());
    assert!(!browser.ask(&mut restarted));
    assert!(browser.ask(&mut page));
}

#[test]
fn a_next_from_the_future_makes_the_page_load_itself_again() {
    let mut page = LivePage::new("changes");
    let next = Browser::open(&mut page).next;
    let generation = next.split('-').next().unwrap();
    for future in [format!("{generation}-1-0"), format!("{generation}-0-1")] {
        assert_eq!(names_in(&page.changes_since(&future)), [""; 0]);
        assert!(page.changes_since(&future).contains("9007199254740991"), "{future}");
    }
}

#[test]
fn only_changed_runs_are_sent() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!("in"));
    let mut page = LivePage::new("changes");
    for number in 0..10_000 {
        let child = chain.child(number, &format!("chain case{number} item:{number}"), json!("in"));
        child.end(number + 1, json!("out"));
    }
    let last = chain.child(10_001, "chat_model gpt seq:step:2", json!("in"));
    page.extend(log.events());
    let next = Browser::open(&mut page).next;
    assert!(page.is_current(&next));

    let before = log.events().len();
    last.chunks(10_002, 10_002, &["word"]);
    page.extend(&log.events()[before..]);
    assert!(!page.is_current(&next));
    let changes = page.changes_since(&next);
    assert_eq!(names_in(&changes), ["gpt"], "the parent of a changed run has not changed");
    let changes = page.changes_since(&next_in(&changes));
    assert_eq!(names_in(&changes), [""; 0]);
    assert!(!changes.contains("payloads") && !changes.contains("findings"), "{changes}");
}

#[test]
fn the_text_of_a_running_run_is_not_an_entry_of_the_payloads() {
    let log = EventLog::default();
    let model = log.root(0, "gpt", json!("in"));
    let mut page = LivePage::new("changes");
    let mut browser = Browser::open(&mut page);
    let text = "A long text that is shared. ".repeat(10);
    for number in 1..10 {
        model.chunks(number, number, &[&text]);
        page.extend(log.events().last());
        assert!(browser.ask(&mut page));
    }
    assert_eq!(browser.payloads, [Value::Null; 0]);
    model.end(10, json!("out"));
    page.extend(log.events().last());
    assert!(browser.ask(&mut page));
    assert_eq!(browser.payloads, [json!(text.repeat(9))]);
}

#[test]
fn findings_appear_when_a_run_has_ended() {
    let log = EventLog::default();
    let chain = log.root(0, "chain", json!("in"));
    let model = chain.child(1, "chat_model gpt seq:step:1", json!("in"));
    let mut page = LivePage::new("changes");
    let mut browser = Browser::open(&mut page);
    model.retry(2, 1, 100, "too many requests");
    page.extend(log.events());
    assert!(browser.ask(&mut page));
    assert_eq!(browser.fields["findings"], json!([]));

    let before = log.events().len();
    model.end(200, answer("yes", 1, 1));
    page.extend(&log.events()[before..]);
    assert!(browser.ask(&mut page));
    assert_eq!(browser.fields["findings"][0]["code"], "retries");
}

#[test]
fn a_page_stops_to_follow_when_the_program_has_ended() {
    let log = EventLog::default();
    log.root(0, "chain", json!("in"));
    let mut page = LivePage::new("changes");
    page.extend(log.events());
    let mut browser = Browser::open(&mut page);
    assert!(browser.ask(&mut page));
    assert_eq!(browser.fields.get("ended"), None);

    page.finish();
    assert!(!page.is_current(&browser.next), "the browser is told at once");
    assert!(browser.ask(&mut page));
    assert_eq!(browser.fields["ended"], true);
    assert_eq!(data_of(&page.to_html()).get("live"), None);
}
