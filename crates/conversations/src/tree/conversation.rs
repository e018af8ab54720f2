//! [`Conversation`]: the turns and the branches of a conversation.

use std::collections::BTreeMap;

use runnable_chat::Message;
use runnable_core::{Error, ErrorKind, Result};

use super::{Turn, TurnId};

/// The name of the branch that a conversation has by default.
pub const MAIN_BRANCH: &str = "main";

/// The number of names that an error lists.
const LISTED: usize = 10;

/// The turns and the branches of a conversation, as they are stored.
///
/// The turns form a tree: each turn names the turn that it continues. A branch is a name for the
/// last turn of a line of turns. Turns are never changed or removed, so an earlier line remains
/// available after an edit.
///
/// # Examples
///
/// ```
/// use runnable_chat::{ai, human};
/// use runnable_conversations::{Conversation, Turn, TurnId, TurnStatus};
///
/// # fn main() -> runnable_core::Result<()> {
/// let mut conversation = Conversation::new();
/// let turn = Turn::new(conversation.next_id(), None, [human("Hi")]);
/// conversation.append("main", turn.with_answer([ai("Hello")], TurnStatus::Complete))?;
///
/// assert_eq!(conversation.head("main"), Some(TurnId::new(1)));
/// assert_eq!(conversation.messages("main"), [human("Hi"), ai("Hello")]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    turns: BTreeMap<TurnId, Turn>,
    branches: BTreeMap<String, TurnId>,
}

impl Conversation {
    /// Creates a conversation without turns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a turn, and moves the branch to it. A missing branch is created.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`insert`](Self::insert).
    pub fn append(&mut self, branch: &str, turn: Turn) -> Result<()> {
        let head = turn.id;
        self.insert(turn)?;
        self.branches.insert(branch.to_owned(), head);
        Ok(())
    }

    /// Adds a turn, without a change of the branches. A store uses it to load a conversation.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Other`] if there is already a turn with this ID, and
    /// [`ErrorKind::NotFound`] if the parent of the turn is missing or is not an earlier turn.
    pub fn insert(&mut self, turn: Turn) -> Result<()> {
        if self.turns.contains_key(&turn.id) {
            let message = format!(
                "a turn with the id {} exists already: another program has continued the \
                 conversation; load it again",
                turn.id
            );
            return Err(Error::new(ErrorKind::Other, message));
        }
        if let Some(parent) = turn.parent.filter(|parent| *parent >= turn.id) {
            let message = format!(
                "invalid parent {parent} of the turn {}: expected the id of an earlier turn",
                turn.id
            );
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        turn.parent.map(|parent| self.find(parent)).transpose()?;
        self.turns.insert(turn.id, turn);
        Ok(())
    }

    /// Lets a branch end at this turn. A missing branch is created. `None` removes the branch, but
    /// not its turns.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::NotFound`] if there is no turn with this ID.
    pub fn set_branch(&mut self, branch: &str, head: Option<TurnId>) -> Result<()> {
        match head {
            Some(head) => {
                self.find(head)?;
                self.branches.insert(branch.to_owned(), head);
            }
            None => _ = self.branches.remove(branch),
        }
        Ok(())
    }

    /// Returns whether the conversation has no turns.
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Returns all turns of all branches, in the order in which they ended.
    pub fn turns(&self) -> impl Iterator<Item = &Turn> {
        self.turns.values()
    }

    /// Returns the turn with this ID.
    pub fn turn(&self, id: TurnId) -> Option<&Turn> {
        self.turns.get(&id)
    }

    /// Returns the names of the branches and their last turns, sorted by name.
    pub fn branches(&self) -> impl Iterator<Item = (&str, TurnId)> {
        self.branches.iter().map(|(name, head)| (name.as_str(), *head))
    }

    /// Returns the last turn of a branch, or `None` if there is no such branch.
    pub fn head(&self, branch: &str) -> Option<TurnId> {
        self.branches.get(branch).copied()
    }

    /// Returns the turns of a branch, oldest first. An unknown branch has no turns.
    pub fn branch(&self, branch: &str) -> Vec<&Turn> {
        self.head(branch).map(|head| self.path_to(head)).unwrap_or_default()
    }

    /// Returns the turns that lead to this turn, oldest first. The last one is the turn itself.
    pub fn path_to(&self, id: TurnId) -> Vec<&Turn> {
        let parent = |turn: &&Turn| turn.parent.and_then(|parent| self.turn(parent));
        let mut path: Vec<_> = std::iter::successors(self.turn(id), parent).collect();
        path.reverse();
        path
    }

    /// Returns the turns that continue the same turn as this one, with this one, oldest first.
    ///
    /// After an edit, these are the versions of the edited turn.
    pub fn versions_of(&self, id: TurnId) -> Vec<&Turn> {
        let Some(turn) = self.turn(id) else { return Vec::new() };
        self.turns().filter(|other| other.parent == turn.parent).collect()
    }

    /// Returns the messages of a branch that the next turn sends to the model.
    ///
    /// See [`Turn::messages`] for turns that were cut off.
    pub fn messages(&self, branch: &str) -> Vec<Message> {
        self.head(branch).map(|head| self.messages_to(head)).unwrap_or_default()
    }

    /// Returns the messages that a turn after this turn sends to the model.
    pub fn messages_to(&self, id: TurnId) -> Vec<Message> {
        self.path_to(id).into_iter().flat_map(Turn::messages).collect()
    }

    /// Returns the ID for the next turn. The first ID is 1.
    pub fn next_id(&self) -> TurnId {
        let last = self.turns.last_key_value().map_or(0, |(last, _)| last.get());
        TurnId::new(last.saturating_add(1))
    }

    /// Returns the turn that the next turn of the branch continues.
    pub(crate) fn end_of(&self, branch: &str) -> Result<Option<TurnId>> {
        let head = self.head(branch);
        if head.is_none() && branch != MAIN_BRANCH && !self.is_empty() {
            let names = self.branches.keys().take(LISTED).map(|name| format!("`{name}`"));
            let message = format!(
                "unknown branch `{branch}`: expected one of {}; to start a branch, use \
                 `TurnInput::after` or `TurnInput::instead_of`",
                names.collect::<Vec<_>>().join(", ")
            );
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        Ok(head)
    }

    /// Returns the turn with this ID, or an error that says which turns there are.
    pub(crate) fn find(&self, id: TurnId) -> Result<&Turn> {
        self.turn(id).ok_or_else(|| {
            let message = match self.turns.last_key_value() {
                Some((last, _)) => format!("unknown turn {id}: the last turn is {last}"),
                None => format!("unknown turn {id}: the conversation has no turns"),
            };
            Error::new(ErrorKind::NotFound, message)
        })
    }
}
