//! Finds secrets in text. Each kind of secret has a scanner, which reads the text once.

mod assigned_value;
mod assignment;
mod auth_scheme;
mod credential;
mod json_web_token;
mod key_shape;
mod known;
mod media;
mod named_secret;
mod private_key;
mod scanners;
mod span;
mod text;
mod user_info;

pub(super) use self::{
    credential::looks_generated,
    known::KnownSecret,
    media::{scan_media, summary},
    scanners::scan,
    span::{Span, joined, replaced},
    text::Text,
};
