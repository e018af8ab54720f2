//! Keeps the secrets of a request, and hides them in what its server sends, whatever the encoding.

mod decoded;
mod masked_bytes;
mod needles;
mod secret;
mod secrets;
mod window;

pub use self::secret::Secret;
pub(crate) use self::{masked_bytes::MaskedBytes, secrets::Secrets};

/// What stands in a text where a secret was.
pub(crate) const MASK: &str = "[secret]";
