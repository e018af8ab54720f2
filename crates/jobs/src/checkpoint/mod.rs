//! Checkpoints: steps whose outputs the journal of a job keeps.

#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod checkpoint;
mod checkpoints;
mod current_item;
mod ext;

pub use self::{checkpoint::Checkpoint, ext::CheckpointExt};
pub(crate) use self::{checkpoints::Checkpoints, current_item::CurrentItem};
