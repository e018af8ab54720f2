//! The description of a service that a provider calls.

use runnable_chat::{ChatModel, Usage};
use serde_json::Value;

/// Describes a service for the tests of a provider: how to create models, which are the clients
/// that call the service, and the bodies of the service's responses.
///
/// Implement this trait to test a provider with [`provider_suite!`](crate::provider_suite!).
pub trait ServiceFixture: Send + Sync + 'static {
    /// Returns the name and the metadata that the runs of the model must have.
    fn expected_run(&self) -> ExpectedRun;

    /// Creates a model that calls the service at this URL with this key, without retries.
    fn model(&self, base_url: &str, key: &str) -> ChatModel;

    /// Creates a model that retries transient errors twice, without delays.
    ///
    /// If this method returns a model, the suite checks how many requests the model sends. By
    /// default, the method returns `None`.
    fn retrying_model(&self, base_url: &str, key: &str) -> Option<ChatModel> {
        let _ = (base_url, key);
        None
    }

    /// Returns whether the service requires an API key. The default is `true`.
    fn needs_key(&self) -> bool {
        true
    }

    /// Returns the body of a complete answer with this text and usage. Its finish reason is
    /// [`Stop`](runnable_chat::FinishReason::Stop).
    fn response_body(&self, text: &str, usage: Usage) -> Value;

    /// Returns the events at the start of a streamed answer, before the first text. Return an empty
    /// string if the service sends no such events. Like all events of this trait, they include
    /// their framing, such as `data: ` and line breaks.
    fn stream_start(&self) -> String;

    /// Returns the event with a chunk of text, including its framing.
    fn stream_chunk(&self, text: &str) -> String;

    /// Returns the events at the end of a streamed answer, including their framing. They contain
    /// this usage and the finish reason [`Stop`](runnable_chat::FinishReason::Stop).
    fn stream_end(&self, usage: Usage) -> String;

    /// Returns the body of an error response with this message.
    fn error_body(&self, message: &str) -> Value;

    /// Returns the event that reports an error within a stream, including its framing, if the
    /// service has such events.
    ///
    /// By default, the method returns `None`.
    fn error_event(&self, message: &str) -> Option<String> {
        let _ = message;
        None
    }
}

/// The name and the metadata that runs of a model must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a fixture must set every field")]
pub struct ExpectedRun {
    /// The name of the runs, such as `ChatOpenAI`.
    pub run: &'static str,
    /// The provider's name for tracing tools (`ls_provider`), such as `openai`.
    pub provider: &'static str,
    /// The name of the model (`ls_model_name`), such as `gpt-4o-mini`.
    pub model: &'static str,
}
