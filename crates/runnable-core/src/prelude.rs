//! All that a chain needs, in one import: `use runnable_core::prelude::*;`.

pub use crate::{
    Args, CancellationToken, Chunk, ChunkStream, Chunked, Config, Context, DynRunnable, Error,
    ErrorKind, Result, Runnable, RunnableExt, args, assign, async_lambda, branch, generator,
    lambda, map_chunks, parallel, parallel_map, passthrough, pick, pick_all, router, step_lambda,
    tap, try_lambda,
};
