//! [`HttpFacts`]: an HTTP exchange of a run, as reported by the step.

use std::time::Duration;

use serde_json::Value;

use super::{duration::human, one_line::one_line};

/// An HTTP exchange, from the report `http` of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct HttpFacts {
    method: Option<String>,
    pub(crate) status: Option<u64>,
    attempt: Option<u64>,
    request_id: Option<String>,
    first_byte: Option<Duration>,
    duration: Option<Duration>,
    received_bytes: Option<u64>,
    error: Option<String>,
}

impl HttpFacts {
    /// Reads the data of a report. Missing fields, and fields of other types, are left out.
    pub(crate) fn new(report: &Value) -> Self {
        let text = |key: &str| Some(one_line(report.get(key)?.as_str()?));
        let number = |key: &str| report.get(key)?.as_u64();
        let time = |key: &str| Duration::try_from_secs_f64(report.get(key)?.as_f64()? / 1e3).ok();
        let error = report.get("error").and_then(|error| match error {
            Value::Null => None,
            Value::String(text) => Some(one_line(text)),
            other => Some(one_line(&other.to_string())),
        });
        Self {
            method: text("method"),
            status: number("status"),
            attempt: number("attempt"),
            request_id: text("request_id"),
            first_byte: time("first_byte_ms"),
            duration: time("duration_ms"),
            received_bytes: number("response_bytes"),
            error,
        }
    }

    /// Returns whether the exchange failed.
    pub(crate) fn is_failure(&self) -> bool {
        self.error.is_some() || self.status.is_some_and(|status| status >= 400)
    }

    /// Returns the outcome as a word: the status, or `no answer`.
    pub(crate) fn outcome(&self) -> String {
        self.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string())
    }

    /// Returns all facts, except for the URL, on one line:
    /// `POST 200 in 1.20 s (first byte 240 ms), 1.2 kB, request req_1`.
    pub(crate) fn line(&self) -> String {
        let mut line = self.method.clone().into_iter().collect::<Vec<_>>();
        line.push(self.outcome());
        line.extend(self.duration.map(|duration| format!("in {}", human(duration))));
        line.extend(self.first_byte.map(|first| format!("(first byte {})", human(first))));
        let attempt = self.attempt.filter(|attempt| *attempt > 1);
        let parts = [
            attempt.map(|attempt| format!("attempt {attempt}")),
            self.received_bytes.map(bytes),
            self.request_id.as_ref().map(|id| format!("request {id}")),
            self.error.clone(),
        ];
        let parts = [line.join(" ")].into_iter().chain(parts.into_iter().flatten());
        parts.collect::<Vec<_>>().join(", ")
    }
}

fn bytes(count: u64) -> String {
    match count {
        0..1000 => format!("{count} B"),
        1000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        _ => format!("{:.1} MB", count as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_facts_of_an_exchange_are_on_one_line() {
        let facts = HttpFacts::new(&json!({
            "method": "POST", "status": 200, "attempt": 2, "request_id": "req_1\n",
            "first_byte_ms": 240.0, "duration_ms": 1200.0, "response_bytes": 1234, "error": null,
        }));
        assert_eq!(
            facts.line(),
            "POST 200 in 1.20 s (first byte 240 ms), attempt 2, 1.2 kB, request req_1"
        );
        assert!(!facts.is_failure());
    }

    #[test]
    fn missing_and_unexpected_fields_are_left_out() {
        let facts = HttpFacts::new(&json!({
            "status": "200", "duration_ms": -1, "error": { "kind": "connect" },
        }));
        assert_eq!(facts.line(), r#"no answer, {"kind":"connect"}"#);
        assert!(facts.is_failure());
        assert_eq!(HttpFacts::new(&json!(7)).line(), "no answer");
    }
}
