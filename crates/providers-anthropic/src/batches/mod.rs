//! The [Message Batches API](https://platform.claude.com/docs/en/build-with-claude/batch-processing).
//!
//! A batch is created in one request that contains all requests, and its results are a stream of
//! lines.

mod anthropic_batches;
mod message_batch;
mod result_line;

pub(crate) use self::anthropic_batches::AnthropicBatches;
