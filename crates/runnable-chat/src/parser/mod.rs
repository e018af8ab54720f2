//! Output parsers: from a model's answer to what the program needs.

mod answer;
mod json;
mod json_value;
mod lead;
mod parse;
mod parse_stream;
mod partial;
mod source;
mod structured;
mod text;

pub(crate) use self::json::from_json;
pub use self::{
    json::{FromAnswer, JsonParser, json},
    json_value::{JsonValueParser, json_value},
    parse::{Parser, parser},
    parse_stream::{StreamParser, stream_parser},
    source::Source,
    structured::{StructuredAnswer, StructuredAnswerChunk, StructuredParser},
    text::{TextParser, text},
};
