//! [`CacheKey`]: everything that a model sees of a request.

use std::{fmt, sync::Arc};

use runnable_chat::{
    ChatOptions, ContentBlock, Message, PromptValue,
    embedding::EmbeddingProvider,
    message::ToolStatus,
    model::{ChatProvider, ChatRequest, TextProvider, TextRequest},
};
use serde::Serialize;

/// The key of an answer: everything that the model sees of the request.
///
/// A key contains the request itself and not a hash of it, so two different requests never have
/// equal keys. It does not contain an API key. A clone shares the bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheKey {
    bytes: Arc<[u8]>,
}

impl CacheKey {
    /// Creates a key from bytes that a store has kept.
    ///
    /// ```
    /// use runnable_cache::CacheKey;
    ///
    /// let key = CacheKey::from_bytes(*b"a request");
    /// assert_eq!(key.as_bytes(), b"a request");
    /// ```
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Self {
        Self { bytes: bytes.as_ref().into() }
    }

    /// Returns the bytes of the key, for a store that keeps them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the key of a request to a chat model. Returns `None` if the request cannot be
    /// written as JSON.
    pub(crate) fn of_chat(
        namespace: &str,
        provider: &dyn ChatProvider,
        request: &ChatRequest,
    ) -> Option<Self> {
        let names = [Some(provider.run_name()), provider.provider(), provider.model()];
        let request_key = provider.request_key(request);
        let mut bytes = start("chat", namespace, names, request_key.is_some())?;
        match request_key {
            Some(request_key) => bytes.extend_from_slice(&request_key),
            None => write_request(&mut bytes, &request.options, &request.prompt)?,
        }
        Some(Self { bytes: bytes.into() })
    }

    /// Returns the key of a request to a text model.
    pub(crate) fn of_text(
        namespace: &str,
        provider: &dyn TextProvider,
        request: &TextRequest,
    ) -> Option<Self> {
        let names = [Some(provider.run_name()), provider.provider(), provider.model()];
        let mut bytes = start("text", namespace, names, false)?;
        serde_json::to_writer(&mut bytes, &request.options).ok()?;
        bytes.extend_from_slice(request.prompt.as_bytes());
        Some(Self { bytes: bytes.into() })
    }

    /// Returns the key of a text for an embedding model.
    pub(crate) fn of_embedding(
        namespace: &str,
        provider: &dyn EmbeddingProvider,
        text: &str,
    ) -> Option<Self> {
        let names = [Some(provider.run_name()), provider.provider(), provider.model()];
        let mut bytes = start("embedding", namespace, names, false)?;
        bytes.extend_from_slice(text.as_bytes());
        Some(Self { bytes: bytes.into() })
    }
}

/// Shows the length only, because a key contains the request.
impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheKey").field("len", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// Returns the start of a key. It is one JSON array, so its end is known, and the bytes after it
/// cannot be mistaken for a part of it.
fn start(
    kind: &str,
    namespace: &str,
    names: [Option<&str>; 3],
    by_provider: bool,
) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(512);
    serde_json::to_writer(&mut bytes, &(kind, namespace, names, by_provider)).ok()?;
    Some(bytes)
}

fn write_request(bytes: &mut Vec<u8>, options: &ChatOptions, prompt: &PromptValue) -> Option<()> {
    serde_json::to_writer(&mut *bytes, options).ok()?;
    for message in &prompt.messages {
        serde_json::to_writer(&mut *bytes, &SeenMessage::of(message)).ok()?;
    }
    Some(())
}

/// The parts of a message that a model can see.
///
/// The other parts, such as the usage of an earlier answer, would make two requests different that
/// are the same for the model.
#[derive(Serialize)]
struct SeenMessage<'a> {
    role: &'static str,
    content: &'a [ContentBlock],
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// The provider of an answer. Providers send reasoning back only if it is their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<(&'a str, ToolStatus)>,
}

impl<'a> SeenMessage<'a> {
    fn of(message: &'a Message) -> Self {
        let seen = Self {
            role: message.role(),
            content: message.content(),
            name: None,
            provider: None,
            result: None,
        };
        match message {
            Message::System(system) => Self { name: system.name.as_deref(), ..seen },
            Message::Human(human) => Self { name: human.name.as_deref(), ..seen },
            Message::Ai(answer) => {
                let (name, provider) = (answer.name.as_deref(), answer.provider.as_deref());
                Self { name, provider, ..seen }
            }
            Message::Tool(tool) => {
                let result = Some((&*tool.tool_call_id, tool.status));
                Self { name: tool.name.as_deref(), result, ..seen }
            }
            _ => seen,
        }
    }
}
