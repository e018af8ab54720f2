//! Code that both APIs share.

mod annotation;
mod content;
mod headers;
mod logprobs;
mod media;
mod request;
mod response_schema;
mod tool;
mod tool_result;
mod usage;

pub(crate) use self::{
    annotation::{annotation, source, written_annotation},
    content::{TextOrParts, text_or_parts},
    headers::Headers,
    logprobs::{Logprobs, Token},
    media::{address, audio_format, filename, image},
    request::{Body, effort, has_tools, number, tool_choice, unsupported},
    response_schema::{SchemaRequest, instructions_of},
    tool::Function,
    tool_result::{FAILED, failed_without_message},
    usage::WireUsage,
};
