//! Hides the secrets of a request in what its server sends, whatever the encoding.

mod decoded;
mod needles;
mod secrets;
mod stream;

pub(crate) use self::{secrets::Secrets, stream::MaskedBytes};

/// What stands in a text where a secret was.
pub(crate) const MASK: &str = "[secret]";
