//! The message of an error, without secrets.

use runnable_core::Error;
use runnable_events::Redaction;
use serde_json::Value;

/// The text that replaces a message if the redaction keeps no content.
const NOT_KEPT: &str = "[not recorded]";

/// Returns the message of an error without secrets.
///
/// Services repeat parts of a request in their messages. The settings of the redaction for content
/// therefore apply to messages, too.
pub(crate) fn error_message(error: &Error, redaction: &Redaction) -> String {
    let mut message = Value::String(error.message());
    redaction.value("error", &mut message);
    match message {
        Value::String(message) => message,
        _ => NOT_KEPT.to_owned(),
    }
}
