//! [`Folder`]: the files of a folder and the folders in it.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use runnable_core::Result;

use super::{feed::Feed, text_file::read_failed};

/// The files of a folder, in the order of their paths. Only one folder of each level is in memory.
pub(crate) struct Folder {
    /// For each open folder, the entries that are still to be visited, the next one at the end.
    levels: Vec<Vec<Entry>>,
}

struct Entry {
    file: FolderFile,
    is_folder: bool,
}

/// A file in a folder.
pub(crate) struct FolderFile {
    pub(crate) path: PathBuf,
    /// The path in the folder, with `/` between the names.
    pub(crate) key: String,
    /// Whether the names in the key are exact.
    pub(crate) is_named_in_utf8: bool,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let root = FolderFile { path: path.to_owned(), key: String::new(), is_named_in_utf8: true };
        Ok(Self { levels: vec![entries(&root)?] })
    }

    /// Returns the next file.
    pub(crate) fn next(&mut self) -> Result<Option<FolderFile>> {
        while let Some(level) = self.levels.last_mut() {
            match level.pop() {
                Some(entry) if entry.is_folder => self.levels.push(entries(&entry.file)?),
                Some(entry) => return Ok(Some(entry.file)),
                None => _ = self.levels.pop(),
            }
        }
        Ok(None)
    }
}

/// Returns the entries of a folder in reverse order, without those whose name begins with a dot.
fn entries(folder: &FolderFile) -> Result<Vec<Entry>> {
    let failed = |error| read_failed(&folder.path, error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(&folder.path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let exact = name.to_str().is_some();
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let path = entry.path();
        let mut kind = entry.file_type().map_err(failed)?;
        if kind.is_symlink() {
            // A link to a folder could lead back to this folder. A link without a target is
            // treated as a missing file.
            kind = fs::metadata(&path).map_err(|error| read_failed(&path, error))?.file_type();
            if kind.is_dir() {
                continue;
            }
        }
        let key = match &*folder.key {
            "" => name.into_owned(),
            parent => format!("{parent}/{name}"),
        };
        let is_named_in_utf8 = exact && folder.is_named_in_utf8;
        // A pipe or a socket would block, and is not a document.
        if kind.is_dir() || kind.is_file() {
            let file = FolderFile { path, key, is_named_in_utf8 };
            entries.push(Entry { file, is_folder: kind.is_dir() });
        }
    }
    entries.sort_unstable_by(|a, b| b.file.path.cmp(&a.file.path));
    Ok(entries)
}

/// Reads a file with a limit on its length. The inner error is the beginning of a longer file.
pub(crate) fn read_limited<U: Send>(
    path: &Path,
    max_bytes: usize,
    feed: &Feed<U>,
) -> Result<Result<Vec<u8>, Vec<u8>>> {
    let failed = |error| read_failed(path, error);
    let mut bytes = Vec::new();
    let file = feed.watched(File::open(path).map_err(failed)?);
    let most = (max_bytes as u64).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() <= max_bytes {
        return Ok(Ok(bytes));
    }
    bytes.truncate(1024);
    Ok(Err(bytes))
}
