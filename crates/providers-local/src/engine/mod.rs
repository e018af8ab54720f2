//! The engine, which loads a model file once and generates answers token by token. It contains no
//! code for chat, and is not async.

mod detokenizer;
#[expect(
    clippy::module_inception,
    reason = "the main type of the folder has the same name as the folder"
)]
mod engine;
mod gguf;
mod llama;
mod sampler;
#[cfg(test)]
mod tests;
mod tokenizer;

pub(crate) use self::{
    engine::{Engine, Generation, Step, StopReason},
    gguf::Gguf,
    sampler::Sampling,
    tokenizer::Tokenizer,
};
