//! Chunks that bring news of fields.

use crate::Chunk;

/// A chunk of a struct that grows field by field, as `#[derive(Chunked)]` makes it. The default
/// brings news of nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not bring news of single fields",
    label = "the struct does not grow field by field",
    note = "write `#[derive(Chunked)]` on the struct, without `#[chunked(at_once)]`"
)]
pub trait Fields: Chunk + Default {
    /// Whether it brings news of nothing.
    fn is_empty(&self) -> bool;
}

/// The name of a field, of which `r#` is no part.
pub const fn unraw(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}
