//! Retrievers: steps that find documents that are relevant to a question.

mod document;
mod function;

pub use self::{
    document::Document,
    function::{Retriever, retriever},
};
