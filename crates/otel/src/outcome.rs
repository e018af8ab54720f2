//! [`Outcome`]: how a run has ended.

use std::time::SystemTime;

use opentelemetry::{
    KeyValue,
    trace::{SpanRef, Status},
};
use runnable_core::{Error, Payload, RunEventData};
use runnable_events::Redaction;

use crate::{answer::Answer, attributes::Attributes, error_message::error_message, names};

/// The value of `error.type` for a cancelled run.
const CANCELLED: &str = "cancelled";

/// How a run has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome<'a> {
    Completed,
    Failed(&'a Error),
    /// The run was cancelled. Contains the cause.
    Cancelled(&'a str),
}

impl<'a> Outcome<'a> {
    /// Returns the outcome that an event reports. Returns `None` if the run continues.
    pub(crate) fn of(data: &'a RunEventData<'_>) -> Option<Self> {
        Some(match data {
            RunEventData::End { .. } => Self::Completed,
            RunEventData::Error { error, .. } => Self::Failed(error),
            RunEventData::Cancelled { cause, .. } => Self::Cancelled(cause.as_str()),
            _ => return None,
        })
    }

    /// Returns the class of the error.
    pub(crate) fn error_type(self) -> Option<&'static str> {
        match self {
            Self::Completed => None,
            Self::Failed(error) => Some(error.kind().as_str()),
            Self::Cancelled(_) => Some(CANCELLED),
        }
    }

    /// Returns the details of the answer, if the run calls a model. `output` is the output of the
    /// run, or the part of it that exists.
    pub(crate) fn answer(self, output: Option<Payload<'_>>) -> Option<Answer> {
        let of_error = || match self {
            Self::Failed(error) => Answer::of_error(error),
            Self::Completed | Self::Cancelled(_) => None,
        };
        output.and_then(Answer::of_output).or_else(of_error)
    }

    /// Adds the attributes of the outcome.
    pub(crate) fn describe(self, attributes: &mut Attributes<'_>) {
        if let Some(error_type) = self.error_type() {
            attributes.add(names::ERROR_TYPE, error_type);
        }
        if let Self::Cancelled(cause) = self {
            attributes.add(names::CANCEL_CAUSE, cause.to_owned());
        }
    }

    /// Sets the status of the span, and adds the event of an error, which has happened at `time`.
    ///
    /// A cancelled run has the status of an error, because the conventions require this status for
    /// every span with an `error.type`.
    pub(crate) fn set_status(self, span: &SpanRef<'_>, time: SystemTime, redaction: &Redaction) {
        match self {
            Self::Completed => {}
            Self::Failed(error) => {
                let message = error_message(error, redaction);
                let attributes = vec![
                    KeyValue::new(names::EXCEPTION_TYPE, error.kind().as_str()),
                    KeyValue::new(names::EXCEPTION_MESSAGE, message.clone()),
                ];
                span.add_event_with_timestamp(names::EXCEPTION, time, attributes);
                span.set_status(Status::error(message));
            }
            Self::Cancelled(cause) => {
                span.set_status(Status::error(format!("{CANCELLED}: {cause}")));
            }
        }
    }
}
