//! Batch APIs: [OpenAI's](https://platform.openai.com/docs/guides/batch), which Azure and Groq
//! share, and [Mistral's](https://docs.mistral.ai/studio-api/batch-processing).
//!
//! All of them receive a file with one request per line, and return a file with one result per
//! line. They differ in the objects that describe a batch.

mod files;
mod openai_batches;
mod output_line;
mod remote_batch;

pub(crate) use self::openai_batches::OpenAiBatches;
