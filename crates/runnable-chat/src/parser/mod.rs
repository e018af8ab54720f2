//! Output parsers: from a model's answer to what the program needs.

mod answer;
mod json;
mod json_value;
mod lead;
mod partial;
mod text;

pub(crate) use self::json::from_json;
pub use self::{
    json::{JsonParser, json},
    json_value::{JsonValueParser, json_value},
    text::{TextParser, text},
};
