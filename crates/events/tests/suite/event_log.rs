//! [`EventLog`]: lists of recorded events that are written by hand.

use std::{cell::RefCell, rc::Rc};

use runnable_events::{RecordedEvent, Trace};
use serde_json::{Value, json};

/// A list of recorded events. All times are milliseconds since the start of the first root run.
#[derive(Clone, Default)]
pub(crate) struct EventLog(Rc<RefCell<Vec<RecordedEvent>>>);

/// A run whose events are added to an [`EventLog`].
#[derive(Clone)]
pub(crate) struct LoggedRun {
    log: EventLog,
    fields: Value,
    start: u64,
    root_start: u64,
    chunks: Rc<RefCell<Vec<u64>>>,
}

impl EventLog {
    /// Adds the start of a root run.
    pub(crate) fn root(&self, start: u64, name: &str, input: Value) -> LoggedRun {
        let run = LoggedRun {
            log: self.clone(),
            fields: json!({"run_id": self.id(name), "name": name, "kind": "chain", "path": [name]}),
            start,
            root_start: start,
            chunks: Rc::default(),
        };
        run.event(start, "start", json!({"input": input}));
        run
    }

    pub(crate) fn events(&self) -> Vec<RecordedEvent> {
        self.0.borrow().clone()
    }

    pub(crate) fn trace(&self) -> Trace {
        Trace::from_events(self.events())
    }

    fn id(&self, name: &str) -> String {
        format!("{name}-{}", self.0.borrow().len())
    }
}

impl LoggedRun {
    pub(crate) fn id(&self) -> &str {
        self.fields["run_id"].as_str().unwrap()
    }

    /// Adds the start of a child. `step` is its kind, its name and its position, such as
    /// `chat_model gpt seq:step:1`, `chain ask attempt:1` or `chain ask item:7`.
    pub(crate) fn child(&self, start: u64, step: &str, input: Value) -> Self {
        let run = self.child_without_start(start, step);
        run.event(start, "start", json!({"input": input}));
        run
    }

    /// Creates a child without adding its start.
    pub(crate) fn child_without_start(&self, start: u64, step: &str) -> Self {
        let mut words = step.split_whitespace();
        let (kind, name) = (words.next().unwrap(), words.next().unwrap());
        let mut parents = self.fields["parent_ids"].as_array().cloned().unwrap_or_default();
        parents.push(self.fields["run_id"].clone());
        let mut path = self.fields["path"].as_array().cloned().unwrap();
        path.push(name.into());
        let mut fields = json!({"run_id": self.log.id(name), "name": name, "kind": kind,
            "parent_ids": parents, "path": path});
        let number = |text: &str| text.parse::<u64>().unwrap();
        if let Some(position) = words.next() {
            fields["position"] = match position.rsplit_once(':') {
                Some(("attempt", attempt)) => json!({"attempt": number(attempt)}),
                Some(("item", item)) => json!({"item": number(item)}),
                Some(("retry:attempt", attempt)) => {
                    json!({"tag": position, "attempt": number(attempt)})
                }
                _ => json!({"tag": position}),
            };
        }
        Self { log: self.log.clone(), fields, start, chunks: Rc::default(), ..*self }
    }

    /// Sets the position of the run in later events.
    pub(crate) fn position(mut self, position: Value) -> Self {
        self.fields["position"] = position;
        self
    }

    /// Sets the ID of the run in later events.
    pub(crate) fn with_id(mut self, id: &str) -> Self {
        self.fields["run_id"] = id.into();
        self
    }

    /// Adds chunks with these texts, at equal distances from `from` to `to`.
    pub(crate) fn chunks(&self, from: u64, to: u64, texts: &[&str]) {
        let gaps = (texts.len() as u64).saturating_sub(1).max(1);
        for (number, text) in texts.iter().enumerate() {
            let at = from + (to - from) * number as u64 / gaps;
            self.chunks.borrow_mut().push(at - self.start);
            self.event(at, "chunk", json!({"chunk": text, "text": text}));
        }
    }

    pub(crate) fn end(&self, at: u64, output: Value) {
        self.event(at, "end", json!({"output": output}));
    }

    pub(crate) fn fail(&self, at: u64, kind: &str, message: &str) {
        self.event(at, "error", json!({"error": {"kind": kind, "message": message}}));
    }

    pub(crate) fn cancel(&self, at: u64, cause: &str) {
        self.event(at, "cancelled", json!({"cause": cause}));
    }

    pub(crate) fn retry(&self, at: u64, attempt: u32, wait: u64, message: &str) {
        let error = json!({"kind": "unavailable", "message": message});
        self.event(at, "retry", json!({"attempt": attempt, "wait_ms": wait, "error": error}));
    }

    /// Adds an event of any kind.
    pub(crate) fn event(&self, at: u64, event: &str, data: Value) {
        let mut fields = self.fields.clone();
        let mut events = self.log.0.borrow_mut();
        let chunks = self.chunks.borrow();
        for (key, value) in [
            ("v", json!("1.0")),
            ("seq", events.len().into()),
            (
                "time",
                format!("2026-01-31T12:{:02}:{:02}.{:03}Z", at / 60_000, at / 1000 % 60, at % 1000)
                    .into(),
            ),
            ("since_root_ms", (at - self.root_start).into()),
            ("elapsed_ms", (at - self.start).into()),
            ("chunks", chunks.len().into()),
            ("event", event.into()),
            ("data", data),
        ] {
            fields[key] = value;
        }
        if let Some(first) = chunks.first() {
            fields["first_chunk_ms"] = (*first).into();
        }
        events.push(serde_json::from_value(fields).unwrap());
    }
}

/// Returns the JSON of an answer of a chat model.
pub(crate) fn answer(text: &str, input_tokens: u64, output_tokens: u64) -> Value {
    json!({
        "type": "ai",
        "content": text,
        "usage_metadata": {
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "total_tokens": input_tokens + output_tokens,
        },
        "response_metadata": {
            "finish_reason": "stop",
            "model_name": "gpt",
            "model_provider": "openai",
        },
    })
}

/// Returns the prompt of a chat model.
pub(crate) fn prompt(text: &str) -> Value {
    json!({"messages": [{"type": "human", "content": text}]})
}
