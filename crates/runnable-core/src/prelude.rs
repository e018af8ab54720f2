//! The items that a program with chains needs: `use runnable_core::prelude::*;`.

pub use crate::{
    AtOnce, CancellationToken, Chunk, ChunkStream, Chunked, Dict, DynRunnable, Error, ErrorKind,
    InputStream, Result, RunConfig, RunContext, Runnable, RunnableExt, assign, async_lambda,
    branch, capture, choose,
    combinators::{RetryPolicy, Timeouts},
    dict, generator, impl_at_once, inspect, lambda, map_chunks, parallel, parallel_dict,
    parallel_struct, passthrough, pick, pick_many, router, stream_lambda, try_lambda,
};
