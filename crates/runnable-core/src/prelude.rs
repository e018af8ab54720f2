//! All that a chain needs, in one import: `use runnable_core::prelude::*;`.

pub use crate::{
    Args, CancellationToken, Chunk, ChunkStream, Chunked, Config, Context, DynRunnable, Error,
    ErrorKind, Result, Runnable, RunnableExt, Whole, args, assign, async_lambda, branch, capture,
    combinators::{Limits, RetryPolicy},
    generator, lambda, map_chunks, parallel, parallel_map, parallel_struct, passthrough, pick,
    pick_all, router, step_lambda, stream_lambda, tap, try_lambda, whole,
};
