//! The rules of the source tree, one per file.
//!
//! A rule is a function that returns its findings in a [`Tree`](crate::tree::Tree). A test of each
//! rule checks the checkout, so that `cargo test` reports violations without `cargo xtask`.

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
