//! [`StepInfo`]: the name, the kind and the metadata of a step.

use std::{any, borrow::Cow, panic::Location};

use serde_json::Value;

use crate::{Metadata, RunKind, concurrency::item_limit::ItemLimit, error::Part};

/// The name, the kind and the metadata of a step, and which events its runs have.
///
/// Return it from [`Runnable::info`](crate::Runnable::info).
///
/// # Examples
///
/// ```
/// use runnable_core::{RunKind, StepInfo};
///
/// let info = StepInfo::new("SmolLM2")
///     .with_kind(RunKind::new("chat_model"))
///     .with_metadata("ls_provider", "local")
///     .streams_when_watched();
/// assert_eq!(info.name(), "SmolLM2");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct StepInfo {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: RunKind,
    pub(crate) metadata: Metadata,
    pub(crate) chunk_events: bool,
    pub(crate) streams_when_watched: bool,
    /// The source location of the closure from which the step was made. `None` for other steps.
    pub(crate) source: Option<&'static Location<'static>>,
    /// The limit that the step sets for the number of concurrent inputs of a batch.
    pub(crate) limit: ItemLimit,
}

impl StepInfo {
    /// Creates the information about a step with this name.
    ///
    /// The default kind is [`RunKind::CHAIN`].
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

    /// Creates the information about a step whose name is the name of the type `T`.
    ///
    /// The name does not include the path and the parameters of the type.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::StepInfo;
    ///
    /// struct Translator;
    ///
    /// assert_eq!(StepInfo::of::<Translator>().name(), "Translator");
    /// ```
    pub fn of<T: ?Sized>() -> Self {
        Self::new(last_segment(any::type_name::<T>()))
    }

    /// Sets the kind of the step.
    #[doc(alias = "run_type")]
    pub fn with_kind(mut self, kind: RunKind) -> Self {
        self.kind = kind;
        self
    }

    /// Adds an entry to the metadata of every run of the step.
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Turns off chunk events for the runs of the step.
    ///
    /// Use this if the output always consists of one chunk, as for a prompt, a tool or a retriever.
    pub fn without_chunk_events(mut self) -> Self {
        self.chunk_events = false;
        self
    }

    /// Makes an invoked step stream internally, if a listener requests chunk events.
    ///
    /// The listener then receives chunk events, as it does for a chat model.
    pub fn streams_when_watched(mut self) -> Self {
        self.streams_when_watched = true;
        self
    }

    /// Sets the source location of the function from which the step was made.
    ///
    /// Use this if many steps have the same [name](Self::new), for example because they were made
    /// from closures. Errors and trees of runs show the location after the name, as in
    /// `RunnableLambda at src/main.rs:12`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::panic::Location;
    /// use runnable_core::StepInfo;
    ///
    /// let info = StepInfo::new("RunnableLambda").source(Location::caller());
    /// assert_eq!(info.name(), "RunnableLambda");
    /// ```
    pub fn source(mut self, source: &'static Location<'static>) -> Self {
        self.source = Some(source);
        self
    }

    /// Limits how many inputs of a batch, or items of [`each`](crate::RunnableExt::each), run at
    /// once.
    ///
    /// A step whose [configuration](crate::RunnableExt::with_config) sets `max_concurrency` has
    /// this limit, and wrappers keep it. If several limits are set, the smallest applies. The limit
    /// has no effect on a call with a single input.
    ///
    /// # Examples
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

    /// Adds the concurrency limit of another step to the limit of this step. Both apply.
    pub(crate) fn limited_as(mut self, other: &Self) -> Self {
        self.limit = self.limit.and(&other.limit);
        self
    }

    /// Adds the concurrency limit of the alternative that a call selects with the configurable
    /// `key`.
    pub(crate) fn limited_by_choice(
        mut self,
        key: &str,
        members: Vec<(Cow<'static, str>, ItemLimit)>,
    ) -> Self {
        self.limit = self.limit.and(&ItemLimit::of_choice(key, members));
        self
    }

    /// Replaces the name, and removes the source location, because a name that was set identifies
    /// the step better.
    pub(crate) fn renamed(mut self, name: Cow<'static, str>) -> Self {
        self.name = name;
        self.source = None;
        self
    }

    /// Returns this step as an element of the path of an error. If the call has set a `name`, the
    /// element has that name. Otherwise it has the name and the source location of the step.
    pub(crate) fn called(self, name: Option<Cow<'static, str>>) -> Part {
        match name {
            Some(name) => name.into(),
            None => Part { name: self.name, source: self.source },
        }
    }

    /// Returns the name of the step.
    #[doc(alias = "get_name")]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Returns the last segment of the path of a type, without parameters: `Foo` for
/// `core::Foo<a::Bar>`. Returns `{{closure}}` for a closure, even if the closure is inside a
/// generic function.
pub(crate) fn last_segment(type_name: &'static str) -> &'static str {
    const CLOSURE: &str = "{{closure}}";
    if type_name.ends_with(CLOSURE) {
        return CLOSURE;
    }
    let plain = type_name.split('<').next().unwrap_or(type_name);
    plain.rsplit("::").next().unwrap_or(plain)
}
