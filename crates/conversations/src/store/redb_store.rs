//! [`RedbStore`]: a store in one file on the disk.

use std::{fmt, path::Path, sync::Arc};

use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, Table, TableDefinition, TableError,
    Value, WriteTransaction,
};
use runnable_core::{BoxError, Error, ErrorKind, Result};

use super::{
    ConversationStore, Summary,
    redb_error::{failed, not_opened},
};
use crate::tree::{Conversation, Turn, TurnId};

/// The turns as JSON, by the key of the conversation and the number of the turn.
const TURNS: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("turns");

/// The numbers of the last turns, by the key of the conversation and the name of the branch.
const BRANCHES: TableDefinition<'_, (&str, &str), u64> = TableDefinition::new("branches");

/// The texts of the summaries, by the key of the conversation and the ID of the summary.
const SUMMARIES: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("summaries");

/// A store in one file on the disk, in the database [redb](https://docs.rs/redb).
///
/// A save is atomic and is on the disk when it returns. If the program is killed or the machine
/// loses power, the file contains all turns that had ended. Turns are stored as JSON, with messages
/// in LangChain's format.
///
/// A clone shares the file. A file can be open once at a time, in one program. The methods access
/// the disk on the thread that calls them, which takes some milliseconds for a save.
///
/// # Examples
///
/// ```no_run
/// use runnable_conversations::{Conversations, RedbStore};
///
/// # fn main() -> runnable_core::Result<()> {
/// let conversations = Conversations::new(RedbStore::open("conversations.redb")?);
/// # Ok(())
/// # }
/// ```
#[doc(alias("FileChatMessageHistory", "SqliteSaver", "SQLChatMessageHistory"))]
#[derive(Clone)]
pub struct RedbStore {
    database: Arc<Database>,
}

impl RedbStore {
    /// Opens the file, or creates it. The folder must exist.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Other`] if the file cannot be opened: it is open in another program, it
    /// is not a database, or the program has no access to it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Database::create(path).map(Self::with_database).map_err(|error| not_opened(path, error))
    }

    /// Uses a database that your program has opened, such as one with a custom backend.
    ///
    /// The store uses the tables `turns`, `branches` and `summaries`.
    pub fn with_database(database: Database) -> Self {
        Self { database: Arc::new(database) }
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, BoxError>,
    ) -> Result<T, BoxError> {
        read(&self.database.begin_read()?)
    }

    /// Makes a change. If `change` fails, the file is unchanged.
    fn write(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<(), BoxError>,
    ) -> Result<(), BoxError> {
        let transaction = self.database.begin_write()?;
        change(&transaction)?;
        Ok(transaction.commit()?)
    }

    fn save(&self, key: &str, branch: &str, turn: &Turn) -> Result<()> {
        let saved = self.write(|transaction| {
            let json = serde_json::to_vec(turn)?;
            let mut turns = transaction.open_table(TURNS)?;
            let place = (key, turn.id.get());
            if turns.get(place)?.is_some() {
                return Err(format!("it already has a turn {}; load it again", turn.id).into());
            }
            turns.insert(place, json.as_slice())?;
            transaction.open_table(BRANCHES)?.insert((key, branch), turn.id.get())?;
            Ok(())
        });
        saved.map_err(|error| failed("save a turn of", key, error))
    }
}

/// Returns a table, or `None` if nothing has been saved yet.
fn optional<T>(table: Result<T, TableError>) -> Result<Option<T>, BoxError> {
    match table {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn load(transaction: &ReadTransaction, key: &str) -> Result<Conversation, BoxError> {
    let mut conversation = Conversation::new();
    if let Some(turns) = optional(transaction.open_table(TURNS))? {
        for entry in turns.range((key, 0)..=(key, u64::MAX))? {
            conversation.insert(serde_json::from_slice(entry?.1.value())?)?;
        }
    }
    if let Some(branches) = optional(transaction.open_table(BRANCHES))? {
        for entry in branches.range((key, "")..)? {
            let (place, head) = entry?;
            let (other, branch) = place.value();
            if other != key {
                break;
            }
            conversation.set_branch(branch, Some(TurnId::new(head.value())))?;
        }
    }
    Ok(conversation)
}

fn summaries(transaction: &ReadTransaction, key: &str) -> Result<Vec<Summary>, BoxError> {
    let mut found = Vec::new();
    if let Some(summaries) = optional(transaction.open_table(SUMMARIES))? {
        for entry in summaries.range((key, "")..)? {
            let (place, text) = entry?;
            let (other, id) = place.value();
            if other != key {
                break;
            }
            found.push(Summary::new(id, text.value()));
        }
    }
    Ok(found)
}

/// Removes all entries of a conversation.
fn clear<V: Value + 'static>(
    mut table: Table<'_, (&'static str, &'static str), V>,
    key: &str,
) -> Result<(), BoxError> {
    let names: Vec<String> = table
        .range((key, "")..)?
        .take_while(|entry| !matches!(entry, Ok((place, _)) if place.value().0 != key))
        .map(|entry| Ok(entry?.0.value().1.to_owned()))
        .collect::<Result<_, redb::StorageError>>()?;
    for name in names {
        table.remove((key, name.as_str()))?;
    }
    Ok(())
}

fn keys(transaction: &ReadTransaction) -> Result<Vec<String>, BoxError> {
    let mut keys: Vec<String> = Vec::new();
    if let Some(turns) = optional(transaction.open_table(TURNS))? {
        // Skips the turns of a conversation, so the time depends only on the number of keys.
        loop {
            let next = match keys.last() {
                Some(key) => turns.range((key.as_str(), u64::MAX)..)?.find(
                    |entry| !matches!(entry, Ok((place, _)) if place.value().0 == key.as_str()),
                ),
                None => turns.range::<(&str, u64)>(..)?.next(),
            };
            let Some(entry) = next else { break };
            keys.push(entry?.0.value().0.to_owned());
        }
    }
    Ok(keys)
}

impl ConversationStore for RedbStore {
    async fn load(&self, key: &str) -> Result<Conversation> {
        let loaded = self.read(|transaction| load(transaction, key));
        loaded.map_err(|error| failed("load", key, error))
    }

    async fn append(&self, key: &str, branch: &str, turn: &Turn) -> Result<()> {
        self.save(key, branch, turn)
    }

    async fn set_branch(&self, key: &str, branch: &str, head: Option<TurnId>) -> Result<()> {
        let changed = self.write(|transaction| {
            let mut branches = transaction.open_table(BRANCHES)?;
            match head {
                Some(head) => {
                    if transaction.open_table(TURNS)?.get((key, head.get()))?.is_none() {
                        return Err(format!("it has no turn {head}").into());
                    }
                    branches.insert((key, branch), head.get())?;
                }
                None => _ = branches.remove((key, branch))?,
            }
            Ok(())
        });
        changed.map_err(|error| failed("change a branch of", key, error))
    }

    async fn summaries(&self, key: &str) -> Result<Vec<Summary>> {
        let loaded = self.read(|transaction| summaries(transaction, key));
        loaded.map_err(|error| failed("load the summaries of", key, error))
    }

    async fn save_summary(&self, key: &str, summary: &Summary) -> Result<()> {
        let saved = self.write(|transaction| {
            let place = (key, summary.id.as_str());
            transaction.open_table(SUMMARIES)?.insert(place, summary.text.as_str())?;
            Ok(())
        });
        saved.map_err(|error| failed("save a summary of", key, error))
    }

    async fn delete(&self, key: &str) -> Result<()> {
        let deleted = self.write(|transaction| {
            let all = (key, 0)..=(key, u64::MAX);
            transaction.open_table(TURNS)?.retain_in(all, |_, _| false)?;
            clear(transaction.open_table(BRANCHES)?, key)?;
            clear(transaction.open_table(SUMMARIES)?, key)?;
            Ok(())
        });
        deleted.map_err(|error| failed("delete", key, error))
    }

    async fn keys(&self) -> Result<Vec<String>> {
        self.read(keys).map_err(|error| {
            let message = format!("failed to list the conversations: {error}");
            Error::new(ErrorKind::Other, message).with_source(error)
        })
    }

    fn append_now(&self, key: &str, branch: &str, turn: &Turn) -> Option<Result<()>> {
        Some(self.save(key, branch, turn))
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").finish_non_exhaustive()
    }
}
