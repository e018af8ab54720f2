//! [`folder_name`]: the name of the folder of a candidate or of a scorer.

use xxhash_rust::xxh3::xxh3_64;

/// The number of characters of a name that are part of the name of its folder.
const READABLE: usize = 40;

/// Returns a name that is valid on all file systems, and differs if the names differ.
///
/// It consists of the letters and digits of the name, for readers, and a hash. Without the hash, the
/// names `a b` and `a-b` would share a folder.
pub(super) fn folder_name(name: &str) -> String {
    let mut folder = String::new();
    for character in name.chars().take(READABLE) {
        if character.is_ascii_alphanumeric() {
            folder.push(character.to_ascii_lowercase());
        } else if !folder.is_empty() && !folder.ends_with('-') {
            folder.push('-');
        }
    }
    if !folder.is_empty() && !folder.ends_with('-') {
        folder.push('-');
    }
    format!("{folder}{:08x}", xxh3_64(name.as_bytes()) as u32)
}
