//! What is known of one run of a step.

use std::{borrow::Cow, fmt, panic::Location, sync::Arc};

use uuid::Uuid;

use crate::part::Part;

/// What a caller or a step says about a run: a JSON object.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// One run of a step, as listeners see it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// The id of this run.
    pub id: RunId,
    /// The ids of the runs around this one that are watched too, the root first.
    pub parent_ids: Arc<[RunId]>,
    /// The names of these runs, in the same order.
    pub parent_names: Arc<[Cow<'static, str>]>,
    /// What the step is called, or what the caller called this run.
    pub name: Cow<'static, str>,
    /// The place in the source of the closure that the step is made of. `None` for other steps,
    /// and for a run that has a name of its own.
    pub source: Option<&'static Location<'static>>,
    /// Of which kind the step is.
    pub kind: RunKind,
    /// The index of the input, if the run is an item of a batch, or of a list that
    /// [`each`](crate::RunnableExt::each) runs over. Runs inside the item have none.
    pub batch_index: Option<usize>,
    /// The number of the attempt, counted from 1, if the run is an attempt of a
    /// [`retry`](crate::RunnableExt::with_retry).
    pub attempt: Option<u32>,
    /// Where the run stands in its parent (`seq:step:2`), and the tags it was given or inherits.
    pub tags: Arc<[Cow<'static, str>]>,
    /// What the caller and the step said about it.
    pub metadata: Arc<Metadata>,
}

impl Run {
    /// The run on the path of an error.
    pub(crate) fn part(&self) -> Part {
        Part { name: self.name.clone(), source: self.source }
    }

    /// The id of the nearest run around this one.
    pub fn parent_id(&self) -> Option<RunId> {
        self.parent_ids.last().copied()
    }

    /// The id of the outermost run, which may be this one.
    pub fn root_id(&self) -> RunId {
        self.parent_ids.first().copied().unwrap_or(self.id)
    }
}

/// The id of a run: a UUID, by default of version 7, so that later runs have greater ids
/// ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#section-5.7)).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Uuid);

impl RunId {
    pub(crate) fn random() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id as a UUID.
    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for RunId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunId({self})")
    }
}

/// The kind of a run: the protocol's run type. It names the run's events (`on_chain_start`, …).
///
/// The crates that bring a kind of step name it; this one knows only of [chains](Self::CHAIN).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunKind(&'static str);

impl RunKind {
    /// A chain, a combinator, a function: everything that is nothing more special.
    pub const CHAIN: Self = Self::new("chain");

    /// A kind of this name, in `snake_case`.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name of the kind.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for RunKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
