//! What a model thought before it answered.

use runnable_core::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a model thought before it answered, as far as its provider shows it, with what must go back
/// to the provider for the conversation to go on from there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Json", into = "Json")]
#[non_exhaustive]
pub struct ReasoningBlock {
    /// The thoughts, or a summary of them. Empty if the provider hides them.
    pub reasoning: String,
    /// The provider's signature of the thoughts. They are sent back with it, unchanged.
    pub signature: Option<String>,
    /// The thoughts in a form that only the provider can read, to be sent back unchanged.
    pub encrypted: Option<String>,
    /// The id of the block, if its provider gives it one.
    pub id: Option<String>,
    /// What its provider says of it besides.
    pub extras: Metadata,
}

impl ReasoningBlock {
    /// These thoughts, unsigned.
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

/// The standard form has the thoughts alone; what must go back stands in its `extras`.
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
