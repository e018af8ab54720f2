//! [`AnswerFormat`]: the type of the final answer, and how the model corrects an invalid answer.

use std::sync::Arc;

use runnable_chat::{
    AiMessage, Message, human,
    model::ResponseFormat,
    parser::{FromGrowingJson, GrowingJson},
};
use runnable_core::{Chunked, Error, Result};
use schemars::JsonSchema;

/// The type of the final answer, and how the model corrects an invalid answer.
#[derive(Clone)]
pub(crate) struct AnswerFormat {
    /// The format in each request.
    pub(crate) response_format: ResponseFormat,
    /// How many final answers the model may give.
    pub(crate) max_attempts: u32,
    /// Creates the message for the model after an invalid answer.
    pub(crate) correction: Arc<dyn Fn(&Error) -> Message + Send + Sync>,
    /// Returns an error if the answer cannot be deserialized.
    pub(crate) check: fn(&AiMessage) -> Result<()>,
}

impl AnswerFormat {
    pub(crate) fn of<T: JsonSchema + FromGrowingJson>() -> Self {
        Self {
            response_format: ResponseFormat::of::<T>(),
            max_attempts: 2,
            correction: Arc::new(|error| {
                human(format!(
                    "Your answer could not be parsed: {}. Answer again, in the required format.",
                    error.message()
                ))
            }),
            check: |answer| read::<T>(answer).map(drop),
        }
    }
}

/// Deserializes a complete answer.
pub(crate) fn read<T: FromGrowingJson>(answer: &AiMessage) -> Result<T> {
    let mut json = GrowingJson::<T>::new();
    json.push(&answer.clone().into_chunk());
    json.finish()
}
