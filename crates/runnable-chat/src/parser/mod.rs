//! Output parsers: from a model's answer to what the program needs.

mod answer;
mod json;
mod json_value;
mod lead;
mod partial;
mod structured;
mod text;

pub(crate) use self::json::from_json;
pub use self::{
    json::{JsonParser, json},
    json_value::{JsonValueParser, json_value},
    structured::{StructuredAnswer, StructuredAnswerChunk, StructuredParser},
    text::{TextParser, text},
};
