//! Keeps the secrets of a request, and masks them in everything that its server sends, in any encoding.

mod decoded;
mod masked_bytes;
mod needles;
mod secret;
mod secrets;
mod window;

pub use self::secret::Secret;
pub(crate) use self::{masked_bytes::MaskedBytes, secrets::Secrets};

/// The text that replaces a secret.
pub(crate) const MASK: &str = "[secret]";
