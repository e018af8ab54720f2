//! A conversation as it is stored: turns that form a tree, and branches that name positions in it.

mod conversation;
mod turn;
mod turn_id;
mod turn_start;

pub use self::{
    conversation::{Conversation, MAIN_BRANCH},
    turn::{Turn, TurnStatus},
    turn_id::TurnId,
    turn_start::TurnStart,
};
