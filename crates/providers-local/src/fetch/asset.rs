//! The model file that is downloaded, and the verification of its content.

use super::failure::Failure;
use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    io::{Read, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// The number of bytes that are read between two checks of the cancel flag.
const BLOCK: usize = 1 << 16;

/// A file whose content is known in advance, so that a download can be verified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset {
    /// The name of the file in the cache.
    pub(crate) file_name: &'static str,
    /// The size in bytes.
    pub(crate) size: u64,
    /// The SHA-256 of the content, in lowercase hexadecimal digits.
    pub(crate) sha256: &'static str,
}

/// The model that is used by default.
pub(crate) const DEFAULT_MODEL: Asset = Asset {
    file_name: "SmolLM2-135M-Instruct.Q4_1.gguf",
    size: 98_362_432,
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
};

impl Asset {
    /// Copies the file from `source` to `target` and verifies it, and reports the number of
    /// received bytes. If this fails, the content of the target is incomplete or invalid.
    pub(super) fn receive(
        &self,
        source: impl Read,
        target: &mut impl Write,
        cancel: &AtomicBool,
        progress: impl Fn(u64),
    ) -> Result<(), Failure> {
        // Read up to one byte more than expected, to detect a source that sends too much.
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

/// The size and the SHA-256 of a file, computed while the file is received.
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

    /// Checks that the received bytes are the content of `asset`. Returns the reason if they are
    /// not.
    fn check(self, asset: &Asset) -> Result<(), String> {
        if self.size != asset.size {
            return Err(format!("received {} bytes, expected {}", self.size, asset.size));
        }
        let mut found = String::new();
        for byte in self.hash.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(found, "{byte:02x}");
        }
        if found == asset.sha256 {
            Ok(())
        } else {
            Err(format!("the SHA-256 is {found}, expected {}", asset.sha256))
        }
    }
}
