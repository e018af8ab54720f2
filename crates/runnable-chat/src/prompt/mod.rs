//! Prompts, and templates of prompts.

mod args;
mod hole;
mod template;
mod value;

pub use self::{
    args::Args,
    template::{PromptTemplate, prompt},
    value::Prompt,
};
