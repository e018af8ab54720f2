//! Steps made of functions, one to a file.
//!
//! | step | made of |
//! |---|---|
//! | [`lambda`] | a function |
//! | [`try_lambda`] | a function that can fail |
//! | [`async_lambda`] | an async function, which may call other steps |
//! | [`stream_lambda`] | a function that returns a stream of chunks, which may call other steps |
//! | [`step_lambda`] | a function that returns the step to run |
//! | [`map_chunks`] | a function on chunks, which does not mind how the value is cut |
//! | [`generator`] | a function on streams of chunks |
//! | any of these, by [`capture`] | a function that is handed the steps that it calls |
//! | [`passthrough`] | nothing: the output is the input |
//! | [`tap`] | a function that looks on |
//! | [`pick()`], [`pick_all`], [`pick!`](crate::pick!) | names: some of several named values, a field of a struct |

mod async_lambda;
mod capture;
mod generator;
mod lambda;
mod map_chunks;
mod name;
mod passthrough;
mod pick;
mod pick_field;
mod step_lambda;
mod stream_lambda;
mod tap;
mod try_lambda;

pub use self::{
    async_lambda::{AsyncLambda, async_lambda},
    capture::capture,
    generator::{Generator, generator},
    lambda::{Lambda, lambda},
    map_chunks::{MapChunks, map_chunks},
    passthrough::{Passthrough, passthrough},
    pick::{Pick, PickAll, pick, pick_all},
    pick_field::PickField,
    step_lambda::{StepLambda, step_lambda},
    stream_lambda::{StreamLambda, stream_lambda},
    tap::{Tap, tap},
    try_lambda::{TryLambda, try_lambda},
};
