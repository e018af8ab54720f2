//! Content blocks with the model's reasoning.

use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A content block with the model's reasoning.
///
/// It also contains data, such as a signature, that must be sent back to the provider unchanged in
/// the next request.
#[doc(alias = "ReasoningContentBlock")]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Json", into = "Json")]
#[non_exhaustive]
pub struct ReasoningBlock {
    /// The reasoning, or a summary of it. It is empty if the provider hides the reasoning.
    pub reasoning: String,
    /// The provider's signature of the reasoning. Send both the reasoning and the signature back
    /// unchanged.
    pub signature: Option<String>,
    /// The reasoning, encrypted by the provider. Send this text back unchanged.
    pub encrypted: Option<String>,
    /// The provider's ID of the block.
    pub id: Option<String>,
    /// Additional fields from the provider.
    pub extras: Metadata,
}

impl ReasoningBlock {
    /// Creates a block with this reasoning, without a signature.
    pub fn new(reasoning: impl Into<String>) -> Self {
        Self { reasoning: reasoning.into(), ..Self::default() }
    }

    pub(crate) fn has_content(&self) -> bool {
        !self.reasoning.is_empty() || self.signature.is_some() || self.encrypted.is_some()
    }

    pub(crate) fn merge(&mut self, next: Self) {
        self.reasoning.push_str(&next.reasoning);
        self.signature = next.signature.or(self.signature.take());
        self.encrypted = next.encrypted.or(self.encrypted.take());
        self.id = next.id.or(self.id.take());
        self.extras.extend(next.extras);
    }
}

/// LangChain's standard JSON format. It has no fields for `signature` and `encrypted`, so these are
/// stored in `extras`.
#[derive(Serialize, Deserialize)]
struct Json {
    #[serde(default)]
    reasoning: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    extras: Metadata,
}

const SIGNATURE: &str = "signature";
const ENCRYPTED: &str = "encrypted_content";

impl From<Json> for ReasoningBlock {
    fn from(Json { reasoning, id, mut extras }: Json) -> Self {
        let mut take = |key: &str| match extras.shift_remove(key) {
            Some(Value::String(text)) => Some(text),
            Some(other) => {
                extras.insert(key.to_owned(), other);
                None
            }
            None => None,
        };
        let (signature, encrypted) = (take(SIGNATURE), take(ENCRYPTED));
        Self { reasoning, signature, encrypted, id, extras }
    }
}

impl From<ReasoningBlock> for Json {
    fn from(block: ReasoningBlock) -> Self {
        let ReasoningBlock { reasoning, signature, encrypted, id, mut extras } = block;
        extras.extend(signature.map(|text| (SIGNATURE.to_owned(), text.into())));
        extras.extend(encrypted.map(|text| (ENCRYPTED.to_owned(), text.into())));
        Self { reasoning, id, extras }
    }
}
