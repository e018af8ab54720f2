//! GGUF files, which contain models.

mod file;
mod reader;
mod tensor;
mod value;

pub(crate) use self::file::Gguf;
