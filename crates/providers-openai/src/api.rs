//! [`Api`]: the API of a service that a model uses.

/// An API of OpenAI.
#[doc(alias = "use_responses_api")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// [Chat Completions](https://platform.openai.com/docs/api-reference/chat), which most services
    /// support.
    ChatCompletions,
    /// [Responses](https://platform.openai.com/docs/api-reference/responses), which keeps reasoning
    /// between turns and has tools that the service runs.
    Responses,
}
