//! The error of a service.

use std::{error, fmt, time::Duration};

use runnable_core::{Error, ErrorKind};
use serde_json::Value;

use super::{
    class,
    error_body::Said,
    excerpt::{excerpt, masked_excerpt},
};
use crate::masking::Secrets;

/// What a service said when it refused or failed.
///
/// It is the source of the [`Error`] that a request ends in:
///
/// ```
/// # use runnable_core::{Error, ErrorKind};
/// use runnable_http::ApiError;
///
/// # let body = serde_json::json!({"error": {"type": "overloaded_error", "message": "Overloaded"}});
/// # let error = ApiError::from_json(&body).into_error();
/// assert_eq!(error.kind(), ErrorKind::Unavailable);
/// if let Some(said) = error.downcast_ref::<ApiError>() {
///     assert_eq!(said.error_type(), Some("overloaded_error"));
///     assert_eq!(said.message(), "Overloaded");
/// }
/// ```
///
/// Texts are as the service sent them, cut to 2 KiB each, and without the secrets of the request. An error
/// that [`from_json`](Self::from_json) has read knows no request: its texts are cut to 4 KiB each, until
/// [`RequestInfo::error`](crate::RequestInfo::error) places it.
#[derive(Clone, Debug)]
pub struct ApiError {
    kind: ErrorKind,
    pub(super) status: Option<u16>,
    pub(super) code: Option<String>,
    error_type: Option<String>,
    param: Option<String>,
    message: String,
    /// Whether the service said nothing, so that the message is how the body begins.
    shows_body: bool,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) should_retry: Option<bool>,
    body: String,
    /// `api.example.org answered 404 Not Found to GET /v1/models`
    place: Option<String>,
    hint: Option<String>,
}

/// The longest text that is shown.
const LONGEST: usize = 2 << 10;

/// The longest text that is kept until the secrets of the request are hidden in it. Where it is shown, it
/// is cut after that, so that the cut leaves no part of a secret.
const KEPT: usize = 2 * LONGEST;

/// The longest beginning of a body that stands for a message.
const BEGINNING: usize = 200;

/// A text of this many bytes at most.
fn short(text: String, most: usize) -> String {
    match text.len() > most {
        true => excerpt(&text, most).into_owned(),
        false => text,
    }
}

impl ApiError {
    /// The error that a service wrote into a stream which had begun well.
    ///
    /// All shapes are understood that are in use: `{"error": {…}}`, `{"error": "…"}`,
    /// `{"message": …}`, `{"detail": …}`, and more. The class follows from the code (a word, or an
    /// HTTP status), the type, and at last the message; it is [`Other`](ErrorKind::Other) if none of
    /// them is known.
    pub fn from_json(value: &Value) -> Self {
        let said = Said::read(value);
        let names = [&said.code, &said.error_type, &said.reason];
        let named = class::of_names(names.into_iter().flatten().map(String::as_str));
        let status = said.code.as_deref().and_then(|code| code.parse().ok());
        let status = status.filter(|status| (400..600).contains(status));
        let kind = match (named, status) {
            (Some(kind), _) => kind,
            (None, Some(status)) => class::of_status(status),
            (None, None) => match said.message.as_deref() {
                // Its own class, below.
                Some(message) if class::is_too_long(message) => ErrorKind::Other,
                message => message.and_then(class::of_message).unwrap_or(ErrorKind::Other),
            },
        };
        Self::new(kind, said, || value.to_string())
    }

    /// The error that this JSON tells, if it tells one.
    ///
    /// It is for what stands where an answer should be: an error of any of the shapes that
    /// [`from_json`](Self::from_json) reads is one; a sign of life, such as `{"type": "ping"}`, is
    /// none.
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
        Said::is_error(value).then(|| Self::from_json(value))
    }

    pub(super) fn new(kind: ErrorKind, said: Said, body: impl FnOnce() -> String) -> Self {
        let short = |text| short(text, KEPT);
        let body = short(body());
        let shows_body = said.message.is_none();
        let message = said.message.unwrap_or_else(|| excerpt(&body, BEGINNING).into_owned());
        let names = [&said.code, &said.error_type, &said.reason];
        let named = names.into_iter().flatten().filter_map(|name| class::of_name(name));
        // What a service calls an invalid request may be known better.
        let better = named
            .into_iter()
            .find(|kind| matches!(kind, ErrorKind::ContextLength | ErrorKind::ContentFilter))
            .or_else(|| class::is_too_long(&message).then_some(ErrorKind::ContextLength));
        let kind = match (kind, better) {
            // Ollama answers 500 to an input that is too long.
            (
                ErrorKind::InvalidRequest | ErrorKind::Other | ErrorKind::Unavailable,
                Some(better),
            ) => better,
            _ => kind,
        };
        Self {
            kind,
            status: None,
            code: said.code.map(short),
            error_type: said.error_type.map(short),
            param: said.param.map(short),
            message: short(message),
            shows_body,
            request_id: said.request_id.map(short),
            retry_after: said.retry_after,
            should_retry: None,
            body,
            place: None,
            hint: None,
        }
    }

    /// Says where it happened, and what to do about it.
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
        self.message = match self.shows_body {
            true => masked_excerpt(self.body.as_bytes(), BEGINNING, secrets),
            false => masked(&self.message),
        };
        self.body = masked(&self.body);
        self
    }

    /// The class of it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The status of the answer; `None` for an error within a stream.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The service's code: a word, or a number in digits.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The service's type of error, such as `invalid_request_error`.
    pub fn error_type(&self) -> Option<&str> {
        self.error_type.as_deref()
    }

    /// The parameter that is wrong.
    pub fn param(&self) -> Option<&str> {
        self.param.as_deref()
    }

    /// What the service says, else the title of the page it sent, else how the body begins.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How the service calls the request, for who asks its support.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How long the service asks to wait, 30 days at most.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the service says that trying again makes sense (`x-should-retry`).
    pub fn should_retry(&self) -> Option<bool> {
        self.should_retry
    }

    /// How the body of the error begins.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// This error as one of a run, with its class and its wait.
    pub fn into_error(self) -> Error {
        let (kind, wait, passes) = (self.kind, self.retry_after, self.passes());
        let mut error = Error::wrap(kind, self);
        if let Some(wait) = wait {
            error = error.with_retry_after(wait);
        }
        match passes {
            Some(passes) => error.with_transient(passes),
            None => error,
        }
    }

    /// Whether another attempt may succeed, if more than the class tells.
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

    /// A quota that is used up comes as a 429, and no wait mends it.
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
            None => f.write_str("the service failed")?,
        }
        if !self.message.is_empty() {
            write!(f, ": {}", excerpt(&self.message, LONGEST))?;
        }
        let named =
            [("code", &self.code), ("type", &self.error_type), ("request", &self.request_id)];
        let mut separator = " (";
        for (what, name) in named {
            if let Some(name) = name {
                write!(f, "{separator}{what} {name}")?;
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
