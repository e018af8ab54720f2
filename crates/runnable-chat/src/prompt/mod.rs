//! Prompts, and templates of prompts.

mod hole;
mod part;
mod template;
mod value;

pub use self::{
    part::{Placeholder, Template, TemplatePart, placeholder},
    template::{PromptTemplate, prompt},
    value::Prompt,
};
