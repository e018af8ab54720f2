//! A file of the project, with its text.

/// A file of the project.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// The path relative to the root of the workspace, with `/` between folders.
    pub(crate) path: String,
    /// The length in bytes.
    pub(crate) size: u64,
    /// The text, or `None` for a binary file.
    pub(crate) text: Option<String>,
}

impl File {
    pub(crate) fn new(path: impl Into<String>, bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        Self { path: path.into(), size, text }
    }

    /// Returns the folders of the file followed by its name.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.path.split('/').collect()
    }

    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Returns the text of a Rust source file.
    pub(crate) fn rust(&self) -> Option<&str> {
        self.text.as_deref().filter(|_| self.path.ends_with(".rs"))
    }

    /// Returns whether the file is in a folder of tests.
    pub(crate) fn is_in_tests(&self) -> bool {
        self.parts().iter().rev().skip(1).any(|folder| *folder == "tests")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_file_has_no_text() {
        assert_eq!(File::new("a.bin", vec![0xff, 0xfe]).text, None);
        assert_eq!(File::new("a.bin", b"a\0b".to_vec()).text, None);
        assert_eq!(File::new("a.txt", b"a".to_vec()).text.as_deref(), Some("a"));
    }

    #[test]
    fn a_file_called_tests_is_not_in_a_folder_of_tests() {
        assert!(File::new("crates/a/tests/it.rs", Vec::new()).is_in_tests());
        assert!(!File::new("crates/a/src/tests", Vec::new()).is_in_tests());
    }
}
