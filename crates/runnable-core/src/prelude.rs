//! All that a chain needs, in one import: `use runnable_core::prelude::*;`.

pub use crate::{
    Chunk, ChunkStream, Chunked, Config, Context, DynRunnable, Error, ErrorKind, Result, Runnable,
    RunnableExt, async_lambda, branch, generator, lambda, map_chunks, parallel, passthrough,
    try_lambda,
};
