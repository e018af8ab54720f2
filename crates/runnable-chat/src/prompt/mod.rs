//! Prompts, and templates of prompts.

mod hole;
mod template;
mod value;

pub use self::{
    template::{PromptTemplate, prompt},
    value::Prompt,
};
