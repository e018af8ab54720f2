//! Creates chat models from their names.

mod chat_model;
mod configurable;
mod opened;
mod provider;

pub use self::{
    chat_model::init_chat_model,
    configurable::{ConfigurableModel, configurable_model},
};
