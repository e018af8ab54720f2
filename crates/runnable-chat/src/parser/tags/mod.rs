//! Parsers of answers with XML tags.

mod element_text;
mod scanner;
mod thinking;
mod thinking_to_reasoning;
mod xml_items;
mod xml_tag;
mod xml_tags;

pub use self::{
    thinking::{ThinkingReader, without_thinking},
    thinking_to_reasoning::{ThinkingToReasoning, thinking_to_reasoning},
    xml_items::{XmlItemsReader, xml_items},
    xml_tag::{XmlTagReader, xml_tag},
    xml_tags::{XmlTagsReader, xml_tags},
};
