//! [`JobResult`]: the result of an item.

use std::time::Duration;

use runnable_chat::metering::UsageTotals;
use serde_json::Value;

use super::failed_item::FailedItem;

/// The result of an item, as the journal has stored it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JobResult {
    /// The position of the item among all items of the job, from 0, in the order in which the job
    /// first read them. There are gaps for items without a result.
    pub index: u64,
    /// The key of the item.
    pub key: String,
    /// The input as JSON, if the item failed or if the output
    /// [needs it](super::JobOutput::needs_input). For text that is not an input of the chain, such
    /// as an invalid line, it is this text.
    pub input: Option<Value>,
    /// The output of the chain as JSON, or the reason why the item failed.
    pub result: Result<Value, FailedItem>,
    /// The number of attempts.
    pub attempts: u32,
    /// The time of the last attempt.
    pub elapsed: Duration,
    /// The tokens and the cost of the models, in all attempts.
    pub usage: UsageTotals,
}

impl JobResult {
    /// Creates a result of one attempt without usage.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_jobs::JobResult;
    /// use serde_json::json;
    ///
    /// let result = JobResult::new(0, "17", Ok(json!("spam"))).with_input(json!("Buy now!"));
    /// assert_eq!(result.result, Ok(json!("spam")));
    /// ```
    pub fn new(index: u64, key: impl Into<String>, result: Result<Value, FailedItem>) -> Self {
        let attempts = result.as_ref().map_or_else(|failed| failed.attempts, |_| 1);
        Self {
            index,
            key: key.into(),
            input: None,
            result,
            attempts,
            elapsed: Duration::ZERO,
            usage: UsageTotals::default(),
        }
    }

    /// Sets the input.
    #[must_use]
    pub fn with_input(self, input: Value) -> Self {
        Self { input: Some(input), ..self }
    }
}
