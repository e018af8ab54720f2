//! [`Fields`]: chunks of structs that are streamed field by field.

use crate::Chunk;

/// A chunk of a struct that streams field by field, as `#[derive(Chunked)]` generates it.
///
/// The default chunk is empty.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no chunks per field",
    label = "the struct is not streamed field by field",
    note = "add `#[derive(Chunked)]` to the struct, without `#[chunked(at_once)]`"
)]
pub trait Fields: Chunk + Default {
    /// Returns whether the chunk has no content for any field.
    fn is_empty(&self) -> bool;
}

/// Returns the name of a field without the prefix `r#`.
pub const fn unraw(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}
