//! [`ModelDetails`]: the fields of a model's answer except for its content.

use std::sync::Arc;

use runnable_chat::{FinishReason, Usage};
use serde::Deserialize;
use serde_json::Value;

use super::interner::Interner;

/// The fields of a model's answer, or of a chunk of an answer, except for its content.
#[derive(Clone, Debug, Default)]
pub(super) struct ModelDetails {
    pub(super) usage: Option<Usage>,
    pub(super) model: Option<Arc<str>>,
    pub(super) provider: Option<Arc<str>>,
    pub(super) finish_reason: Option<FinishReason>,
}

impl ModelDetails {
    /// Reads the JSON of a message. Fields that are missing, or have another type, are `None`.
    pub(super) fn read(message: &Value, interner: &mut Interner) -> Self {
        let usage = message.get("usage_metadata").map(Usage::deserialize);
        let Some(response) = message.get("response_metadata") else {
            return Self { usage: usage.and_then(Result::ok), ..Self::default() };
        };
        let mut text = |key: &str| Some(interner.text(response.get(key)?.as_str()?));
        Self {
            usage: usage.and_then(Result::ok),
            model: text("model_name"),
            provider: text("model_provider"),
            finish_reason: text("finish_reason").map(|reason| FinishReason::from(&*reason)),
        }
    }
}
