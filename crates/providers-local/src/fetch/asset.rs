//! The one file that is fetched, and how it is told from any other.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A file whose content is known in advance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset {
    /// The name it is kept under.
    pub(crate) file_name: &'static str,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Its SHA-256 in lower-case hexadecimal digits.
    pub(crate) sha256: &'static str,
}

/// The model that is used when none is named.
pub(crate) const DEFAULT_MODEL: Asset = Asset {
    file_name: "SmolLM2-135M-Instruct.Q4_1.gguf",
    size: 98_362_432,
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
};

/// The sum of a file, computed while the file passes by.
#[derive(Default)]
pub(super) struct Sum {
    hash: Sha256,
    size: u64,
}

impl Sum {
    /// Adds the next bytes.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// How many bytes have been added.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether the bytes were those of `asset`; if not, the reason.
    pub(super) fn check(self, asset: &Asset) -> Result<(), String> {
        if self.size != asset.size {
            return Err(format!("it sent {} bytes instead of {}", self.size, asset.size));
        }
        let mut found = String::new();
        for byte in self.hash.finalize() {
            // Writing to a string does not fail.
            let _ = write!(found, "{byte:02x}");
        }
        match found == asset.sha256 {
            true => Ok(()),
            false => Err(format!("its SHA-256 is {found}, not {}", asset.sha256)),
        }
    }
}
