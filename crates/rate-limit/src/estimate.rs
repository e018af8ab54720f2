//! Estimates of the tokens of a request.

use std::io::{self, Write};

use runnable_chat::{ChatOptions, ContentBlock, PromptValue};
use serde::Serialize;

/// The number of bytes that make up a token in English text.
const BYTES_PER_TOKEN: u64 = 4;

/// The tokens that mark the start, the role and the end of a message.
const PER_MESSAGE: u64 = 4;

/// The tokens of an image or a file, which are often between a few hundred and a few thousand.
const PER_MEDIUM: u64 = 1_000;

/// Returns the estimated number of tokens of a prompt.
pub(crate) fn input_tokens(prompt: &PromptValue) -> u64 {
    let blocks = prompt.messages.iter().flat_map(|message| message.content());
    let content: u64 = blocks.map(tokens_of_block).fold(0, u64::saturating_add);
    content.saturating_add(PER_MESSAGE * prompt.messages.len() as u64)
}

fn tokens_of_block(block: &ContentBlock) -> u64 {
    match block {
        ContentBlock::Text(block) => tokens_of_bytes(block.text.len() as u64),
        ContentBlock::Image(_)
        | ContentBlock::Audio(_)
        | ContentBlock::Video(_)
        | ContentBlock::File(_) => PER_MEDIUM,
        block => tokens_of_json(block),
    }
}

/// Returns the estimated number of tokens of the tools and the schema in the options.
pub(crate) fn tokens_of_options(options: &ChatOptions) -> u64 {
    let tools = options.tools.iter().map(tokens_of_json).fold(0, u64::saturating_add);
    tools.saturating_add(options.response_format.as_ref().map_or(0, tokens_of_json))
}

/// Returns the estimated number of tokens of a value that is sent as JSON.
pub(crate) fn tokens_of_json(value: &impl Serialize) -> u64 {
    let mut counted = Counted(0);
    // A value that cannot be written fails later, when it is sent.
    _ = serde_json::to_writer(&mut counted, value);
    tokens_of_bytes(counted.0)
}

/// Returns the estimated number of tokens of a text with this number of bytes.
pub(crate) fn tokens_of_bytes(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

/// A writer that only counts bytes.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
