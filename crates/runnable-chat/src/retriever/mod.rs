//! Retrievers: from a question to the documents that may answer it.

mod document;
mod function;

pub use self::{
    document::Document,
    function::{Retriever, retriever},
};
