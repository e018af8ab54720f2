//! Retrievers: steps that find documents which are relevant to a question.

mod document;
mod function;

pub use self::{
    document::Document,
    function::{Retriever, retriever},
};
