//! From text to tokens, and from tokens to bytes.

mod bytes;
mod merge;
mod special;
#[cfg(test)]
mod tests;
mod vocabulary;
mod words;

pub(crate) use self::vocabulary::Tokenizer;
