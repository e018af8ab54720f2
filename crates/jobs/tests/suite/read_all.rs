//! Reads all items of a source, and writes results to an output.

use std::path::{Path, PathBuf};

use futures::{StreamExt, executor::block_on};
use runnable_core::Result;
use runnable_jobs::{JobInputs, JobItem, JobOutput, JobResult, ReadItem};
use serde_json::Value;

/// A folder that is removed after the test.
pub(crate) struct TestFolder(tempfile::TempDir);

impl TestFolder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and returns its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// Reads all items. The last one may be the error of the source.
pub(crate) fn read_all<T: 'static>(inputs: impl JobInputs<T>) -> Vec<Result<ReadItem<T>>> {
    block_on(Box::new(inputs).read().collect())
}

/// Reads the keys and inputs of a source without invalid items.
pub(crate) fn read_items<T: 'static>(inputs: impl JobInputs<T>) -> Vec<(String, T)> {
    let items = read_all(inputs).into_iter().map(|item| match item.unwrap() {
        ReadItem::Item(JobItem { key, input }) => (key, input),
        ReadItem::Malformed { error, .. } => panic!("{error}"),
        _ => unreachable!(),
    });
    items.collect()
}

/// Reads a source, with a line for each item that starts with its key.
pub(crate) fn read_lines(inputs: impl JobInputs<Value>) -> Vec<String> {
    let items = read_all(inputs).into_iter().map(|item| match item {
        Ok(ReadItem::Item(JobItem { key, input })) => format!("{key}: {input}"),
        Ok(ReadItem::Malformed { key, error, .. }) => format!("{key}: {}", without_path(&error)),
        Ok(_) => unreachable!(),
        Err(error) => format!("failed: {}", without_path(&error)),
    });
    items.collect()
}

/// Returns the message of an error, with the last part of each path only.
pub(crate) fn without_path(error: &runnable_core::Error) -> String {
    let message = error.message();
    let parts = message.split('`').enumerate().map(|(index, part)| {
        if index % 2 == 1 && part.starts_with('/') {
            part.rsplit('/').next().unwrap()
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("`")
}

/// Writes results to an output.
pub(crate) fn write_all(output: &impl JobOutput, results: &[JobResult]) -> Result<()> {
    let mut writer = output.open()?;
    results.iter().try_for_each(|result| writer.write(result))?;
    writer.finish()
}
