//! Steps that are made from functions, one per file.
//!
//! | step | made of |
//! |---|---|
//! | [`lambda`] | a function |
//! | [`try_lambda`] | a function that returns a `Result` |
//! | [`async_lambda`] | an async function, which may call other steps |
//! | [`stream_lambda`] | a function that returns a stream of chunks, and may call other steps |
//! | [`choose`] | a function that returns the step to run |
//! | [`map_chunks`] | a function on chunks that does not depend on chunk boundaries |
//! | [`generator`] | a function on streams of chunks |
//! | any of these with [`capture`] | a function that receives clones of the steps that it calls |
//! | [`passthrough`] | nothing: the output is the input |
//! | [`inspect`] | a function that is called with the complete value |
//! | [`pick()`], [`pick_many`] | the names of values of a dict |
//! | [`pick!`](crate::pick!) | the name of a field of a struct |

mod async_lambda;
mod capture;
mod choose;
mod generator;
mod inspect;
mod lambda;
mod map_chunks;
mod name;
mod passthrough;
mod pick;
mod pick_field;
mod stream_lambda;
mod try_lambda;

pub use self::{
    async_lambda::{AsyncLambda, async_lambda},
    capture::capture,
    choose::{Choose, choose},
    generator::{Generator, generator},
    inspect::{Inspect, inspect},
    lambda::{Lambda, lambda},
    map_chunks::{MapChunks, map_chunks},
    passthrough::{Passthrough, passthrough},
    pick::{Pick, PickMany, pick, pick_many},
    pick_field::PickField,
    stream_lambda::{StreamLambda, stream_lambda},
    try_lambda::{TryLambda, try_lambda},
};
