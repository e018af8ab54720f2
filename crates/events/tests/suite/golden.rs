//! Compares text with files.

use std::{env, fs, path::Path};

/// Compares a text with a file in the folder `tests/golden`. If the environment variable
/// `UPDATE_GOLDEN` is set, writes the file instead.
pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{} differs; set UPDATE_GOLDEN to update it", path.display());
}
