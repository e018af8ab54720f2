//! The tables of a [`RedbStore`](super::RedbStore), and the operations on them.

use redb::{
    Database, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction,
};
use runnable_core::{Error, ErrorKind, Result};

use crate::{CacheKey, CachedAnswer};

/// The answers, by the hash of their key. A value is a record, see [`Record`].
const ANSWERS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("answers");

/// The hashes of the answers, by the number of the answer. Answers are numbered in the order in
/// which they were stored.
const ORDER: TableDefinition<'_, u64, u64> = TableDefinition::new("order");

/// The number of bytes of all records, in its only entry.
const SIZE: TableDefinition<'_, (), u64> = TableDefinition::new("size");

/// A record: the number of the answer, the length of the key, the key, and the answer as JSON.
///
/// The key is stored and compared, because two keys can have the same hash.
struct Record<'a> {
    number: u64,
    key: &'a [u8],
    json: &'a [u8],
}

impl<'a> Record<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (key, json) = rest.split_at_checked(length)?;
        Some(Self { number: u64::from_le_bytes(*number), key, json })
    }

    fn write(&self) -> Vec<u8> {
        let length = self.key.len() as u64;
        [&self.number.to_le_bytes(), &length.to_le_bytes(), self.key, self.json].concat()
    }
}

/// Returns the 64-bit FNV-1a hash of a key. It is the same in all versions of this crate, unlike
/// the hashes of the standard library.
fn hash(key: &CacheKey) -> u64 {
    key.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Returns the answer with this key.
pub(super) fn lookup(database: &Database, key: &CacheKey) -> Result<Option<CachedAnswer>> {
    let read = database.begin_read().map_err(failed)?;
    let answers = match read.open_table(ANSWERS) {
        Ok(answers) => answers,
        // Nothing has been stored yet.
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let Some(bytes) = answers.get(hash(key)).map_err(failed)? else {
        return Ok(None);
    };
    let Some(record) = Record::read(bytes.value()).filter(|record| record.key == key.as_bytes())
    else {
        return Ok(None);
    };
    // An answer of another version of this crate may have another form. It counts as missing, so
    // that the next answer replaces it.
    Ok(serde_json::from_slice(record.json).ok())
}

/// Stores an answer, and removes the oldest answers until all records fit into `max_bytes`.
pub(super) fn update(
    write: &WriteTransaction,
    key: &CacheKey,
    answer: &CachedAnswer,
    max_bytes: u64,
) -> Result<()> {
    let json = serde_json::to_vec(answer).map_err(failed)?;
    let mut answers = write.open_table(ANSWERS).map_err(failed)?;
    let mut order = write.open_table(ORDER).map_err(failed)?;
    let mut sizes = write.open_table(SIZE).map_err(failed)?;
    let mut size = sizes.get(()).map_err(failed)?.map_or(0, |size| size.value());

    let last = order.last().map_err(failed)?.map_or(0, |(number, _)| number.value());
    let number = last.saturating_add(1);
    let record = Record { number, key: key.as_bytes(), json: &json }.write();
    let hash = hash(key);
    if let Some(previous) = answers.insert(hash, &*record).map_err(failed)? {
        size = size.saturating_sub(previous.value().len() as u64);
        if let Some(previous) = Record::read(previous.value()) {
            order.remove(previous.number).map_err(failed)?;
        }
    }
    order.insert(number, hash).map_err(failed)?;
    size = size.saturating_add(record.len() as u64);

    while size > max_bytes {
        let Some(oldest) = order.pop_first().map_err(failed)?.map(|(_, hash)| hash.value()) else {
            break;
        };
        if let Some(removed) = answers.remove(oldest).map_err(failed)? {
            size = size.saturating_sub(removed.value().len() as u64);
        }
    }
    sizes.insert((), size).map_err(failed)?;
    Ok(())
}

/// Removes all answers.
pub(super) fn clear(write: &WriteTransaction) -> Result<()> {
    write.delete_table(ANSWERS).map_err(failed)?;
    write.delete_table(ORDER).map_err(failed)?;
    write.delete_table(SIZE).map_err(failed)?;
    Ok(())
}

/// Returns the number of bytes of all records.
pub(super) fn bytes(database: &Database) -> Result<u64> {
    let read = database.begin_read().map_err(failed)?;
    match read.open_table(SIZE) {
        Ok(sizes) => Ok(sizes.get(()).map_err(failed)?.map_or(0, |size| size.value())),
        Err(TableError::TableDoesNotExist(_)) => Ok(0),
        Err(error) => Err(failed(error)),
    }
}

pub(super) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let message = format!("failed to access the file of the answer cache: {error}");
    Error::new(ErrorKind::Other, message).with_source(error)
}
