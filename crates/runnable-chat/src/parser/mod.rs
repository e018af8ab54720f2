//! Output parsers: steps that convert the answer of a model to text, JSON or Rust values.

mod answer_reader;
mod json;
mod json_start;
mod json_value;
#[expect(
    clippy::module_inception,
    reason = "the main type of the folder has the same name as the folder"
)]
mod parser;
mod partial;
mod source;
mod stream_parser;
mod structured;
mod text;
mod typed_answer;

pub use self::{
    json::{FromAnswer, JsonParser, json},
    json_value::{JsonValueParser, json_value},
    parser::{Parser, parser},
    source::Source,
    stream_parser::{StreamParser, stream_parser},
    structured::{StructuredAnswer, StructuredAnswerChunk, StructuredParser},
    text::{TextParser, text},
};
