//! Rule: no file is large, because large files would make every clone of the repository slow.

use super::finding::Finding;
use crate::file::File;
use crate::tree::Tree;

/// The maximum size of a file in bytes.
const LIMIT: u64 = 1 << 20;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().filter_map(too_large).collect()
}

fn too_large(file: &File) -> Option<Finding> {
    let size = file.size;
    (size > LIMIT).then(|| {
        let message =
            format!("the file has {size} bytes, limit {LIMIT}; keep it out of the repository");
        Finding::of_file(&file.path, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rule::assert_complies;

    #[test]
    fn the_checkout_complies() {
        assert_complies(check);
    }

    #[test]
    fn the_limit_is_the_last_byte_allowed() {
        let (fits, exceeds) = ("a".repeat(1 << 20), "a".repeat((1 << 20) + 1));
        let found = check(&Tree::of([("fits.txt", &fits), ("exceeds.txt", &exceeds)]));
        let message = "the file has 1048577 bytes, limit 1048576; keep it out of the repository";
        assert_eq!(found, [Finding::of_file("exceeds.txt", message)]);
    }
}
