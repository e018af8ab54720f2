//! The files of outputs.

mod atomic_file;
mod columns;
mod table;

pub use self::atomic_file::AtomicFile;
pub(super) use self::table::{Table, TableOptions};
#[cfg(feature = "parquet")]
pub(super) use self::{atomic_file::write_failed, columns::ColumnKind};
