//! A reader of GGUF headers. It knows how many bytes of the file remain, so it checks each length
//! in the file before using the length.

use super::value::{Kind, Numbers, Value};
use crate::error::LocalError;
use std::{io::Read, path::Path};

/// The maximum size of a header in bytes. The limit restricts how much memory an invalid length can
/// allocate. Headers with common vocabularies are ten times smaller.
const HEADER_LIMIT: u64 = 64 << 20;

/// The maximum nesting depth of arrays. The files of llama models contain no nested arrays.
const NESTING_LIMIT: usize = 4;

/// Reads little-endian values from the start of a file.
pub(super) struct Reader<'p, R> {
    path: &'p Path,
    input: R,
    offset: u64,
    end: u64,
}

impl<'p, R: Read> Reader<'p, R> {
    /// Creates a reader at the start of a file of `length` bytes.
    pub(super) fn new(path: &'p Path, input: R, length: u64) -> Self {
        Self { path, input, offset: 0, end: length.min(HEADER_LIMIT) }
    }

    /// Returns the number of bytes that have been read.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Creates an error for an inconsistency at the current position. `what` describes the problem.
    pub(super) fn broken(&self, what: impl Into<String>) -> LocalError {
        LocalError::broken_at(self.path, what, self.offset)
    }

    /// Checks that `count` items of at least `size` bytes each fit into the rest of the file, and
    /// returns `count`.
    pub(super) fn room_for(&self, count: u64, size: u64, what: &str) -> Result<usize, LocalError> {
        let left = self.end - self.offset;
        let fits = count.checked_mul(size).is_some_and(|bytes| bytes <= left);
        match usize::try_from(count) {
            Ok(count) if fits => Ok(count),
            _ => Err(self.broken(format!("{what} requires more than the remaining {left} bytes"))),
        }
    }

    /// Reads `N` bytes.
    pub(super) fn take<const N: usize>(&mut self, what: &str) -> Result<[u8; N], LocalError> {
        self.room_for(N as u64, 1, what)?;
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads a 32-bit number.
    pub(super) fn u32(&mut self, what: &str) -> Result<u32, LocalError> {
        Ok(u32::from_le_bytes(self.take(what)?))
    }

    /// Reads a 64-bit number.
    pub(super) fn u64(&mut self, what: &str) -> Result<u64, LocalError> {
        Ok(u64::from_le_bytes(self.take(what)?))
    }

    /// Reads a string with a length prefix. Invalid UTF-8 is replaced and not an error, because in
    /// practice it occurs only in descriptions.
    pub(super) fn text(&mut self, what: &str) -> Result<String, LocalError> {
        let length = self.u64(what)?;
        let bytes = self.bytes(length, 1, what)?;
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Reads the value of the metadata key `key`.
    pub(super) fn value(&mut self, key: &str) -> Result<Value, LocalError> {
        let code = self.u32(key)?;
        self.value_of(code, key, 0)
    }

    fn value_of(&mut self, code: u32, key: &str, depth: usize) -> Result<Value, LocalError> {
        match Kind::from_code(code) {
            Some(Kind::Text) => Ok(Value::Text(self.text(key)?)),
            Some(Kind::Array) if depth < NESTING_LIMIT => self.array(key, depth),
            Some(Kind::Array) => {
                Err(self.broken(format!("the arrays of {key} are nested too deeply")))
            }
            Some(scalar) => {
                let bytes = self.bytes(1, scalar.size(), key)?;
                scalar.decode(&bytes).ok_or_else(|| self.broken(format!("{key} is truncated")))
            }
            None => Err(self.broken(format!("{key} has the unknown value type {code}"))),
        }
    }

    fn array(&mut self, key: &str, depth: usize) -> Result<Value, LocalError> {
        let code = self.u32(key)?;
        let count = self.u64(key)?;
        let Some(kind) = Kind::from_code(code) else {
            return Err(self.broken(format!("{key} has the unknown element type {code}")));
        };
        match kind {
            Kind::Text => {
                let count = self.room_for(count, kind.size(), key)?;
                (0..count).map(|_| self.text(key)).collect::<Result<_, _>>().map(Value::Texts)
            }
            Kind::Array => {
                for _ in 0..self.room_for(count, kind.size(), key)? {
                    self.value_of(code, key, depth + 1)?;
                }
                Ok(Value::Nested)
            }
            scalar => {
                let bytes = self.bytes(count, scalar.size(), key)?;
                Ok(Value::Numbers(Numbers::new(scalar, bytes)))
            }
        }
    }

    fn bytes(&mut self, count: u64, size: u64, what: &str) -> Result<Vec<u8>, LocalError> {
        self.room_for(count, size, what)?;
        let length = self.room_for(count * size, 1, what)?;
        let mut bytes = vec![0; length];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), LocalError> {
        self.input.read_exact(bytes).map_err(LocalError::read(self.path))?;
        self.offset += bytes.len() as u64;
        Ok(())
    }
}
