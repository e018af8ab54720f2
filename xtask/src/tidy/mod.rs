//! The rules of the source tree, each in a file of its own.
//!
//! A rule is a function from the [`Tree`](crate::tree::Tree) to what it finds wrong. Each also
//! holds the tree to itself in a test, so that `cargo test` tells of it without `cargo xtask`.

mod document;
mod finding;
mod index_file;
mod inheritance;
mod length;
mod machine_path;
mod module_doc;
mod name;
mod named_test;
mod readme;
mod rule;
mod size;
mod whitespace;

pub(crate) use readme::{QUICKSTART, TEST};
pub(crate) use rule::run;
