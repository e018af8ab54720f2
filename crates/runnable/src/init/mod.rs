//! A chat model by its name.

mod chat_model;
mod configurable;
mod opened;
mod provider;

pub use self::{
    chat_model::init_chat_model,
    configurable::{ConfigurableModel, configurable_model},
};
