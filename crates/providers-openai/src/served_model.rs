//! A model at a service: what decides how a request is written.

use std::borrow::Cow;

use crate::{
    dialect::{Dialect, Schemas},
    service::Quirks,
};

/// A model at a service: what decides how a request is written.
#[derive(Clone, Debug)]
pub(crate) struct ServedModel {
    /// The name by which tracing tools know the service.
    pub(crate) provider: Cow<'static, str>,
    /// The name by which requests call the model.
    pub(crate) name: String,
    pub(crate) quirks: Quirks,
    pub(crate) dialect: Dialect,
    /// The field of messages in which reasoning is sent back, if the caller sets it.
    pub(crate) reasoning_field: Option<Cow<'static, str>>,
}

impl ServedModel {
    /// Whether the model reasons, by its name, as far as OpenAI's are known.
    pub(crate) fn reasons(&self) -> bool {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        let name = name.strip_prefix("ft:").unwrap_or(name);
        // `gpt-5-chat-latest` and its kind answer at once.
        let is_chat = name.contains("-chat");
        !is_chat && ["o1", "o3", "o4", "gpt-5"].iter().any(|family| name.starts_with(family))
    }

    /// Whether instructions come from a `developer`.
    pub(crate) fn has_developer(&self) -> bool {
        // The first models that reasoned knew no such role.
        let is_first = ["o1-mini", "o1-preview"].iter().any(|name| self.name.starts_with(name));
        self.quirks.developer && self.reasons() && !is_first
    }

    /// How the service takes schemas for this model.
    pub(crate) fn schemas(&self) -> Schemas {
        self.dialect.schemas(&self.name)
    }

    /// Whether the model is a Claude, behind a service that hands on what it is sent.
    pub(crate) fn is_claude(&self) -> bool {
        let hands_on = !matches!(self.dialect, Dialect::OpenAi);
        hands_on && self.name.to_ascii_lowercase().contains("claude")
    }
}
