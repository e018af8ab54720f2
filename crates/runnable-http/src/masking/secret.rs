//! Keys, and how they stay unseen.

use std::{fmt, sync::Arc};

use reqwest::header::HeaderValue;
use runnable_core::{Error, ErrorKind, Result};

use super::MASK;

/// A key, a token or a password.
///
/// It shows in no `Debug`, has no `Display`, and is not `Serialize`. Surrounding white space is
/// taken off: keys are often read from files that end in a newline.
///
/// ```
/// use runnable_http::Secret;
///
/// let key = Secret::new("sk-123\n");
/// assert_eq!(key.expose(), "sk-123");
/// assert_eq!(format!("{key:?}"), "Secret([secret])");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// A secret of this text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().into())
    }

    /// The secret of the environment variable of this name.
    ///
    /// # Errors
    ///
    /// Of kind [`Authentication`](ErrorKind::Authentication) if it is not set, or is empty; the
    /// message says to set it.
    pub fn from_env(name: &str) -> Result<Self> {
        let secret = std::env::var(name).map(Self::new).unwrap_or_else(|_| Self::new(""));
        match secret.expose() {
            "" => {
                let message =
                    format!("the environment variable {name} is not set: set it to a key");
                Err(Error::new(ErrorKind::Authentication, message))
            }
            _ => Ok(secret),
        }
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The header value `prefix` + secret, which HTTP libraries do not log; `None` if a header
    /// cannot hold it.
    pub(crate) fn header(&self, prefix: &str) -> Option<HeaderValue> {
        let mut value = HeaderValue::try_from(format!("{prefix}{}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({MASK})")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}
