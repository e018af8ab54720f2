//! [`TokenCounter`]: counts the tokens of texts, and functions that count the tokens of messages.

use std::fmt;

use runnable_chat::{AiMessage, ContentBlock, Message};
use serde_json::Value;

use super::{CountSource, TokenCount};

/// The tokens that are assumed for the start, the role and the end of a message.
const PER_MESSAGE: u64 = 4;

/// The tokens that are assumed for an image, a recording or a file. The real number depends on the
/// size and on the model.
const PER_MEDIA: u64 = 1_000;

/// Counts the tokens of texts. Implement this trait to use a tokenizer.
///
/// # Examples
///
/// ```
/// use runnable_conversations::{CountSource, TokenCounter};
///
/// #[derive(Debug)]
/// struct Words;
///
/// impl TokenCounter for Words {
///     fn count_text(&self, text: &str) -> u64 {
///         text.split_whitespace().count() as u64
///     }
///
///     fn source(&self) -> CountSource {
///         CountSource::Tokenizer
///     }
/// }
///
/// assert_eq!(Words.count_text("one two"), 2);
/// ```
pub trait TokenCounter: fmt::Debug + Send + Sync + 'static {
    /// Returns the number of tokens of a text.
    fn count_text(&self, text: &str) -> u64;

    /// Returns where the numbers of this counter come from.
    fn source(&self) -> CountSource;
}

/// Returns the number of tokens of all messages.
///
/// See [`count_message`] for what is counted. The definitions of tools are not counted.
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_conversations::{TokenEstimate, count_tokens};
///
/// let count = count_tokens(&[human("Why is the sky blue?"), ai("Because.")], &TokenEstimate);
/// assert_eq!(count.tokens, 15);
/// assert!(count.is_estimate());
/// ```
#[doc(alias("get_num_tokens_from_messages", "count_tokens_approximately"))]
pub fn count_tokens(messages: &[Message], counter: &dyn TokenCounter) -> TokenCount {
    messages.iter().map(|message| count_message(message, counter)).sum()
}

/// Returns the number of tokens of a message.
///
/// For an answer with a [`usage`](AiMessage::usage), this is the provider's count of the output,
/// without reasoning. For other messages, `counter` counts the texts, the tool calls and their
/// arguments. An image or a file counts as 1,000 tokens, which is an estimate. For each message, 4
/// tokens are added.
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_conversations::{CountSource, TokenEstimate, count_message};
///
/// let mut answer = AiMessage::new("Because.");
/// answer.usage = Some(Usage::new(12, 3));
/// let count = count_message(&answer.into(), &TokenEstimate);
/// assert_eq!((count.tokens, count.source), (7, CountSource::Provider));
/// ```
pub fn count_message(message: &Message, counter: &dyn TokenCounter) -> TokenCount {
    let framing = TokenCount::new(PER_MESSAGE, CountSource::Provider);
    if let Message::Ai(answer) = message
        && let Some(tokens) = provider_count(answer)
    {
        return [framing, TokenCount::new(tokens, CountSource::Provider)].into_iter().sum();
    }
    let blocks = message.content().iter().map(|block| count_block(block, counter));
    let count: TokenCount = blocks.chain([framing]).sum();
    TokenCount::new(count.tokens, count.source.max(counter.source()))
}

/// Returns the provider's count of an answer, or `None` if it does not apply to this answer alone.
fn provider_count(answer: &AiMessage) -> Option<u64> {
    let usage = answer.usage.filter(|_| answer.other_choices.is_empty())?;
    let tokens = usage.output_tokens.saturating_sub(usage.output_token_details.reasoning);
    Some(tokens).filter(|tokens| *tokens > 0)
}

fn count_block(block: &ContentBlock, counter: &dyn TokenCounter) -> TokenCount {
    let text = |text: &str| TokenCount::new(counter.count_text(text), counter.source());
    let json = |value: &Value| text(&value.to_string());
    match block {
        ContentBlock::Text(block) => text(&block.text),
        ContentBlock::Reasoning(block) => text(&block.reasoning),
        ContentBlock::Refusal(block) => text(&block.refusal),
        ContentBlock::ToolCall(call) => [text(&call.name), json(&call.args)].into_iter().sum(),
        ContentBlock::InvalidToolCall(call) => {
            let parts = [&call.name, &call.args].into_iter().flatten();
            parts.map(|part| text(part)).sum()
        }
        ContentBlock::ServerToolCall(call) => {
            [text(&call.name), json(&call.args)].into_iter().sum()
        }
        ContentBlock::Image(_)
        | ContentBlock::Audio(_)
        | ContentBlock::Video(_)
        | ContentBlock::File(_) => TokenCount::new(PER_MEDIA, CountSource::Estimate),
        block => json(&serde_json::to_value(block).unwrap_or_default()),
    }
}
