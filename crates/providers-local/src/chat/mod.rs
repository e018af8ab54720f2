//! The chat model.

mod chat_engine;
mod lazy;
mod model;
mod offload;
mod request;
mod template;

pub(crate) use self::{chat_engine::ChatEngine, lazy::Lazy, model::Local, offload::offload};
