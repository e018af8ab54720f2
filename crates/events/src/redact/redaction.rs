//! [`Redaction`]: removes secrets.

use std::{borrow::Cow, fmt, sync::Arc};

use serde_json::Value;

use super::{chunk_tails::ChunkTails, event_pass::EventPass, rules::Rules, walk::Walk};
use crate::record::{RecordedEvent, RecordingHeader};

/// Removes secrets from text, from JSON, and from events.
///
/// A [`Recorder`](crate::Recorder) redacts each event once, before any file or sink receives it.
/// [`RecorderBuilder::redaction`](crate::RecorderBuilder::redaction) changes what is redacted.
///
/// A redaction always removes:
///
/// - the API keys of known services, such as `sk-…`, `sk-ant-…`, `AIza…`, `gsk_…`, `hf_…`, `ghp_…`
///   and `AKIA…`;
/// - JSON web tokens, and private keys in the PEM format;
/// - `Bearer …` and `Basic …`, and the values of headers such as `authorization`, `x-api-key` and
///   `cookie`;
/// - the values of fields, variables and parameters with names such as `api_key`, `password`,
///   `secret` and `access_token`, in JSON and in text. A number or a text in a field such as
///   `max_tokens` is kept;
/// - the parameters `key`, `token` and `sig` of URLs, and `user:password@` before a host;
/// - the values of the environment variables whose names end with `_API_KEY`, `_ACCESS_KEY`,
///   `_PASSWORD`, `_SECRET` or `_TOKEN`, and that have at least eight characters. The environment
///   is read when the redaction is created.
///
/// A data URL, and base64 of 256 characters or more, is replaced by its type, its size and its
/// hash.
///
/// The text that replaces a secret states its kind: `[redacted: API key]`. Redacting a text again
/// does not change it. UUIDs, hashes in hexadecimal form, and the words of a sentence are kept.
///
/// The work grows linearly with the length of the text. A clone shares all settings.
///
/// ```
/// use runnable_events::Redaction;
///
/// let redaction = Redaction::default();
/// assert_eq!(
///     redaction.text("401 for https://host/v1?key=0123456789&page=2"),
///     "401 for https://host/v1?key=[redacted: API key]&page=2",
/// );
/// assert_eq!(redaction.text("used 12 tokens"), "used 12 tokens");
/// ```
#[derive(Clone)]
pub struct Redaction {
    rules: Arc<Rules>,
}

impl Redaction {
    pub(super) fn new(rules: Rules) -> Self {
        Self { rules: Arc::new(rules) }
    }

    /// Removes the secrets from a text.
    ///
    /// Only [known secrets](crate::RedactionBuilder::secret), the built-in rules and
    /// [patterns](crate::RedactionBuilder::pattern) apply to a text alone.
    ///
    /// ```
    /// use runnable_events::Redaction;
    ///
    /// let text = Redaction::default().text("Authorization: Bearer abcdef123456").into_owned();
    /// assert_eq!(text, "Authorization: [redacted: authorization]");
    /// ```
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.rules.redacted(text)
    }

    /// Removes the secrets from a JSON value, and reduces it to the [content](crate::Content) that
    /// is kept.
    ///
    /// `root` is the first name in the paths of its fields, such as `input`, `output` or
    /// `metadata`.
    ///
    /// ```
    /// use runnable_events::Redaction;
    /// use serde_json::json;
    ///
    /// let mut value = json!({ "password": "hunter2", "max_tokens": 100 });
    /// Redaction::default().value("input", &mut value);
    /// assert_eq!(value, json!({ "password": "[redacted: password]", "max_tokens": 100 }));
    /// ```
    pub fn value(&self, root: &str, value: &mut Value) {
        let redact = |_: &str, text: &mut String| {
            if let Cow::Owned(redacted) = self.rules.redacted(text) {
                *text = redacted;
            }
        };
        Walk::new(&self.rules, redact).root(root, value);
        self.rules.content.apply(value);
    }

    /// Removes the secrets from an event: from its values, its error, its names, tags and metadata,
    /// and its unknown fields.
    ///
    /// A chunk is redacted on its own. [`CallRedaction`](crate::CallRedaction) recognises secrets
    /// that are split across chunks.
    ///
    /// ```
    /// use runnable_events::{RecordedEvent, Redaction};
    ///
    /// # fn main() -> serde_json::Result<()> {
    /// let json = r#"{"v":"1.0","seq":0,"time":"2026-01-31T12:00:00Z","since_root_ms":0,
    ///     "elapsed_ms":0,"run_id":"a","name":"ask","kind":"chain","event":"start",
    ///     "data":{"input":"my key is gsk_0123456789abcdef"}}"#;
    /// let mut event: RecordedEvent = serde_json::from_str(json)?;
    /// Redaction::default().apply(&mut event);
    /// assert!(serde_json::to_string(&event)?.contains("my key is [redacted: API key]"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn apply(&self, event: &mut RecordedEvent) {
        self.apply_after(&mut ChunkTails::default(), event);
    }

    /// Removes the secrets from an event. `tails` are the ends of the earlier chunks of the run.
    pub(super) fn apply_after(&self, tails: &mut ChunkTails, event: &mut RecordedEvent) {
        EventPass::new(&self.rules, tails).event(event);
    }

    /// Removes the secrets from the header of a recording.
    pub(crate) fn apply_to_header(&self, header: &mut RecordingHeader) {
        let versions = std::mem::take(&mut header.versions);
        let redacted = |text: String| self.text(&text).into_owned();
        let versions = versions.into_iter().map(|(name, text)| (redacted(name), redacted(text)));
        header.versions = versions.collect();
    }
}

/// Prints no settings, because they contain secrets.
impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction").field("content", &self.rules.content).finish_non_exhaustive()
    }
}
