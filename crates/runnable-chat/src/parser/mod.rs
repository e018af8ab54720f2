//! Output parsers: steps that convert the answer of a model to text, JSON or Rust values.

mod answer_reader;
mod ask_until_parsed;
mod choice;
mod comma_list;
mod enum_value;
mod final_error;
mod format_instructions;
mod growing_json;
mod include_raw;
mod incremental;
mod json;
mod json_partial;
mod json_start;
mod json_value;
mod list;
mod one_of;
#[expect(
    clippy::module_inception,
    reason = "the main type of the folder has the same name as the folder"
)]
mod parser;
mod partial;
mod read_text;
#[cfg(feature = "regex")]
mod regex_match;
mod source;
mod stream_parser;
mod structured;
mod tags;
mod text;
mod typed_answer;

#[cfg(feature = "regex")]
#[cfg_attr(docsrs, doc(cfg(feature = "regex")))]
pub use self::regex_match::{RegexLinesReader, RegexParser, regex_lines, regex_match};
pub use self::{
    ask_until_parsed::{AskUntilParsed, ask_until_parsed},
    comma_list::{CommaListReader, comma_list},
    enum_value::{EnumParser, enum_value},
    format_instructions::format_instructions,
    growing_json::{FromGrowingJson, GrowingJson},
    include_raw::{IncludeRaw, include_raw},
    incremental::IncrementalParser,
    json::{FromAnswer, JsonParser, json},
    json_partial::{JsonPartialParser, json_partial},
    json_value::{JsonValueParser, json_value},
    list::{ListReader, bulleted_list, numbered_list},
    one_of::{OneOfParser, one_of},
    parser::{Parser, parser},
    read_text::ReadText,
    source::Source,
    stream_parser::{StreamParser, stream_parser},
    structured::{StructuredAnswer, StructuredAnswerChunk, StructuredParser},
    tags::{
        ThinkingReader, ThinkingToReasoning, XmlItemsReader, XmlTagReader, XmlTagsReader,
        thinking_to_reasoning, without_thinking, xml_items, xml_tag, xml_tags,
    },
    text::{TextParser, text},
};
