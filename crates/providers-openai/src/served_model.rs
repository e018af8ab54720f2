//! A model, with the settings of the service that offers it.

use std::borrow::Cow;

use crate::{
    dialect::{Dialect, Schemas},
    service::Quirks,
};

/// A model of a service, with everything that determines how its requests are encoded.
#[derive(Clone, Debug)]
pub(crate) struct ServedModel {
    /// The name of the service in traces.
    pub(crate) provider: Cow<'static, str>,
    /// The name of the model, as it is used in requests.
    pub(crate) name: String,
    pub(crate) quirks: Quirks,
    pub(crate) dialect: Dialect,
    /// The field of messages in which reasoning is sent back, if it was set.
    pub(crate) reasoning_field: Option<Cow<'static, str>>,
}

impl ServedModel {
    /// Returns whether the name of the model is the name of a reasoning model of OpenAI.
    pub(crate) fn reasons(&self) -> bool {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        let name = name.strip_prefix("ft:").unwrap_or(name);
        // Models such as `gpt-5-chat-latest` do not reason.
        let is_chat = name.contains("-chat");
        !is_chat && ["o1", "o3", "o4", "gpt-5"].iter().any(|family| name.starts_with(family))
    }

    /// Returns whether system messages have the role `developer`.
    pub(crate) fn has_developer(&self) -> bool {
        // The first reasoning models do not support this role.
        let is_first = ["o1-mini", "o1-preview"].iter().any(|name| self.name.starts_with(name));
        self.quirks.developer && self.reasons() && !is_first
    }

    /// Returns how the service treats schemas for this model.
    pub(crate) fn schemas(&self) -> Schemas {
        self.dialect.schemas(&self.name)
    }

    /// Returns whether the model is a Claude model behind a service that forwards requests.
    pub(crate) fn is_claude(&self) -> bool {
        let forwards = !matches!(self.dialect, Dialect::OpenAi);
        forwards && self.name.to_ascii_lowercase().contains("claude")
    }
}
