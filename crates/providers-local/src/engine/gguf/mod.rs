//! GGUF files, in which models come.

mod file;
mod reader;
mod tensor;
mod value;

pub(crate) use self::file::Gguf;
