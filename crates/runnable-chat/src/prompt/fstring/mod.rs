//! The default syntax of templates: the syntax of Python's f-strings, as LangChain uses it.

mod fill;
mod float;
mod format_spec;
mod formatted;
mod integer;
mod padding;
mod pieces;
mod python_literal;

pub(super) use self::fill::{fill, variables};
