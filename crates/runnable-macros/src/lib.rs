//! The derive macro `Chunked` of [`runnable-core`](https://docs.rs/runnable-core), which re-exports
//! it.
//!
//! The macro lets a type be passed between the steps of a chain.
//!
//! ```
//! use runnable_core::{Chunk, Chunked};
//! use serde::Serialize;
//!
//! #[derive(Clone, Debug, Serialize, Chunked)]
//! struct Answer {
//!     text: String,
//!     sources: Vec<String>,
//! }
//!
//! # fn main() -> runnable_core::Result<()> {
//! let mut chunk = AnswerChunk { text: Some("Yes".into()), sources: None };
//! chunk.merge(AnswerChunk { text: Some(".".into()), sources: Some(vec!["a".into()]) });
//!
//! let answer = Answer::from_chunk(chunk)?;
//! assert_eq!((answer.text.as_str(), answer.sources.len()), ("Yes.", 1));
//! # Ok(())
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

/// The code in the README compiles and runs, as a test of the docs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod chunked;
mod home;
mod manifest;
mod serde_names;

/// Implements `Chunked`, so that values of this type can be passed between steps.
///
/// A struct with named fields is streamed field by field. The macro generates its chunk type, whose
/// name is the name of the struct followed by `Chunk`. It has an `Option` of the chunk of each
/// field, and its `Default` is empty. Every field must be `Chunked`.
///
/// An enum, a tuple struct, a generic type, and a struct with `#[chunked(at_once)]` are passed as
/// one value, and must be `Clone`.
///
/// Every type must be `Debug` and `Serialize`, and must not borrow.
///
/// | attribute | meaning |
/// |---|---|
/// | `#[chunked(at_once)]` | passes the value as one chunk |
/// | `#[chunked(crate = path)]` | sets the path to `runnable_core` |
///
/// Without the attribute `crate`, the macro looks for `runnable_core` in the manifest of the crate:
/// as a dependency with any name, or as a part of the dependency `runnable` or `runnable-chat`.
///
/// The JSON of a chunk has the same field names as the JSON of the value: the macro follows the
/// attributes `rename`, `rename_all`, `skip` and `skip_serializing` of serde.
#[proc_macro_derive(Chunked, attributes(chunked))]
pub fn derive_chunked(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let item = syn::parse_macro_input!(item as syn::DeriveInput);
    chunked::derive(&item).unwrap_or_else(|error| error.into_compile_error()).into()
}
