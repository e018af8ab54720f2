//! [`RemoteBatch`]: the object with which a service describes a batch.

use runnable_chat::batch_api::{BatchCounts, BatchState, PartStatus};
use runnable_core::Error;
use runnable_http::{ApiError, RequestInfo};
use serde::Deserialize;
use serde_json::{Value, json};

/// The object with which OpenAI's and Mistral's APIs describe a batch. The fields have the names of
/// either API.
#[derive(Debug, Deserialize)]
pub(super) struct RemoteBatch {
    pub(super) id: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    errors: Value,
    #[serde(default)]
    input_file_id: Option<String>,
    #[serde(default)]
    input_files: Option<Vec<String>>,
    #[serde(default, alias = "output_file")]
    output_file_id: Option<String>,
    #[serde(default, alias = "error_file")]
    error_file_id: Option<String>,
    #[serde(default)]
    request_counts: Option<RequestCounts>,
    #[serde(default)]
    total_requests: Option<u64>,
    #[serde(default)]
    succeeded_requests: Option<u64>,
    #[serde(default)]
    failed_requests: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct RequestCounts {
    #[serde(default)]
    total: u64,
    #[serde(default)]
    completed: u64,
    #[serde(default)]
    failed: u64,
}

/// A page of the list of batches.
#[derive(Debug, Deserialize)]
pub(super) struct BatchPage {
    #[serde(default)]
    pub(super) data: Option<Vec<RemoteBatch>>,
    /// Whether there is another page, if the service says so.
    #[serde(default)]
    pub(super) has_more: Option<bool>,
}

impl RemoteBatch {
    /// Returns the state. A state that this crate does not know counts as running, because a state
    /// that counts as final could hide results.
    fn state(&self) -> BatchState {
        match self.status.to_ascii_lowercase().as_str() {
            "validating" | "queued" => BatchState::Validating,
            "finalizing" => BatchState::Finalizing,
            "completed" | "success" => BatchState::Completed,
            "failed" => BatchState::Failed,
            "expired" | "timeout_exceeded" => BatchState::Expired,
            "cancelling" | "cancellation_requested" => BatchState::Cancelling,
            "cancelled" => BatchState::Cancelled,
            _ => BatchState::InProgress,
        }
    }

    fn counts(&self) -> Option<BatchCounts> {
        if let Some(counts) = &self.request_counts {
            return Some(BatchCounts::new(counts.total, counts.completed, counts.failed));
        }
        let number = |count: Option<u64>| count.unwrap_or_default();
        let (succeeded, failed) = (self.succeeded_requests, self.failed_requests);
        Some(BatchCounts::new(self.total_requests?, number(succeeded), number(failed)))
    }

    pub(super) fn status(&self, origin: &RequestInfo) -> PartStatus {
        let mut status = PartStatus::new(self.state());
        status.counts = self.counts();
        if status.state == BatchState::Failed {
            status.error = self.error(origin);
        }
        status
    }

    /// Returns the first error of a batch that failed. OpenAI sends `{"data": [{"code", "message",
    /// "line", "param"}]}`, and Mistral `[{"message", "count"}]`.
    fn error(&self, origin: &RequestInfo) -> Option<Error> {
        let errors = self.errors.get("data").unwrap_or(&self.errors).as_array()?;
        let first = errors.first()?;
        // The requests of all batches in the queue together have too many tokens. The batch is
        // accepted after others have ended, so this is not an invalid request.
        let is_queue_full = first["code"] == "token_limit_exceeded";
        let status = if is_queue_full { 429 } else { 400 };
        let mut first = first.clone();
        if let (Some(line), Some(message)) = (first["line"].as_u64(), first["message"].as_str()) {
            first["message"] = format!("line {line}: {message}").into();
        }
        Some(origin.error(ApiError::from_status(status, &json!({"error": first}))))
    }

    /// Returns whether the batch was created from this file.
    pub(super) fn is_of(&self, file: &str) -> bool {
        let files = self.input_files.iter().flatten();
        self.input_file_id.iter().chain(files).any(|input| input == file)
    }

    /// Returns the files with the results: the answers, and the errors.
    pub(super) fn results(&self) -> Vec<String> {
        let files = [&self.output_file_id, &self.error_file_id].into_iter().flatten();
        files.filter(|file| !file.is_empty()).cloned().collect()
    }
}
