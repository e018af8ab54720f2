//! Prompts and prompt templates.

mod call_ids;
mod message_template;
mod pieces;
mod prompt_template;
mod prompt_value;
mod template_part;

pub use self::{
    message_template::{MessageTemplate, ai_template, human_template, system_template},
    prompt_template::{ChatPromptTemplate, prompt},
    prompt_value::PromptValue,
    template_part::{MessagesPlaceholder, Template, TemplatePart, messages_placeholder},
};
