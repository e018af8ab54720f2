//! Prompts and prompt templates.

mod call_ids;
mod examples;
mod few_shot;
mod fill_error;
mod filling;
mod fstring;
#[cfg(feature = "jinja")]
mod jinja;
mod media_variable;
mod message_template;
mod partials;
mod place;
mod prompt_template;
mod prompt_value;
mod syntax;
#[cfg(feature = "templates")]
mod template_file;
mod template_part;
mod template_variables;

pub use self::{
    few_shot::{few_shot, few_shot_selected},
    message_template::{
        MessageTemplate, ai_template, human_template, system_template, tool_template,
    },
    prompt_template::{ChatPromptTemplate, prompt},
    prompt_value::PromptValue,
    template_part::{FewShot, MessagesPlaceholder, Template, TemplatePart, messages_placeholder},
};
