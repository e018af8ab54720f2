//! The configuration of a call.

use std::{borrow::Cow, sync::Arc, time::Duration};

use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, ErrorKind, Listener, Metadata, RunContext, RunEvent, RunId,
    budget::Budget,
    calls::Bounds,
    combinators::Timeouts,
    context::Inherited,
    hook::{Hook, Moment},
    listener::Attached,
    resources::Resources,
};

/// How a call is to run, and what it says about itself. Given to a call by its `config` method.
///
/// | set | holds for |
/// |---|---|
/// | [`run_name`](Self::run_name), [`run_id`](Self::run_id) | the run of the call alone |
/// | [`on_start`](Self::on_start), [`on_end`](Self::on_end), [`on_error`](Self::on_error) | the run of the call alone |
/// | [`tag`](Self::tag), [`metadata`](Self::metadata) | it and every run inside it |
/// | [`listener`](Self::listener) | it and every run inside it |
/// | [`configurable`](Self::configurable) | it and every run inside it |
/// | [`resource`](Self::resource) | it and every run inside it |
/// | [`max_concurrency`](Self::max_concurrency) | the call's whole tree |
/// | [`timeout`](Self::timeout), [`cancellation_token`](Self::cancellation_token) | the call, and so everything in it |
///
/// A call from inside a step takes over what the step inherited, and hangs below the step's run:
/// make its configuration of the step's [`RunContext`].
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase());
/// let greet = async_lambda(move |name: String, cx: RunContext| {
///     let shout = shout.clone();
///     async move { shout.invoke(format!("hello, {name}")).config(&cx).await }
/// });
///
/// let config = RunConfig::new().run_name("greeting").tag("demo").metadata("user", 7);
/// assert_eq!(greet.invoke("ada").config(config).await?, "HELLO, ADA");
/// # Ok(())
/// # }
/// ```
///
/// # Merging
///
/// Configurations add up: those that a call is given one after the other, in any verb; a call's and
/// that of the run around it; and a call's and those that are bound to its steps by
/// [`with_config`](crate::RunnableExt::with_config).
///
/// | setting | given twice to a call | the run around says something else | a step's `with_config` says something else |
/// |---|---|---|---|
/// | tags | all of them, sorted | all of them | all of them |
/// | listeners, `on_start`, `on_end`, `on_error` | all of them, the first first | listeners: all of them | all of them, the call's first |
/// | metadata and configurable values of one key, a resource of one type | the last | the call's | the call's |
/// | name, id | the last | the call's: they are for one run | the call's |
/// | `recursion_limit` | the last | the call's | the call's |
/// | `max_concurrency` | the smaller | both hold | both hold |
/// | `timeout` | the shorter | both hold | both hold; the step's is for the step |
/// | `cancellation` | each token stops the call | each token stops the call | each token; the step's stops the step |
/// | the context that it was made of | the last | is this one | stays the call's |
///
/// So the order of `config` and of other methods of a call does not matter, unless they disagree:
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let double = lambda(|n: u64| n * 2);
/// let tagged = RunConfig::new().tag("nightly");
/// let results = double.batch([1u64, 2, 3]).max_concurrency(2).config(tagged).await;
/// assert_eq!(results.len(), 3);
/// # }
/// ```
///
/// Of `with_config` around `with_config`, the outer one counts as the call. A call takes its
/// configuration when it is first polled: one that comes later makes the call fail with an error of
/// kind [`InvalidInput`](ErrorKind::InvalidInput).
#[doc(alias = "RunnableConfig")]
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct RunConfig {
    pub(crate) parent: Option<RunContext>,
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) run_id: Option<RunId>,
    pub(crate) tags: Vec<Cow<'static, str>>,
    pub(crate) metadata: Metadata,
    pub(crate) configurable: Map<String, Value>,
    pub(crate) resources: Resources,
    pub(crate) max_concurrency: Option<usize>,
    pub(crate) recursion_limit: Option<u16>,
    pub(crate) bounds: Bounds,
    pub(crate) listeners: Vec<Attached>,
    /// For the run of the call alone.
    pub(crate) hooks: Vec<Attached>,
}

impl RunConfig {
    /// A configuration that changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the run of the call is called, instead of the step's own name.
    pub fn run_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The id of the call's run. In a batch, every item has an id of its own instead.
    pub fn run_id(mut self, id: impl Into<RunId>) -> Self {
        self.run_id = Some(id.into());
        self
    }

    /// A tag for the call's run and every run inside it.
    pub fn tag(mut self, tag: impl Into<Cow<'static, str>>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Something to say about the call's run and every run inside it.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// A value for a key that steps of the chain declare: which of several
    /// [`configurable_alternatives`](crate::RunnableExt::configurable_alternatives) to run, or what to
    /// [change](crate::RunnableExt::configurable_field) in a step.
    ///
    /// It holds for the call and everything in it. A key that no step of the chain declares is
    /// refused before anything runs, with an error of kind
    /// [`InvalidInput`](ErrorKind::InvalidInput) that lists those that there are. What a step calls
    /// inside its function is not seen from outside: it takes over what holds for the step, and what
    /// is for it alone is said at its own call, `RunConfig::from(&cx).configurable(…)`.
    pub fn configurable(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.configurable.insert(key.into(), value.into());
        self
    }

    /// How many steps of the call are at work at once, however nested: one limit for its whole tree,
    /// and no more items of a batch or a list at once than that, except for items that
    /// [pause](RunContext::pause). At least 1; without it, all.
    ///
    /// Counted are the steps that do the work, models and functions, not the sequences and parallels
    /// around them: a step that calls another lends it its place. A step counts from when it has its
    /// whole input. It does not count while its reader leaves it between two chunks, so more streams
    /// may be open than are at work.
    ///
    /// A limit inside another one does not loosen it: both hold.
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        self.max_concurrency = Some(self.max_concurrency.map_or(limit, |other| other.min(limit)));
        self
    }

    /// How often a step may return a step to be run in its place, each inside the last: 25 times if
    /// it is not said.
    pub fn recursion_limit(mut self, limit: u16) -> Self {
        self.recursion_limit = Some(limit);
        self
    }

    /// Fails the call when it takes longer than `limit` in all; in a batch, each item. Of several
    /// limits the shortest holds.
    ///
    /// The limit measures the work, and not the reader. Its clock stops when the call has yielded a
    /// chunk or has been woken, and goes on when it is polled again. So an item of a batch or a chunk
    /// of a stream that is ready when you ask for it does not time out, however late you ask. A chunk
    /// that comes too late is yielded, and the error follows it.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.bounds.limits = self.bounds.limits.and(Timeouts::new().total(limit));
        self
    }

    /// Stops the call when the token is cancelled: everything in the call is dropped, and the call
    /// fails with an error of kind [`Cancelled`](ErrorKind::Cancelled). Of several tokens each stops
    /// it.
    ///
    /// Cancellation is final: neither a retry nor a fallback around the call goes on after it.
    pub fn cancellation_token(mut self, token: CancellationToken) -> Self {
        self.bounds.tokens.push(token);
        self
    }

    /// Adds `other` to this configuration, by the rules [above](Self#merging) for a call that is
    /// given both. Where only one value can hold, it is the one of `other`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    ///
    /// let everywhere = RunConfig::new().tag("nightly").timeout(Duration::from_secs(60));
    /// let here = everywhere.clone().merge(RunConfig::new().run_name("summary").tag("cheap"));
    /// ```
    pub fn merge(mut self, other: impl Into<Self>) -> Self {
        let other = other.into();
        self.tags.extend(other.tags);
        self.metadata.extend(other.metadata);
        self.configurable.extend(other.configurable);
        self.listeners.extend(other.listeners);
        self.hooks.extend(other.hooks);
        let limits = [self.max_concurrency, other.max_concurrency];
        Self {
            resources: self.resources.replaced_by(&other.resources),
            parent: other.parent.or(self.parent),
            name: other.name.or(self.name),
            run_id: other.run_id.or(self.run_id),
            max_concurrency: limits.into_iter().flatten().min(),
            recursion_limit: other.recursion_limit.or(self.recursion_limit),
            bounds: self.bounds.and(other.bounds),
            ..self
        }
    }

    /// Watches the call's run and every run inside it.
    #[doc(alias = "callbacks")]
    pub fn listener(mut self, listener: impl Listener) -> Self {
        self.listeners.push(Attached::new(Arc::new(listener)));
        self
    }

    /// Calls `listener` when the call's run starts; the runs inside it are for
    /// [`listener`](Self::listener). Those that the step itself has are called too.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let config = RunConfig::new()
    ///     .on_start(|event| println!("{} begins", event.run.name))
    ///     .on_end(|event| println!("it took {:?}", event.timing.elapsed));
    /// ```
    pub fn on_start(self, listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static) -> Self {
        self.hook(Hook::attached(Moment::Start, listener))
    }

    /// Calls `listener` when the call's run has given all its output; else as
    /// [`on_start`](Self::on_start).
    pub fn on_end(self, listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static) -> Self {
        self.hook(Hook::attached(Moment::End, listener))
    }

    /// Calls `listener` when the call's run fails or is cancelled, so that every run that started is
    /// heard of once more, here or in [`on_end`](Self::on_end); else as [`on_start`](Self::on_start).
    pub fn on_error(self, listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static) -> Self {
        self.hook(Hook::attached(Moment::Error, listener))
    }

    fn hook(mut self, hook: Attached) -> Self {
        self.hooks.push(hook);
        self
    }

    /// Adds to the configuration that a call was given so far, if it was given any.
    pub(crate) fn add_to(current: &mut Option<Box<Self>>, new: impl Into<Self>) {
        let config = match current.take() {
            Some(current) => current.merge(new),
            None => new.into(),
        };
        *current = Some(Box::new(config));
    }

    /// The error of a call that is given a configuration after its first poll.
    pub(crate) fn too_late() -> Error {
        let what = "the call was configured after it had begun: a call takes its configuration at \
                    its first poll; call `config` before you poll or await it";
        Error::new(ErrorKind::InvalidInput, what)
    }

    pub(crate) fn adds_nothing(&self) -> bool {
        self.recursion_limit.is_none()
            && self.max_concurrency.is_none()
            && self.tags.is_empty()
            && self.metadata.is_empty()
            && self.configurable.is_empty()
            && self.resources.is_empty()
            && self.listeners.is_empty()
    }

    pub(crate) fn listeners(&self) -> &[Attached] {
        &self.listeners
    }

    /// Adds what children of a call inherit.
    pub(crate) fn extend(&self, inherited: &mut Inherited) {
        self.extend_by_default(inherited);
        inherited.configurable.extend(self.configurable.clone());
        inherited.resources = inherited.resources.replaced_by(&self.resources);
        inherited.metadata.extend(self.metadata.clone());
        inherited.recursion_limit = self.recursion_limit.or(inherited.recursion_limit);
    }

    /// Adds what children inherit of a step: where the call says something else, that holds.
    pub(crate) fn extend_by_default(&self, inherited: &mut Inherited) {
        for (key, value) in &self.configurable {
            inherited.configurable.entry(key).or_insert_with(|| value.clone());
        }
        inherited.resources = self.resources.replaced_by(&inherited.resources);
        inherited.tags.extend(self.tags.iter().cloned());
        inherited.tags.sort_unstable();
        inherited.tags.dedup();
        for (key, value) in &self.metadata {
            inherited.metadata.entry(key).or_insert_with(|| value.clone());
        }
        inherited.recursion_limit = inherited.recursion_limit.or(self.recursion_limit);
        if let Some(limit) = self.max_concurrency {
            // A limit inside another one: both hold.
            inherited.budget = Some(match &inherited.budget {
                Some(outer) => outer.within(limit),
                None => Budget::new(limit),
            });
            inherited.max_concurrency = stricter(inherited.max_concurrency, Some(limit));
        }
    }
}

/// Of two limits that both hold, the one that is reached first.
pub(crate) fn stricter(limit: Option<usize>, other: Option<usize>) -> Option<usize> {
    limit.into_iter().chain(other).min()
}

/// The configuration of a call from inside a step: below the step's run, with what it inherited.
impl From<&RunContext> for RunConfig {
    fn from(cx: &RunContext) -> Self {
        Self { parent: Some(cx.clone()), ..Self::default() }
    }
}
