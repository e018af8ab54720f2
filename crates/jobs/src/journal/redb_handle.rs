//! [`Handle`]: a database that is open.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use redb::Database;

/// A database that is open. A clone is a handle to the same database, which is closed when the last
/// handle is dropped.
#[derive(Clone)]
pub(super) struct Handle {
    database: Arc<Closing>,
}

/// Closes a database. A database with damaged content can panic in this moment, and a panic in
/// `drop` could end the program.
struct Closing(Option<Database>);

impl Handle {
    pub(super) fn new(database: Database) -> Self {
        Self { database: Arc::new(Closing(Some(database))) }
    }

    pub(super) fn get(&self) -> Result<&Database, redb::Error> {
        self.database.0.as_ref().ok_or(redb::Error::DatabaseClosed)
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        let database = self.0.take();
        // Everything that was written is on the disk already, so there is nothing to report.
        _ = catch_unwind(AssertUnwindSafe(|| drop(database)));
    }
}
