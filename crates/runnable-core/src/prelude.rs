//! All that a chain needs, in one import: `use runnable_core::prelude::*;`.

pub use crate::{
    CancellationToken, Chunk, ChunkStream, Chunked, Config, Context, DynRunnable, Error, ErrorKind,
    Result, Runnable, RunnableExt, async_lambda, branch, generator, lambda, map_chunks, parallel,
    passthrough, step_lambda, tap, try_lambda,
};
