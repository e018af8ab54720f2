//! [`Unsaved`]: a turn that has ended and is not in the store yet.

use runnable_core::Result;

use crate::{
    store::ErasedStore,
    tree::{Conversation, Turn},
};

/// A turn that has ended and is not in the store yet, and the branch that it moves.
#[derive(Debug)]
pub(crate) struct Unsaved {
    pub(crate) branch: String,
    pub(crate) turn: Turn,
}

/// Saves the turns in order, and adds them to the loaded conversation. A turn remains in the list if
/// it cannot be saved.
pub(crate) async fn save_all(
    unsaved: &mut Vec<Unsaved>,
    store: &dyn ErasedStore,
    key: &str,
    conversation: &mut Conversation,
) -> Result<()> {
    while let Some(Unsaved { branch, turn }) = unsaved.first_mut() {
        // A save whose future was dropped may have been completed by the store.
        if conversation.turn(turn.id) != Some(turn) {
            // Another program may have used the ID in the meantime.
            if conversation.turn(turn.id).is_some() {
                turn.id = conversation.next_id();
            }
            store.append(key, branch, turn).await?;
            conversation.append(branch, turn.clone())?;
        }
        unsaved.remove(0);
    }
    Ok(())
}
