//! `#[derive(Chunked)]`: values that pass between the steps of a
//! [`runnable-core`](https://docs.rs/runnable-core) chain, which re-exports it.
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
//! let answer = ScriptedReply::from_chunk(chunk)?;
//! assert_eq!((answer.text.as_str(), answer.sources.len()), ("Yes.", 1));
//! # Ok(())
//! # }
//! ```

/// The code in the README compiles and runs, as a test of the docs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod chunked;
mod home;
mod manifest;
mod serde_names;

/// Derives `Chunked` for a value that passes between steps.
///
/// A struct with named fields grows field by field: its chunk type is called like it with `Chunk`
/// at the end, and holds an `Option` of each field's chunk; its `Default` brings no news. Every field
/// must be `Chunked`. An enum, a tuple struct, or a struct with `#[chunked(at_once)]`, comes all at
/// once, and must be `Clone`. Either must be `Debug` and `Serialize`, and must own what it holds. A
/// generic type comes at once.
///
/// | attribute | meaning |
/// |---|---|
/// | `#[chunked(at_once)]` | the value comes all at once |
/// | `#[chunked(crate = path)]` | the path to `runnable_core` |
///
/// Without that path, the derive finds `runnable_core` by the crate's manifest: it is a dependency
/// itself, under any name, or part of the dependency `runnable` or `runnable-chat`.
///
/// The JSON of a chunk has the names that the JSON of the value has: the derive follows serde's
/// `rename`, `rename_all`, `skip` and `skip_serializing`.
#[proc_macro_derive(Chunked, attributes(chunked))]
pub fn derive_chunked(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let item = syn::parse_macro_input!(item as syn::DeriveInput);
    chunked::derive(&item).unwrap_or_else(|error| error.into_compile_error()).into()
}
