//! [`BatchAnswer`]: the result of one request of a batch.

use std::time::SystemTime;

use runnable_core::Result;

use crate::{
    AiMessage, Cost, Prices,
    pricing::{PROCESSING, UnknownCost},
};

/// The result of one request of a batch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchAnswer {
    /// The custom ID of the request.
    pub custom_id: String,
    /// The answer, or the error of this request. The error of a request that was not answered has
    /// a [`BatchError`](super::BatchError) as its source.
    pub result: Result<AiMessage>,
}

impl BatchAnswer {
    /// Creates the result of the request with this custom ID.
    ///
    /// An answer is marked as an answer of a Batch API: its metadata contains
    /// `"processing": "batch"`. [`Prices::cost_of_answer`] then uses the batch price.
    pub fn new(custom_id: impl Into<String>, result: Result<AiMessage>) -> Self {
        let result = result.map(|mut answer| {
            answer.metadata.insert(PROCESSING.into(), "batch".into());
            answer
        });
        Self { custom_id: custom_id.into(), result }
    }

    /// Returns the cost of this request at the batch price.
    ///
    /// A request that failed costs nothing, because services charge only for answers.
    ///
    /// # Errors
    ///
    /// Returns the reason if the cost is unknown.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::{AiMessage, Prices, Usage, batch_api::BatchAnswer};
    ///
    /// let mut answer = AiMessage::new("Paris");
    /// answer.provider = Some("openai".into());
    /// answer.model = Some("gpt-4o-mini".into());
    /// answer.usage = Some(Usage::new(1_000_000, 0));
    ///
    /// let answer = BatchAnswer::new("france", Ok(answer));
    /// assert_eq!(answer.cost(&Prices::shipped())?.to_string(), "$0.0750"); // half of $0.15
    /// # Ok::<(), runnable_chat::pricing::UnknownCost>(())
    /// ```
    pub fn cost(&self, prices: &Prices) -> Result<Cost, UnknownCost> {
        match &self.result {
            Ok(answer) => prices.cost_of_answer(answer, SystemTime::now()),
            Err(_) => Ok(Cost::ZERO),
        }
    }
}
