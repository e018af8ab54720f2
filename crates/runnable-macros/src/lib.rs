//! The derive macro `Chunked` of [`runnable-core`](https://docs.rs/runnable-core), and the attribute
//! `#[tool]` of [`runnable-chat`](https://docs.rs/runnable-chat). These crates re-export them.
//!
//! `Chunked` lets a type be passed between the steps of a chain.
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
mod tool;

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

/// Makes a tool that a model can call from an async function.
///
/// The function is replaced by a function of the same name that has no parameters and returns a
/// `Tool`. The name of the function is the name of the tool, and its doc comment is the description
/// that the model reads. The function has at most two parameters, in any order:
///
/// - the arguments of the tool: a struct that implements `Deserialize` and `JsonSchema`. The doc
///   comments of its fields describe the arguments to the model;
/// - the `RunContext` of the tool's run.
///
/// It returns a `Result` of this library with a value that implements `Serialize`, or with a
/// `ToolOutput`.
///
/// | attribute | meaning |
/// |---|---|
/// | `#[tool(name = "…")]` | sets the name of the tool |
/// | `#[tool(description = "…")]` | sets the description, instead of the doc comment |
/// | `#[tool(strict)]` | lets the provider enforce the schema of the arguments |
/// | `#[tool(crate = path)]` | sets the path to `runnable_chat` |
///
/// ```
/// use runnable_chat::prelude::*;
/// use schemars::JsonSchema;
/// use serde::Deserialize;
/// use serde_json::json;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct City {
///     /// The name of the city, in English.
///     name: String,
/// }
///
/// /// Tells the weather in a city.
/// #[tool]
/// async fn weather(city: City) -> Result<String> {
///     Ok(format!("It is sunny in {}.", city.name))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// assert_eq!(weather().definition().description, "Tells the weather in a city.");
/// assert_eq!(weather().invoke(json!({"name": "Paris"})).await?, "It is sunny in Paris.");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// It is a compile error if the function is not async, is generic, is a method, has other parameters,
/// returns no `Result`, or has neither a doc comment nor a description.
#[proc_macro_attribute]
pub fn tool(
    options: proc_macro::TokenStream,
    function: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let options = syn::parse_macro_input!(options as tool::Options);
    let function = syn::parse_macro_input!(function as tool::AsyncFn);
    tool::expand(options, function).unwrap_or_else(|error| error.into_compile_error()).into()
}
