//! The one file that is fetched, and how it is told from any other.

use super::failure::Failure;
use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    io::{Read, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// How much is read between two looks at the cancel flag.
const BLOCK: usize = 1 << 16;

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

impl Asset {
    /// Copies the file from `source` to `target`, which is of no use unless this succeeds, and tells
    /// how many bytes have come.
    pub(super) fn receive(
        &self,
        source: impl Read,
        target: &mut impl Write,
        cancel: &AtomicBool,
        progress: impl Fn(u64),
    ) -> Result<(), Failure> {
        // One byte more than there should be: enough to notice that a source does not end.
        let mut source = source.take(self.size + 1);
        let mut sum = Sum::default();
        let mut block = vec![0; BLOCK];
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Err(Failure::Cancelled);
            }
            let length = source.read(&mut block).map_err(Failure::because)?;
            let Some(bytes) = block.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
            target.write_all(bytes).map_err(Failure::because)?;
            sum.add(bytes);
            progress(sum.size);
        }
        sum.check(self).map_err(Failure::Because)
    }
}

/// The sum of a file, computed while the file passes by.
#[derive(Default)]
struct Sum {
    hash: Sha256,
    size: u64,
}

impl Sum {
    /// Adds the next bytes.
    fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// Whether the bytes were those of `asset`; if not, the reason.
    fn check(self, asset: &Asset) -> Result<(), String> {
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
