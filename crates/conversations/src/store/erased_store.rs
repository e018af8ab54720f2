//! [`ErasedStore`]: a store of any type, behind one type.

use std::fmt;

use futures_util::future::BoxFuture;
use runnable_core::Result;

use super::{ConversationStore, Summary};
use crate::tree::{Conversation, Turn, TurnId, TurnStart};

/// The methods of [`ConversationStore`] with boxed futures, because that trait is not dyn
/// compatible.
pub(crate) trait ErasedStore: fmt::Debug + Send + Sync {
    fn load<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Conversation>>;
    fn load_line<'a>(
        &'a self,
        key: &'a str,
        branch: &'a str,
        start: TurnStart,
    ) -> BoxFuture<'a, Result<Conversation>>;
    fn append<'a>(
        &'a self,
        key: &'a str,
        branch: &'a str,
        turn: &'a Turn,
    ) -> BoxFuture<'a, Result<()>>;
    fn set_branch<'a>(
        &'a self,
        key: &'a str,
        branch: &'a str,
        head: Option<TurnId>,
    ) -> BoxFuture<'a, Result<()>>;
    fn summaries<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Vec<Summary>>>;
    fn save_summary<'a>(&'a self, key: &'a str, summary: &'a Summary) -> BoxFuture<'a, Result<()>>;
    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<()>>;
    fn keys(&self) -> BoxFuture<'_, Result<Vec<String>>>;
    fn append_now(&self, key: &str, branch: &str, turn: &Turn) -> Option<Result<()>>;
}

impl<S: ConversationStore> ErasedStore for S {
    fn load<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Conversation>> {
        Box::pin(ConversationStore::load(self, key))
    }

    fn load_line<'a>(
        &'a self,
        key: &'a str,
        branch: &'a str,
        start: TurnStart,
    ) -> BoxFuture<'a, Result<Conversation>> {
        Box::pin(ConversationStore::load_line(self, key, branch, start))
    }

    fn append<'a>(
        &'a self,
        key: &'a str,
        branch: &'a str,
        turn: &'a Turn,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(ConversationStore::append(self, key, branch, turn))
    }

    fn set_branch<'a>(
        &'a self,
        key: &'a str,
        branch: &'a str,
        head: Option<TurnId>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(ConversationStore::set_branch(self, key, branch, head))
    }

    fn summaries<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Vec<Summary>>> {
        Box::pin(ConversationStore::summaries(self, key))
    }

    fn save_summary<'a>(&'a self, key: &'a str, summary: &'a Summary) -> BoxFuture<'a, Result<()>> {
        Box::pin(ConversationStore::save_summary(self, key, summary))
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(ConversationStore::delete(self, key))
    }

    fn keys(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(ConversationStore::keys(self))
    }

    fn append_now(&self, key: &str, branch: &str, turn: &Turn) -> Option<Result<()>> {
        ConversationStore::append_now(self, key, branch, turn)
    }
}
