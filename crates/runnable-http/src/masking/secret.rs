//! [`Secret`]: a key that is kept out of logs and errors.

use std::{fmt, sync::Arc};

use reqwest::header::HeaderValue;
use runnable_core::{Error, ErrorKind, Result};

use super::MASK;

/// A key, a token or a password.
///
/// `Debug` does not show the text, and neither `Display` nor `Serialize` is implemented.
/// Surrounding white space is removed, because keys are often read from files that end in a
/// newline.
///
/// ```
/// use runnable_http::Secret;
///
/// let key = Secret::new("sk-123\n");
/// assert_eq!(key.expose(), "sk-123");
/// assert_eq!(format!("{key:?}"), "Secret([secret])");
/// ```
#[doc(alias = "SecretStr")]
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Creates a secret from its text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().into())
    }

    /// Reads a secret from an environment variable.
    ///
    /// # Errors
    ///
    /// Returns [`Authentication`](ErrorKind::Authentication) if the variable is not set or is
    /// empty.
    #[doc(alias = "secret_from_env")]
    pub fn from_env(name: &str) -> Result<Self> {
        let secret = std::env::var(name).map(Self::new).unwrap_or_else(|_| Self::new(""));
        match secret.expose() {
            "" => {
                let message =
                    format!("the environment variable {name} is not set; set it to an API key");
                Err(Error::new(ErrorKind::Authentication, message))
            }
            _ => Ok(secret),
        }
    }

    /// Returns the text of the secret. Use it only where the secret is sent to the service.
    #[doc(alias = "get_secret_value")]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the header value `prefix` + secret, marked so that HTTP libraries do not log it.
    /// Returns `None` if the text is not a valid header value.
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
