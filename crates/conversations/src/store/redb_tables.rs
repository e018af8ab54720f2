//! What a [`RedbStore`](super::RedbStore) reads from the tables of its file, and writes to them.

use std::collections::BTreeMap;

use redb::{
    ReadTransaction, ReadableTable, Table, TableDefinition, TableError, Value, WriteTransaction,
};
use runnable_core::{BoxError, Result};

use super::Summary;
use crate::tree::{Conversation, Turn, TurnId, TurnStart};

/// The turns as JSON, by the key of the conversation and the number of the turn.
const TURNS: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("turns");

/// The numbers of the last turns, by the key of the conversation and the name of the branch.
const BRANCHES: TableDefinition<'_, (&str, &str), u64> = TableDefinition::new("branches");

/// The texts of the summaries, by the key of the conversation and the ID of the summary.
const SUMMARIES: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("summaries");

/// A change of a conversation.
pub(super) enum Change {
    /// A turn as JSON, and the branch that it moves.
    Append {
        branch: String,
        turn: TurnId,
        json: Vec<u8>,
    },
    SetBranch {
        branch: String,
        head: Option<TurnId>,
    },
    SaveSummary(Summary),
    Delete,
}

/// A change that was not made, because it does not fit the conversation. It says why.
pub(super) struct Refused(pub(super) String);

impl Change {
    /// Returns what this change does, for the message of an error.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Append { .. } => "save a turn of",
            Self::SetBranch { .. } => "change a branch of",
            Self::SaveSummary(_) => "save a summary of",
            Self::Delete => "delete",
        }
    }

    /// Makes the change in the transaction, or nothing of it if it is refused.
    pub(super) fn apply(
        &self,
        key: &str,
        transaction: &WriteTransaction,
    ) -> Result<Result<(), Refused>, BoxError> {
        match self {
            Self::Append { branch, turn, json } => {
                let mut turns = transaction.open_table(TURNS)?;
                let place = (key, turn.get());
                if turns.get(place)?.is_some() {
                    let reason = format!("it already has a turn {turn}; load it again");
                    return Ok(Err(Refused(reason)));
                }
                turns.insert(place, json.as_slice())?;
                transaction.open_table(BRANCHES)?.insert((key, branch.as_str()), turn.get())?;
            }
            Self::SetBranch { branch, head: Some(head) } => {
                if transaction.open_table(TURNS)?.get((key, head.get()))?.is_none() {
                    return Ok(Err(Refused(format!("it has no turn {head}"))));
                }
                transaction.open_table(BRANCHES)?.insert((key, branch.as_str()), head.get())?;
            }
            Self::SetBranch { branch, head: None } => {
                transaction.open_table(BRANCHES)?.remove((key, branch.as_str()))?;
            }
            Self::SaveSummary(summary) => {
                let place = (key, summary.id.as_str());
                transaction.open_table(SUMMARIES)?.insert(place, summary.text.as_str())?;
            }
            Self::Delete => {
                let all = (key, 0)..=(key, u64::MAX);
                transaction.open_table(TURNS)?.retain_in(all, |_, _| false)?;
                clear(transaction.open_table(BRANCHES)?, key)?;
                clear(transaction.open_table(SUMMARIES)?, key)?;
            }
        }
        Ok(Ok(()))
    }
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

/// Returns a table, or `None` if nothing has been saved yet.
fn optional<T>(table: Result<T, TableError>) -> Result<Option<T>, BoxError> {
    match table {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the conversation with this key.
pub(super) fn load(transaction: &ReadTransaction, key: &str) -> Result<Conversation, BoxError> {
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

/// Returns the part of a conversation that the next turn of a branch needs: the turns that lead to
/// its start, and the last turn, whose number comes before the number of the next turn.
///
/// Returns the complete conversation if the branch or the start is unknown, so that the error can
/// say which there are.
pub(super) fn load_line(
    transaction: &ReadTransaction,
    key: &str,
    branch: &str,
    start: TurnStart,
) -> Result<Conversation, BoxError> {
    let tables =
        (optional(transaction.open_table(TURNS))?, optional(transaction.open_table(BRANCHES))?);
    let (Some(turns), Some(branches)) = tables else { return Ok(Conversation::new()) };
    let last = turns.range((key, 0)..=(key, u64::MAX))?.next_back().transpose()?;
    let Some(last) = last.map(|(place, _)| place.value().1) else {
        return Ok(Conversation::new());
    };
    let head = branches.get((key, branch))?.map(|head| head.value());
    let start = match start {
        TurnStart::End => head,
        TurnStart::After(turn) | TurnStart::InsteadOf(turn) => Some(turn.get()),
    };
    let Some(start) = start else { return load(transaction, key) };

    let mut line: BTreeMap<u64, Turn> = BTreeMap::new();
    for end in [Some(start), head, Some(last)].into_iter().flatten() {
        let mut next = Some(end);
        while let Some(id) = next.filter(|id| !line.contains_key(id)) {
            let Some(json) = turns.get((key, id))? else { return load(transaction, key) };
            let turn: Turn = serde_json::from_slice(json.value())?;
            next = turn.parent.map(TurnId::get);
            line.insert(id, turn);
        }
    }
    let mut conversation = Conversation::new();
    for turn in line.into_values() {
        conversation.insert(turn)?;
    }
    conversation.set_branch(branch, head.map(TurnId::new))?;
    Ok(conversation)
}

/// Returns the summaries of a conversation.
pub(super) fn summaries(
    transaction: &ReadTransaction,
    key: &str,
) -> Result<Vec<Summary>, BoxError> {
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

/// Returns the keys of all conversations.
pub(super) fn keys(transaction: &ReadTransaction) -> Result<Vec<String>, BoxError> {
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
