//! Counts the tokens of a prompt with the model that receives it.

use runnable_chat::{ChatModel, Message};
use runnable_core::Result;

use super::{CountSource, TokenCount, TokenCounter, count_tokens};

/// Returns the number of tokens of a prompt: the count of the model's provider if it has one, and
/// otherwise the count of `counter`.
///
/// A provider counts everything that the model reads, also the tools of the model, and the separators
/// between messages. The [source](TokenCount::source) says whether the provider has counted. See
/// [`ChatModel::count_tokens`] for the providers that can.
///
/// # Errors
///
/// Returns the error of the provider. A provider that cannot count is not an error.
///
/// # Cancel safety
///
/// Dropping the future cancels the request.
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_conversations::{CountSource, TokenEstimate, count_prompt};
/// # use runnable_testing::ScriptedChatModel;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let model = ScriptedChatModel::new(["Hi"]).to_model();
/// // The provider of this model cannot count.
/// let count = count_prompt(&model, &[human("Why is the sky blue?")], &TokenEstimate).await?;
/// assert_eq!((count.tokens, count.source), (9, CountSource::Estimate));
/// # Ok(())
/// # }
/// ```
#[doc(alias("get_num_tokens", "get_num_tokens_from_messages"))]
pub async fn count_prompt(
    model: &ChatModel,
    messages: &[Message],
    counter: &dyn TokenCounter,
) -> Result<TokenCount> {
    Ok(match model.count_tokens(messages.to_vec()).await? {
        Some(tokens) => TokenCount::new(tokens, CountSource::Provider),
        None => count_tokens(messages, counter),
    })
}
