//! Interceptors: answers for models, tools and retrievers without a call to a service.
//!
//! Models, [tools](crate::tool()) and [retrievers](crate::retriever()) are the steps of a chain that
//! use services and other systems outside the program. Each of them asks the [`Interceptor`] of its
//! call for an answer before it does anything. So a replay or a cache applies to an existing chain
//! by the configuration of a call. A call without an interceptor costs nothing more.
//!
//! A [`TypedTool`](crate::tool::TypedTool) asks only as part of a toolbox, because an output of any
//! type cannot be read from JSON.

mod answer;
mod ask;
mod outside_call;

pub use self::{
    answer::{Answer, AnswerPart},
    ask::{intercepted, intercepted_chunks},
    outside_call::{Interceptor, OutsideCall},
};
