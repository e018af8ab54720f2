//! The engine: a model file that is loaded once, and the answers that it generates token by token. It
//! does not know of chat, nor of async.

mod detokenizer;
#[expect(clippy::module_inception, reason = "the noun of the file is that of the folder")]
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
