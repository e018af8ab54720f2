//! The files that commands write.

#![cfg(unix)]

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use crate::{program::runnable, recordings::Recorded};

/// Returns an empty folder.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test]
async fn a_written_file_keeps_its_link_and_its_permissions() {
    let recorded = Recorded::greeting("linked.jsonl", "ada").await;
    let folder = folder("written_link");
    let (file, link) = (folder.join("private.mmd"), folder.join("link.mmd"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    symlink("private.mmd", &link).unwrap();
    let written = runnable(&["mermaid", recorded.path(), "-o", link.to_str().unwrap()]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("private.mmd"));
    assert!(fs::read_to_string(&file).unwrap().starts_with("sequenceDiagram"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "no temporary file is left");
}

#[tokio::test]
async fn a_link_to_a_missing_file_creates_the_file() {
    let recorded = Recorded::greeting("dangling.jsonl", "ada").await;
    let folder = folder("written_dangling");
    let link = folder.join("link.mmd");
    symlink("new.mmd", &link).unwrap();
    let written = runnable(&["mermaid", recorded.path(), "-o", link.to_str().unwrap()]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(fs::read_to_string(folder.join("new.mmd")).unwrap().starts_with("sequenceDiagram"));
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("new.mmd"));
}
