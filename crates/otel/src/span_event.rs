//! [`SpanEvent`]: an event of a run that becomes an event of its span.

use std::time::Duration;

use runnable_core::{Error, Payload, RunEventData};
use runnable_events::Redaction;

use crate::{attributes::Attributes, content::json_text, error_message::error_message, names};

/// An event of a run that becomes an event of its span.
#[derive(Debug)]
pub(crate) struct SpanEvent<'r> {
    pub(crate) name: &'static str,
    pub(crate) attributes: Attributes<'r>,
}

impl<'r> SpanEvent<'r> {
    /// Converts an event of a run. Returns `None` if it is not an event of its span.
    pub(crate) fn of(
        data: &RunEventData<'_>,
        records_content: bool,
        redaction: &'r Redaction,
    ) -> Option<Self> {
        let mut attributes = Attributes::new(redaction);
        let name = match data {
            RunEventData::Custom { name, data, .. } => {
                describe_custom(name, records_content.then_some(*data), &mut attributes);
                names::CUSTOM
            }
            RunEventData::Retry { attempt, wait, error, .. } => {
                describe_retry(*attempt, *wait, error, &mut attributes);
                names::RETRY
            }
            RunEventData::Fallback { number, error, .. } => {
                attributes.add_count(names::FALLBACK_NUMBER, (*number).into());
                describe_error(error, &mut attributes);
                names::FALLBACK
            }
            RunEventData::Wait { reason, wait, .. } => {
                attributes.add(names::WAIT_REASON, reason.as_str());
                attributes.add(names::WAIT_DURATION, wait.as_secs_f64());
                names::WAIT
            }
            RunEventData::Report { name, data, .. } => {
                describe_report(name, *data, &mut attributes);
                names::REPORT
            }
            _ => return None,
        };
        Some(Self { name, attributes })
    }
}

fn describe_custom(name: &str, data: Option<Payload<'_>>, attributes: &mut Attributes<'_>) {
    attributes.add_text(names::CUSTOM_NAME, name);
    if let Some(mut data) = data.and_then(|data| data.to_json().ok()) {
        attributes.redaction().value("custom", &mut data);
        attributes.add(names::CUSTOM_DATA, json_text(&data));
    }
}

/// Adds a report. A report describes the work of a step and contains no content, so it is always
/// recorded.
fn describe_report(name: &str, data: Payload<'_>, attributes: &mut Attributes<'_>) {
    attributes.add_text(names::REPORT_NAME, name);
    if let Ok(mut data) = data.to_json() {
        attributes.redaction().value("report", &mut data);
        attributes.add(names::REPORT_DATA, json_text(&data));
    }
}

fn describe_retry(attempt: u32, wait: Duration, error: &Error, attributes: &mut Attributes<'_>) {
    attributes.add_count(names::RETRY_ATTEMPT, attempt.into());
    attributes.add(names::RETRY_WAIT, wait.as_secs_f64());
    describe_error(error, attributes);
}

/// Adds an error after which the run continues.
fn describe_error(error: &Error, attributes: &mut Attributes<'_>) {
    attributes.add(names::ERROR_TYPE, error.kind().as_str());
    attributes.add(names::EXCEPTION_MESSAGE, error_message(error, attributes.redaction()));
}
