//! The parts of items, and the blocks that they become.

/// What a part of an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartKind {
    Text,
    Refusal,
    Summary,
    /// Thoughts themselves.
    Thoughts,
}

/// A part of which something has come.
#[derive(Debug)]
pub(super) struct PartReader {
    pub(super) kind: PartKind,
    pub(super) index: u64,
    pub(super) block: u32,
    /// Its text, as far as it has come.
    pub(super) sent: String,
    pub(super) annotations: usize,
}

/// Counts blocks.
#[derive(Debug, Default)]
pub(super) struct Blocks(u32);

impl Blocks {
    pub(super) fn next(&mut self) -> u32 {
        let block = self.0;
        self.0 = block.saturating_add(1);
        block
    }
}
