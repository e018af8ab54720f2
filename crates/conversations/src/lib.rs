//! Conversations that are kept: stores, branches, trimming, token counts and summaries.
//!
//! ```
//! use runnable_chat::prelude::*;
//! use runnable_conversations::{ConversationExt, Conversations};
//! # use runnable_testing::ScriptedChatModel;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! # let model = ScriptedChatModel::new(["Hello Ada.", "Ada."]).to_model();
//! let conversations = Conversations::in_memory();
//! let chat = model.with_conversations(&conversations).pipe(text());
//!
//! chat.invoke(("conversation 1", "I am Ada.")).await?;
//! assert_eq!(chat.invoke(("conversation 1", "Who am I?")).await?, "Ada.");
//! # Ok(())
//! # }
//! ```
//!
//! | to | use |
//! |---|---|
//! | keep the conversations of a chain | [`ConversationExt::with_conversations`] |
//! | choose a store | [`Conversations::new`] with a [`MemoryStore`], a `RedbStore` or your own [`ConversationStore`] |
//! | edit an earlier turn, or continue it | [`TurnInput::instead_of`], [`TurnInput::after`] |
//! | shorten what is sent to the model | [`TrimMessages`], [`SummarizeMessages`] |
//! | change a list of messages | [`filter_messages`], [`without_tool_calls`], [`merge_message_runs`] |
//! | count tokens | [`count_prompt`] with a model, or [`count_tokens`] with a [`TokenEstimate`] or a `TiktokenCounter` |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `redb` | `RedbStore`, a store in one file on the disk |
//! | `tiktoken` | `TiktokenCounter`, which counts tokens with the tokenizers of OpenAI's models |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod messages;
mod store;
mod summary;
mod tokens;
mod tree;
mod turns;

/// Compiles and runs the code in the README as doctests.
#[cfg(all(doctest, feature = "redb"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "redb")]
pub use crate::store::RedbStore;
#[cfg(feature = "tiktoken")]
pub use crate::tokens::TiktokenCounter;
pub use crate::{
    messages::{
        TrimMessages, TrimmedMessages, filter_messages, merge_message_runs, without_tool_calls,
    },
    store::{ConversationStore, MemoryStore, Summary},
    summary::SummarizeMessages,
    tokens::{
        CountSource, TokenCount, TokenCounter, TokenEstimate, count_message, count_prompt,
        count_tokens,
    },
    tree::{Conversation, MAIN_BRANCH, Turn, TurnId, TurnStart, TurnStatus},
    turns::{AnswerMessages, ConversationExt, Conversations, TurnInput, WithConversations},
};
