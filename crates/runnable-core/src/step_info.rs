//! What a step says of itself.

use std::{any, borrow::Cow, panic::Location};

use serde_json::Value;

use crate::{Metadata, RunKind, item_limit::ItemLimit, part::Part};

/// What the runs of a step are called, of which kind they are, and which events they have.
///
/// ```
/// use runnable_core::{RunKind, StepInfo};
///
/// let info = StepInfo::new("SmolLM2")
///     .kind(RunKind::new("chat_model"))
///     .metadata("ls_provider", "local")
///     .streams_when_watched();
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct StepInfo {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: RunKind,
    pub(crate) metadata: Metadata,
    pub(crate) chunk_events: bool,
    pub(crate) streams_when_watched: bool,
    /// The place of the closure that the step is made of.
    pub(crate) source: Option<&'static Location<'static>>,
    /// The limit that a batch of the step has.
    pub(crate) limit: ItemLimit,
}

impl StepInfo {
    /// A step of this name: a chain, as far as nothing else is said.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            kind: RunKind::CHAIN,
            metadata: Metadata::new(),
            chunk_events: true,
            streams_when_watched: false,
            source: None,
            limit: ItemLimit::default(),
        }
    }

    /// A step that has the name of its type, without path and parameters.
    pub fn of<T: ?Sized>() -> Self {
        Self::new(last_segment(any::type_name::<T>()))
    }

    /// Of which kind the step is.
    pub fn with_kind(mut self, kind: RunKind) -> Self {
        self.kind = kind;
        self
    }

    /// Something that every run of the step says about itself.
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Its output comes at once by nature, and a chunk event before the end would say nothing: a
    /// prompt, a tool, a retriever.
    pub fn without_chunk_events(mut self) -> Self {
        self.chunk_events = false;
        self
    }

    /// When somebody listens for chunks, an invoked run of this step streams inside, so that the
    /// chunks can be seen: a chat model.
    pub fn streams_when_watched(mut self) -> Self {
        self.streams_when_watched = true;
        self
    }

    /// Sets the place in the source of the function that the step is made of: for a step whose
    /// [name](Self::new) many others have, such as the step of a closure.
    ///
    /// Errors and trees of runs show it beside the name, as `RunnableLambda at src/main.rs:12`.
    ///
    /// ```
    /// use std::panic::Location;
    /// use runnable_core::StepInfo;
    ///
    /// let info = StepInfo::new("RunnableLambda").source(Location::caller());
    /// ```
    pub fn source(mut self, source: &'static Location<'static>) -> Self {
        self.source = Some(source);
        self
    }

    /// A batch of the step has so many items at work at once at most, and so has an
    /// [`each`](crate::RunnableExt::each): the limit that the step brings.
    ///
    /// A step [with a configuration](crate::RunnableExt::with_config) that sets `max_concurrency` says
    /// so here, and wrappers hand it on. Of several limits, the strictest holds. It does not limit a
    /// call for one input.
    ///
    /// ```
    /// use runnable_core::StepInfo;
    ///
    /// // A service that answers two requests at once.
    /// let info = StepInfo::new("Service").max_concurrency(2);
    /// assert_eq!(info.name(), "Service");
    /// ```
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        self.limit = self.limit.at_most(limit);
        self
    }

    /// The same, with the limit that another step brings.
    pub(crate) fn limited_as(mut self, other: &Self) -> Self {
        self.limit = self.limit.and(&other.limit);
        self
    }

    /// The same, with the limit of the step that the call chooses by a key.
    pub(crate) fn limited_by_choice(
        mut self,
        key: &str,
        members: Vec<(Cow<'static, str>, ItemLimit)>,
    ) -> Self {
        self.limit = self.limit.and(&ItemLimit::of_choice(key, members));
        self
    }

    /// The same, under another name, which tells where the step is better than its place does.
    pub(crate) fn renamed(mut self, name: Cow<'static, str>) -> Self {
        self.name = name;
        self.source = None;
        self
    }

    /// The name of a run, and the place of its step unless the caller named the run.
    pub(crate) fn called(self, name: Option<Cow<'static, str>>) -> Part {
        match name {
            Some(name) => name.into(),
            None => Part { name: self.name, source: self.source },
        }
    }

    /// The name of the step.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// `core::Foo<a::Bar>` is `Foo`; a closure has no name, not even in a function that is generic.
pub(crate) fn last_segment(type_name: &'static str) -> &'static str {
    const CLOSURE: &str = "{{closure}}";
    if type_name.ends_with(CLOSURE) {
        return CLOSURE;
    }
    let plain = type_name.split('<').next().unwrap_or(type_name);
    plain.rsplit("::").next().unwrap_or(plain)
}
