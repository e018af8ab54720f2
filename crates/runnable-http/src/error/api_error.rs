//! [`ApiError`]: the error that a service returned.

use std::{error, fmt, time::Duration};

use runnable_core::{Error, ErrorKind, ResponseDetails};
use serde_json::Value;

use super::{
    class,
    error_body::ErrorFields,
    excerpt::{excerpt, masked_excerpt},
};
use crate::masking::Secrets;

/// The error that a service returned.
///
/// It is the source of the [`Error`] with which a request fails:
///
/// ```
/// # use runnable_core::{Error, ErrorKind};
/// use runnable_http::ApiError;
///
/// # let body = serde_json::json!({"error": {"type": "overloaded_error", "message": "Overloaded"}});
/// # let error = ApiError::from_json(&body).into_error();
/// assert_eq!(error.kind(), ErrorKind::Unavailable);
/// if let Some(api_error) = error.downcast_ref::<ApiError>() {
///     assert_eq!(api_error.error_type(), Some("overloaded_error"));
///     assert_eq!(api_error.message(), "Overloaded");
/// }
/// ```
///
/// All texts are cut to 2 KiB, and the secrets of the request are masked in them. An error that was
/// created with [`from_json`](Self::from_json) does not belong to a request yet: its texts are cut
/// to 4 KiB until it is passed to [`RequestInfo::error`](crate::RequestInfo::error).
#[derive(Clone, Debug)]
pub struct ApiError {
    kind: ErrorKind,
    pub(super) status: Option<u16>,
    pub(super) code: Option<String>,
    error_type: Option<String>,
    param: Option<String>,
    message: String,
    /// Whether the start of the body is shown as the message, because the service sent no message.
    shows_body: bool,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) should_retry: Option<bool>,
    body: String,
    /// A description of the request that failed, such as `api.example.org returned 404 Not Found
    /// for GET /v1/models`.
    place: Option<String>,
    hint: Option<String>,
}

/// The maximum length of a text that is shown, in bytes.
const LONGEST: usize = 2 << 10;

/// The maximum length of a text before the secrets of the request are masked in it, in bytes. The
/// text is cut to its final length after that, so that the cut cannot leave a part of a secret.
const KEPT: usize = 2 * LONGEST;

/// The maximum length of the start of a body that is used as the message, in bytes.
const BEGINNING: usize = 200;

/// Cuts a text to a number of bytes.
fn short(text: String, most: usize) -> String {
    if text.len() > most { excerpt(&text, most).into_owned() } else { text }
}

impl ApiError {
    /// Reads an error that a service sent inside a stream.
    ///
    /// It understands all shapes that services use: `{"error": {…}}`, `{"error": "…"}`,
    /// `{"message": …}`, `{"detail": …}`, and more. The kind of the error is determined by the code
    /// (a word or an HTTP status), if the code is known. Otherwise it is determined by the type, or
    /// else by the message. If none of them is known, the kind is [`Other`](ErrorKind::Other).
    pub fn from_json(value: &Value) -> Self {
        let fields = ErrorFields::read(value);
        let names = [&fields.code, &fields.error_type, &fields.reason];
        let named = class::of_names(names.into_iter().flatten().map(String::as_str));
        let status = fields.code.as_deref().and_then(|code| code.parse().ok());
        let status = status.filter(|status| (400..600).contains(status));
        let kind = match (named, status) {
            (Some(kind), _) => kind,
            (None, Some(status)) => class::of_status(status),
            (None, None) => match fields.message.as_deref() {
                // `new` determines the kind for this message.
                Some(message) if class::is_too_long(message) => ErrorKind::Other,
                message => message.and_then(class::of_message).unwrap_or(ErrorKind::Other),
            },
        };
        Self::new(kind, fields, || value.to_string())
    }

    /// Reads an error that a service sent together with its HTTP status, as part of another
    /// response. The results of a batch contain such errors.
    ///
    /// The kind of the error is determined in the same way as for a response with this status.
    ///
    /// ```
    /// use runnable_http::ApiError;
    /// use runnable_core::ErrorKind;
    /// use serde_json::json;
    ///
    /// let error = ApiError::from_status(429, &json!({"error": {"message": "Slow down"}}));
    /// assert_eq!(error.kind(), ErrorKind::RateLimit);
    /// assert_eq!(error.status(), Some(429));
    /// ```
    pub fn from_status(status: u16, value: &Value) -> Self {
        let fields = ErrorFields::read(value);
        let mut error = Self::new(class::of_status(status), fields, || value.to_string());
        error.status = Some(status);
        error
    }

    /// Returns the error that `value` describes, or `None` if `value` does not describe an error.
    ///
    /// Use it for a value that was received instead of an answer. A value describes an error if it
    /// has one of the shapes that [`from_json`](Self::from_json) reads. A keep-alive, such as
    /// `{"type": "ping"}`, does not describe an error.
    ///
    /// ```
    /// use runnable_http::ApiError;
    /// use runnable_core::ErrorKind;
    /// use serde_json::json;
    ///
    /// let limit = ApiError::told_by(&json!({"message": "Slow down", "code": 429})).unwrap();
    /// assert_eq!(limit.kind(), ErrorKind::RateLimit);
    /// assert_eq!(limit.message(), "Slow down");
    ///
    /// assert!(ApiError::told_by(&json!({"type": "ping", "error": null})).is_none());
    /// ```
    pub fn told_by(value: &Value) -> Option<Self> {
        ErrorFields::is_error(value).then(|| Self::from_json(value))
    }

    pub(super) fn new(kind: ErrorKind, fields: ErrorFields, body: impl FnOnce() -> String) -> Self {
        let short = |text| short(text, KEPT);
        let body = short(body());
        let shows_body = fields.message.is_none();
        let message = fields.message.unwrap_or_else(|| excerpt(&body, BEGINNING).into_owned());
        let names = [&fields.code, &fields.error_type, &fields.reason];
        let named = names.into_iter().flatten().filter_map(|name| class::of_name(name));
        // The service may call the error an invalid request, although its code or message names the
        // exact cause.
        let better = named
            .into_iter()
            .find(|kind| matches!(kind, ErrorKind::ContextLength | ErrorKind::ContentFilter))
            .or_else(|| class::is_too_long(&message).then_some(ErrorKind::ContextLength));
        let kind = match (kind, better) {
            // Ollama returns 500 for an input that is too long.
            (
                ErrorKind::InvalidRequest | ErrorKind::Other | ErrorKind::Unavailable,
                Some(better),
            ) => better,
            _ => kind,
        };
        Self {
            kind,
            status: None,
            code: fields.code.map(short),
            error_type: fields.error_type.map(short),
            param: fields.param.map(short),
            message: short(message),
            shows_body,
            request_id: fields.request_id.map(short),
            retry_after: fields.retry_after,
            should_retry: None,
            body,
            place: None,
            hint: None,
        }
    }

    /// Adds the request that failed and a hint to this error, and masks all secrets.
    pub(crate) fn at(
        mut self,
        place: String,
        request_id: Option<&str>,
        hint: Option<&str>,
        secrets: &Secrets,
    ) -> Self {
        self.place = Some(secrets.mask(&place).into_owned());
        self.request_id = self.request_id.or_else(|| request_id.map(str::to_owned));
        let masked = |text: &str| short(secrets.mask(text).into_owned(), LONGEST);
        let texts = [&mut self.code, &mut self.error_type, &mut self.param, &mut self.request_id];
        for slot in texts {
            *slot = slot.take().map(|text| masked(&text));
        }
        self.hint = hint.map(str::to_owned);
        self.message = if self.shows_body {
            masked_excerpt(self.body.as_bytes(), BEGINNING, secrets)
        } else {
            masked(&self.message)
        };
        self.body = masked(&self.body);
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the HTTP status, or `None` for an error inside a stream.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Returns the error code of the service, which is a word or a number as text.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the service's error type, such as `invalid_request_error`.
    pub fn error_type(&self) -> Option<&str> {
        self.error_type.as_deref()
    }

    /// Returns the name of the request parameter that is invalid, if the service names it.
    pub fn param(&self) -> Option<&str> {
        self.param.as_deref()
    }

    /// Returns the service's message. If there is none, returns the title of the page that the
    /// service sent, or else the start of the body.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the service's ID for the request, for support enquiries.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Returns how long the service asks the client to wait before a retry, at most 30 days.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns whether the service recommends a retry (the header `x-should-retry`).
    pub fn should_retry(&self) -> Option<bool> {
        self.should_retry
    }

    /// Returns the start of the response body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Converts this error into an [`Error`] that has the same kind, retry delay and
    /// [response details](Error::response), and that can be retried in the same cases.
    pub fn into_error(self) -> Error {
        let (kind, wait, passes) = (self.kind, self.retry_after, self.passes());
        let details = self.response_details();
        let mut error = Error::wrap(kind, self).with_response(details);
        if let Some(wait) = wait {
            error = error.with_retry_after(wait);
        }
        match passes {
            Some(passes) => error.with_transient(passes),
            None => error,
        }
    }

    /// Returns the details of the response for listeners. If the service sent no code, its error
    /// type identifies the error.
    fn response_details(&self) -> ResponseDetails {
        let mut details = ResponseDetails::new();
        details.status = self.status;
        details.code = self.code.clone().or_else(|| self.error_type.clone());
        details.request_id = self.request_id.clone();
        details
    }

    /// Returns whether a retry may succeed. Returns `None` if this depends only on the kind of the
    /// error.
    fn passes(&self) -> Option<bool> {
        if self.names_used_up_quota() {
            return Some(false);
        }
        Some(match (self.status?, self.should_retry) {
            (400 | 401 | 403 | 404 | 422, _) => false,
            (_, Some(should)) => should,
            (408 | 409 | 425 | 429 | 499, _) => true,
            (501 | 505, _) => false,
            (status, _) => status >= 500,
        })
    }

    /// Returns whether the quota is used up. Services report it with status 429, but waiting does
    /// not help.
    fn names_used_up_quota(&self) -> bool {
        const NAMES: [&str; 5] = [
            "insufficient_quota",
            "exceeded_current_quota_error",
            "billing_hard_limit_reached",
            "billing_not_active",
            "insufficient_balance",
        ];
        let names = [self.code(), self.error_type()].into_iter().flatten();
        names.into_iter().any(|name| NAMES.contains(&name))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => f.write_str(place)?,
            None => f.write_str("the service returned an error")?,
        }
        if !self.message.is_empty() {
            write!(f, ": {}", excerpt(&self.message, LONGEST))?;
        }
        let named =
            [("code", &self.code), ("type", &self.error_type), ("request", &self.request_id)];
        let mut separator = " (";
        for (label, name) in named {
            if let Some(name) = name {
                write!(f, "{separator}{label} {name}")?;
                separator = ", ";
            }
        }
        if separator == ", " {
            f.write_str(")")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl error::Error for ApiError {}
