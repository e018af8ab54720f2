//! The tables of a [`RedbJournal`](super::RedbJournal), and the operations on them.

use std::ops::Bound;

use redb::{
    ReadTransaction, ReadableDatabase, Table, TableDefinition, TableError, WriteTransaction,
};

use super::{
    journal_change::JournalChange,
    journal_key::{JournalKey, JournalPart},
    redb_handle::Handle,
};

type Definition = TableDefinition<'static, &'static str, &'static [u8]>;

/// Returns the table of a part.
fn table(part: JournalPart) -> Definition {
    TableDefinition::new(part.as_str())
}

/// The maximum number of bytes of the entries of a scan, unless the first entry is larger.
const MOST_BYTES: usize = 1 << 20;

fn open_to_read(
    read: &ReadTransaction,
    part: JournalPart,
) -> Result<Option<redb::ReadOnlyTable<&'static str, &'static [u8]>>, redb::Error> {
    match read.open_table(table(part)) {
        Ok(table) => Ok(Some(table)),
        // Nothing was stored yet.
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the values of the keys.
pub(super) fn read(
    database: &Handle,
    keys: &[JournalKey],
) -> Result<Vec<Option<Vec<u8>>>, redb::Error> {
    let read = database.get()?.begin_read()?;
    let mut values = Vec::with_capacity(keys.len());
    let mut open = None;
    for JournalKey { part, name } in keys {
        let (_, table) = match open.take() {
            Some((opened, table)) if opened == *part => open.insert((opened, table)),
            _ => open.insert((*part, open_to_read(&read, *part)?)),
        };
        let value = match table {
            Some(table) => table.get(name.as_str())?.map(|value| value.value().to_vec()),
            None => None,
        };
        values.push(value);
    }
    Ok(values)
}

/// Returns the entries of a part that come after a name.
pub(super) fn scan(
    database: &Handle,
    part: JournalPart,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, Vec<u8>)>, redb::Error> {
    let read = database.get()?.begin_read()?;
    let Some(table) = open_to_read(&read, part)? else {
        return Ok(Vec::new());
    };
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut entries = Vec::new();
    let mut bytes = 0;
    for entry in table.range::<&str>((from, Bound::Unbounded))?.take(limit) {
        let (name, value) = entry?;
        bytes += name.value().len() + value.value().len();
        if bytes > MOST_BYTES && !entries.is_empty() {
            break;
        }
        entries.push((name.value().to_owned(), value.value().to_vec()));
    }
    Ok(entries)
}

/// Makes changes in a transaction, in their order.
pub(super) fn change<'a>(
    write: &WriteTransaction,
    changes: impl IntoIterator<Item = &'a JournalChange>,
) -> Result<(), redb::Error> {
    let mut tables: [Option<Table<'_, &str, &[u8]>>; JournalPart::ALL.len()] = Default::default();
    for change in changes {
        let JournalKey { part, name } = change.key();
        let table = match &mut tables[*part as usize] {
            Some(table) => table,
            closed => closed.insert(write.open_table(table(*part))?),
        };
        match change {
            JournalChange::Put { value, .. } => {
                _ = table.insert(name.as_str(), value.as_slice())?
            }
            JournalChange::Delete { .. } => _ = table.remove(name.as_str())?,
        }
    }
    Ok(())
}
