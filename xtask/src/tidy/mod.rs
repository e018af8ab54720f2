//! The rules of the source tree, one per file.
//!
//! A rule is a function that receives a [`Tree`](crate::tree::Tree) and returns its findings. Each
//! rule also has a test that checks the checkout, so that `cargo test` reports violations without
//! `cargo xtask`.

mod document;
mod finding;
mod guide_list;
mod index_file;
mod inheritance;
mod length;
mod machine_path;
mod module_doc;
mod module_graph;
mod module_style;
mod name;
mod named_test;
mod publishing;
mod readme;
mod rule;
mod size;
mod unused_file;
mod whitespace;

pub(crate) use module_graph::{draw, report};
pub(crate) use readme::{QUICKSTART, TEST};
pub(crate) use rule::run;
