//! [`Detail`]: an event between the start and the end of a run that the tree shows.

use std::time::Duration;

use runnable_core::{Payload, RunEventData};
use serde_json::Value;

use super::style::Style;
use crate::{
    RecordedData, RecordedError, Redaction,
    event::json,
    text::{HttpFacts, beginning, human, one_line, preview},
};

/// The number of characters to which an error message in a detail is shortened.
const MESSAGE: usize = 200;

/// The number of characters to which a value in a detail is shortened.
const VALUE: usize = 1000;

/// An event between the start and the end of a run.
#[derive(Clone, Debug)]
pub(super) enum Detail {
    Retry {
        attempt: u32,
        wait: Duration,
        error: String,
    },
    Fallback {
        number: u32,
        error: String,
    },
    Wait {
        reason: String,
        wait: Duration,
    },
    Http(HttpFacts),
    /// A report that is not about HTTP, or a custom event.
    Custom {
        name: String,
        data: String,
    },
}

impl Detail {
    /// Creates the detail of an event. Returns `None` if the event is a start, a chunk or an end.
    pub(super) fn of(event: &RunEventData<'_>, redaction: &Redaction) -> Option<Self> {
        let message = |error: &runnable_core::Error| message_of(&redaction.text(&error.message()));
        let redacted = |root: &str, data: &Payload<'_>| {
            let mut data = json(*data);
            redaction.value(root, &mut data);
            data
        };
        Some(match event {
            RunEventData::Retry { attempt, wait, error, .. } => {
                Self::Retry { attempt: *attempt, wait: *wait, error: message(error) }
            }
            RunEventData::Fallback { number, error, .. } => {
                Self::Fallback { number: *number, error: message(error) }
            }
            RunEventData::Wait { reason, wait, .. } => {
                Self::Wait { reason: reason.as_str().to_owned(), wait: *wait }
            }
            RunEventData::Report { name, data, .. } => {
                Self::report(&redaction.text(name), &redacted("report", data))
            }
            RunEventData::Custom { name, data, .. } => {
                Self::custom(&redaction.text(name), &redacted("custom", data))
            }
            _ => return None,
        })
    }

    /// Creates the detail of a recorded event, like [`of`](Self::of).
    pub(super) fn recorded(event: &RecordedData) -> Option<Self> {
        let message = |error: &RecordedError| message_of(&error.message);
        Some(match event {
            RecordedData::Retry { attempt, wait, error, .. } => {
                Self::Retry { attempt: *attempt, wait: *wait, error: message(error) }
            }
            RecordedData::Fallback { number, error, .. } => {
                Self::Fallback { number: *number, error: message(error) }
            }
            RecordedData::Wait { reason, wait, .. } => {
                Self::Wait { reason: reason.clone(), wait: *wait }
            }
            RecordedData::Report { name, data, .. } => Self::report(name, data),
            RecordedData::Custom { name, data, .. } => Self::custom(name, data),
            _ => return None,
        })
    }

    fn report(name: &str, data: &Value) -> Self {
        if name == "http" { Self::Http(HttpFacts::new(data)) } else { Self::custom(name, data) }
    }

    fn custom(name: &str, data: &Value) -> Self {
        Self::Custom { name: one_line(name), data: preview(data, VALUE) }
    }

    /// Returns the detail as text on one line.
    pub(super) fn line(&self, style: Style) -> String {
        match self {
            Self::Retry { attempt, wait, error } => {
                let wait = if wait.is_zero() {
                    "retried immediately".to_owned()
                } else {
                    format!("retry after {}", human(*wait))
                };
                let head = style.yellow(&format!("↻ attempt {attempt} failed, {wait}"));
                format!("{head}: {error}")
            }
            Self::Fallback { number, error } => {
                let head = style.yellow(&format!("↪ fallback {number}"));
                format!("{head} because of: {error}")
            }
            Self::Wait { reason, wait } => {
                style.yellow(&format!("waited {} for {}", human(*wait), words(reason)))
            }
            Self::Http(facts) if facts.is_failure() => {
                format!("{} {}", style.yellow("http"), facts.line())
            }
            Self::Http(facts) => format!("{} {}", style.dim("http"), facts.line()),
            Self::Custom { name, data } => format!("{} {data}", style.cyan(&format!("• {name}"))),
        }
    }
}

/// Returns the words of a name in `snake_case`.
pub(super) fn words(name: &str) -> String {
    one_line(name).replace('_', " ")
}

fn message_of(message: &str) -> String {
    beginning(&one_line(message), MESSAGE)
}
