//! Values that are passed between steps, and their chunks.

pub(crate) mod chunk;
pub(crate) mod chunk_stream;
mod collections;
mod dict;
mod dict_chunk;
pub(crate) mod fields;
mod primitives;
pub(crate) mod value_chunk;

pub use self::{
    chunk::{Chunk, Chunked},
    chunk_stream::ChunkStream,
    dict::Dict,
    dict_chunk::DictChunk,
    primitives::AtOnce,
    value_chunk::ValueChunk,
};
