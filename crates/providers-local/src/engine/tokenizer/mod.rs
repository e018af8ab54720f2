//! Encodes text as tokens, and decodes tokens to bytes.

mod bytes;
mod merge;
mod special;
#[cfg(test)]
mod tests;
mod vocabulary;
mod words;

pub(crate) use self::vocabulary::Tokenizer;
