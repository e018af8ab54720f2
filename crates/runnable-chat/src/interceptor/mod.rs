//! Interceptors: answers for models, tools and retrievers without a call to a service.
//!
//! Models, [tools](crate::tool()) and [retrievers](crate::retriever()) are the steps of a chain
//! that use services and other systems outside the program. Each of them requests an answer from
//! the [`Interceptor`] of its call before it starts to work. A replay or a cache can therefore be
//! added to an existing chain with the configuration of a call. Calls without an interceptor have
//! no additional cost.
//!
//! A [`TypedTool`](crate::tool::TypedTool) uses an interceptor only as part of a toolbox. As a
//! step, it can have an output of any type, which cannot always be deserialized from JSON.

mod answer;
mod ask;
mod outside_call;

pub use self::{
    answer::{Answer, AnswerPart},
    ask::{intercepted, intercepted_chunks},
    outside_call::{Interceptor, OutsideCall},
};
