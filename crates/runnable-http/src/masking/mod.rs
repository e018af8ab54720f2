//! Keeps the secrets of a request, and masks them, in any encoding, in everything that the server
//! of the request sends.

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
