//! [`BatchRequest`]: one request of a batch.

use crate::{ChatOptions, PromptValue};

/// One request of a batch: a conversation to answer, and an ID that the caller chooses.
///
/// A pair of an ID and a conversation converts into a request.
///
/// ```
/// use runnable_chat::batch_api::BatchRequest;
///
/// let request: BatchRequest = ("ticket/17", "Is this ticket urgent? …").into();
/// assert_eq!(request.custom_id, "ticket/17");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchRequest {
    /// The ID of the request, which its result has, too. It can be any text, but two requests of a
    /// batch must not have the same ID.
    pub custom_id: String,
    /// The conversation to answer.
    pub prompt: PromptValue,
    /// The options of the request. `None` for the options of the model.
    pub options: Option<ChatOptions>,
}

impl BatchRequest {
    /// Creates a request with the options of the model.
    pub fn new(custom_id: impl Into<String>, prompt: impl Into<PromptValue>) -> Self {
        Self { custom_id: custom_id.into(), prompt: prompt.into(), options: None }
    }

    /// Sets the options of this request, which replace the options of the model.
    #[must_use]
    pub fn options(mut self, options: ChatOptions) -> Self {
        self.options = Some(options);
        self
    }
}

impl<I: Into<String>, P: Into<PromptValue>> From<(I, P)> for BatchRequest {
    fn from((custom_id, prompt): (I, P)) -> Self {
        Self::new(custom_id, prompt)
    }
}
