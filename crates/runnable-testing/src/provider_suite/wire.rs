//! How a service answers.

use runnable_chat::{ChatModel, Usage};
use serde_json::Value;

/// How a service answers: what the suite's server writes.
pub trait ServiceFixture: Send + Sync + 'static {
    /// What runs of the model say of it.
    fn expected_run(&self) -> ExpectedRun;

    /// A model of the service at this address, with this key, that does not try again.
    fn model(&self, base_url: &str, key: &str) -> ChatModel;

    /// The same model, but one that tries again what may pass: twice, and without a wait. If there
    /// is one, the suite counts its requests.
    fn retrying_model(&self, base_url: &str, key: &str) -> Option<ChatModel> {
        let _ = (base_url, key);
        None
    }

    /// Whether the service needs a key.
    fn needs_key(&self) -> bool {
        true
    }

    /// The body of an answer that comes whole, and ends because it has said everything.
    fn response_body(&self, text: &str, usage: Usage) -> Value;

    /// The events with which a streamed answer begins, as they are framed; there may be none.
    fn stream_start(&self) -> String;

    /// The event that brings a piece of text.
    fn stream_chunk(&self, text: &str) -> String;

    /// The events with which the answer ends, because it has said everything.
    fn stream_end(&self, usage: Usage) -> String;

    /// The body of an error.
    fn error_body(&self, message: &str) -> Value;

    /// The event of an error within a stream, if the service has one.
    fn error_event(&self, message: &str) -> Option<String> {
        let _ = message;
        None
    }
}

/// What runs of a model say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "who runs the suite says all of it")]
pub struct ExpectedRun {
    /// What they are called, such as `ChatOpenAI`.
    pub run: &'static str,
    /// The provider, as tracing tools know it, such as `openai`.
    pub provider: &'static str,
    /// The model, such as `gpt-4o-mini`.
    pub model: &'static str,
}
