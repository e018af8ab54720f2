//! Recordings that grow while a program follows them.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use crate::recordings::Recorded;

/// A recording that is written in pieces.
pub(crate) struct Growing {
    path: PathBuf,
    file: Option<File>,
}

impl Growing {
    /// Reserves the name of a recording, which does not exist.
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&path);
        Self { path, file: None }
    }

    pub(crate) fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) {
        let open = || File::options().append(true).create(true).open(&self.path).unwrap();
        let file = self.file.get_or_insert_with(open);
        file.write_all(bytes).unwrap();
    }

    /// Removes the content, as a program does that starts again.
    pub(crate) fn clear(&self) {
        File::create(&self.path).unwrap();
    }
}

/// Returns the lines of a recording of a greeting: a header, and the events of three runs.
pub(crate) async fn lines_of_a_greeting(file: &str) -> Vec<Vec<u8>> {
    let bytes = Recorded::greeting(file, "ada").await.bytes();
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}
