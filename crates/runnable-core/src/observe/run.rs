//! [`Run`]: the description of an execution of a step, for listeners.

use std::{borrow::Cow, fmt, panic::Location, sync::Arc};

use crate::{RunId, error::Part};

/// The metadata of a run: a JSON object.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// The description of one execution of a step, for listeners.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// The id of this run.
    pub id: RunId,
    /// The ids of the observed runs that enclose this run, outermost first.
    pub parent_ids: Arc<[RunId]>,
    /// The names of the runs in `parent_ids`, in the same order.
    pub parent_names: Arc<[Cow<'static, str>]>,
    /// The name of the step, or the name that the call has set for this run.
    pub name: Cow<'static, str>,
    /// The source location of the closure from which the step is made. `None` for other steps, and
    /// for a run whose name was set.
    pub source: Option<&'static Location<'static>>,
    /// The kind of the step.
    #[doc(alias = "run_type")]
    pub kind: RunKind,
    /// The run's position in its parent, such as `seq:step:2`, `map:key:context`, `condition:2` or
    /// `fallback:1`. Except for a fallback, it is also the first of the `tags`. `None` if the
    /// position is not specific.
    pub position: Option<Cow<'static, str>>,
    /// The choice of the transparent step that called this step: `route:` and the name of the route
    /// for a [`router`](crate::router()), or the key and the name, such as `model=small`, for
    /// [`configurable_alternatives`](crate::RunnableExt::configurable_alternatives). The choices of
    /// nested steps are separated by a comma and a space, outermost first. `None` for all other
    /// runs.
    pub choice: Option<Cow<'static, str>>,
    /// The index of the input, if this run processes one input of a batch or one item of
    /// [`each`](crate::RunnableExt::each). `None` for all other runs, also for the runs inside this
    /// run.
    pub batch_index: Option<usize>,
    /// The number of the attempt, counted from 1, if the run is an attempt of
    /// [`with_retry`](crate::RunnableExt::with_retry).
    pub attempt: Option<u32>,
    /// The tags of the run: its position in its parent, such as `seq:step:2`, and the tags that it
    /// sets or inherits.
    pub tags: Arc<[Cow<'static, str>]>,
    /// The metadata of the call and of the step.
    pub metadata: Arc<Metadata>,
}

impl Run {
    /// Returns the element that this run adds to the path of an error.
    pub(crate) fn part(&self) -> Part {
        Part { name: self.name.clone(), source: self.source }
    }

    /// Returns the id of the nearest observed run that encloses this run.
    #[doc(alias = "parent_run_id")]
    pub fn parent_id(&self) -> Option<RunId> {
        self.parent_ids.last().copied()
    }

    /// Returns the id of the outermost observed run. If no observed run encloses this run, this is
    /// its own id.
    pub fn root_id(&self) -> RunId {
        self.parent_ids.first().copied().unwrap_or(self.id)
    }
}

/// The kind of a run, which appears in the names of its events, such as `on_chain_start`.
///
/// This crate only defines [`CHAIN`](Self::CHAIN). Crates with other kinds of steps define their
/// own kinds.
#[doc(alias = "run_type")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunKind(&'static str);

impl RunKind {
    /// A chain, a combinator or a function. This is the default.
    pub const CHAIN: Self = Self::new("chain");

    /// Creates a kind with a name in `snake_case`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::RunKind;
    ///
    /// assert_eq!(RunKind::new("retriever").as_str(), "retriever");
    /// ```
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the name of the kind.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for RunKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
