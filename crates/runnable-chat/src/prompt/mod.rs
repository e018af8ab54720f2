//! Prompts, and templates of prompts.

mod call_ids;
mod hole;
mod message;
mod part;
mod template;
mod value;

pub use self::{
    message::{MessageTemplate, ai_template, human_template, system_template},
    part::{MessagesPlaceholder, Template, TemplatePart, messages_placeholder},
    template::{ChatPromptTemplate, prompt},
    value::PromptValue,
};
