//! Checkpoints: steps whose outputs the journal of a job keeps.

#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod checkpoint;
mod checkpoints;
mod ext;

pub(crate) use self::checkpoints::Checkpoints;
pub use self::{checkpoint::Checkpoint, ext::CheckpointExt};
