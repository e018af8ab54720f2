//! [`Secrets`]: the secrets of a request, and the search for them.

use std::{borrow::Cow, error, fmt, sync::OnceLock};

use reqwest::header::{HeaderMap, HeaderValue};
use runnable_core::Error;

use super::{
    MASK,
    needles::Needles,
    secret::Secret,
    window::{Window, replace},
};

/// The secrets of a request, which servers sometimes repeat in their responses.
///
/// Every text of a server passes through this type before it becomes part of an error, an event or
/// a file. The time is proportional to the length of the text. Of a successful response, only the
/// headers are searched.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    secrets: Vec<Secret>,
    /// The forms of the secrets to search for. They are created when a text is first searched,
    /// because most requests never fail.
    needles: OnceLock<Needles>,
}

impl Secrets {
    /// The minimum length of a secret in bytes. A shorter text could be part of ordinary words.
    const SHORTEST: usize = 8;

    pub(crate) fn push(&mut self, secret: Secret) {
        if secret.expose().len() >= Self::SHORTEST {
            self.secrets.push(secret);
            self.needles = OnceLock::new();
        }
    }

    /// Adds the words of a credential header as secrets, such as the word after `Bearer`.
    pub(crate) fn push_credential(&mut self, value: &str) {
        value.split_whitespace().for_each(|word| self.push(Secret::new(word)));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    pub(super) fn needles(&self) -> &Needles {
        self.needles.get_or_init(|| Needles::of(self.secrets.iter().map(Secret::expose)))
    }

    /// Masks the secrets in a text.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.mask_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(masked) => Cow::Owned(match String::from_utf8(masked) {
                Ok(masked) => masked,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            }),
        }
    }

    /// Masks the secrets in bytes.
    pub(crate) fn mask_bytes<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        if self.is_empty() {
            return Cow::Borrowed(text);
        }
        let needles = self.needles();
        if text.len() > Window::SIZE {
            let (mut masked, mut window) = (Vec::with_capacity(text.len()), Window::default());
            window.push(needles, text, &mut masked);
            window.finish(needles, &mut masked);
            return Cow::Owned(masked);
        }
        let found = needles.find(text, true);
        if found.is_empty() {
            Cow::Borrowed(text)
        } else {
            let mut masked = Vec::with_capacity(text.len());
            replace(text, &found, &mut masked);
            Cow::Owned(masked)
        }
    }

    /// Returns whether a text contains a secret.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        !self.is_empty() && matches!(self.mask(text), Cow::Owned(masked) if masked != text)
    }

    /// Masks the secrets in headers. A header whose name contains a secret is removed.
    ///
    /// A value that is shorter than every secret is not searched. Most values are that short.
    pub(crate) fn mask_headers(&self, headers: &mut HeaderMap) {
        let Some(shortest) = self.secrets.iter().map(|secret| secret.expose().len()).min() else {
            return;
        };
        let named = headers.keys().filter(|name| name.as_str().len() >= shortest);
        let named: Vec<_> = named.filter(|name| self.are_in(name.as_str())).cloned().collect();
        for name in named {
            headers.remove(name);
        }
        for value in headers.values_mut().filter(|value| value.len() >= shortest) {
            if let Cow::Owned(masked) = self.mask_bytes(value.as_bytes())
                && masked != value.as_bytes()
            {
                *value = HeaderValue::from_bytes(&masked)
                    .unwrap_or(const { HeaderValue::from_static(MASK) });
            }
        }
    }

    /// Masks the secrets in every text that the error can show, including its sources.
    pub(crate) fn mask_error(&self, error: Error) -> Error {
        if self.is_empty() {
            return error;
        }
        // Also search the message alone. A message can end in the middle of a secret, and such a
        // partial secret is only found at the end of the searched text.
        let response = error.response();
        let shown = format!("{error}\n{error:?}\n{error:#?}\n{response:?}");
        if !self.are_in(&shown) && !self.are_in(&error.message()) {
            return error;
        }
        let mut masked = Error::new(error.kind(), self.mask(&error.message()).into_owned());
        if let Some(cause) = error::Error::source(&error) {
            masked = masked.with_source(Cause(self.mask(&cause.to_string()).into_owned()));
        }
        if let Some(wait) = error.retry_after() {
            masked = masked.with_retry_after(wait);
        }
        if let Some(response) = response {
            let mask = |text: String| self.mask(&text).into_owned();
            let mut response = response.clone();
            response.code = response.code.map(mask);
            response.request_id = response.request_id.map(mask);
            masked = masked.with_response(response);
        }
        match error.timeout_phase() {
            Some(phase) => masked.with_timeout_phase(phase),
            None => masked,
        }
    }
}

/// A source of an error, as its message with the secrets masked.
#[derive(Debug)]
struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for Cause {}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.secrets).finish()
    }
}
