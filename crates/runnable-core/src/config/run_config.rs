//! [`RunConfig`]: the configuration of a call.

use std::{borrow::Cow, sync::Arc, time::Duration};

use serde_json::{Map, Value};

use crate::{
    CancellationToken, Error, ErrorKind, Listener, Metadata, RunContext, RunEvent, RunId,
    context::resources::Resources,
    observe::{
        attached::{Attached, Moment},
        hook::Hook,
    },
    policy::{Timeouts, bounds::Bounds},
};

/// The configuration of a call: its name, tags, listeners, limits and cancellation.
///
/// Set it with the `config` method of a call, or attach it to a step [with
/// `with_config`](crate::RunnableExt::with_config).
///
/// | setting | applies to |
/// |---|---|
/// | [`run_name`](Self::run_name), [`run_id`](Self::run_id) | the run of the call |
/// | [`on_start`](Self::on_start), [`on_end`](Self::on_end), [`on_error`](Self::on_error) | the run of the call |
/// | [`tag`](Self::tag), [`metadata`](Self::metadata) | the run of the call and all runs inside it |
/// | [`listener`](Self::listener) | the run of the call and all runs inside it |
/// | [`configurable`](Self::configurable), [`resource`](Self::resource) | the run of the call and all runs inside it |
/// | [`max_concurrency`](Self::max_concurrency), [`recursion_limit`](Self::recursion_limit) | the run of the call and all runs inside it |
/// | [`timeout`](Self::timeout), [`cancellation_token`](Self::cancellation_token) | the call |
///
/// # Calls from inside a step
///
/// A step that calls another step passes the configuration on: it converts its [`RunContext`] to a
/// `RunConfig`. The run of the called step then is a child of the run of the step.
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
/// Configurations are merged in three cases: if a call has several configurations, if a call is
/// inside another run, and if a step of the call has a configuration from
/// [`with_config`](crate::RunnableExt::with_config). This table says which value applies:
///
/// | setting | two configurations of a call | the call and the run that encloses it | the call and a step's `with_config` |
/// |---|---|---|---|
/// | tags | all, sorted | all | all |
/// | listeners, `on_start`, `on_end`, `on_error` | all, in order | `listener`: all; the others apply only to their own run | all, those of the call first |
/// | metadata and configurable values of the same key, resources of the same type | the last | the call | the call |
/// | name, id | the last | each applies only to its own run | the call |
/// | `recursion_limit` | the last | the call | the call |
/// | `max_concurrency` | the smaller | both apply | both apply |
/// | `timeout` | the shorter | both apply | both apply; the limit of the step applies to the step |
/// | `cancellation_token` | each token cancels the call | each token cancels the call | each token; the token of the step cancels the step |
/// | the context from which the configuration was created | the last | the context of the enclosing run | the context in the configuration of the call |
///
/// So the order of `config` and other methods of a call matters only if they disagree:
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
/// If `with_config` is used twice on a step, the last column also applies to these two
/// configurations: the outer one has the role of the configuration of the call.
///
/// A call uses its configuration when it is first polled. If a configuration is set later, the call
/// fails with an error of kind [`InvalidInput`](ErrorKind::InvalidInput).
#[doc(alias = "RunnableConfig")]
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct RunConfig {
    /// The context from which the configuration was created. `None` if the call is not made inside
    /// a run.
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
    /// Listeners that apply only to the run of the call.
    pub(crate) hooks: Vec<Attached>,
}

impl RunConfig {
    /// Creates a configuration that changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name of the call's run. The default is the name of the step.
    pub fn run_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the id of the call's run. The default is a random UUID.
    ///
    /// In a batch, this setting is ignored, and each input has its own id.
    pub fn run_id(mut self, id: impl Into<RunId>) -> Self {
        self.run_id = Some(id.into());
        self
    }

    /// Adds a tag to the call's run and to every run inside it.
    #[doc(alias = "tags")]
    pub fn tag(mut self, tag: impl Into<Cow<'static, str>>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Adds metadata to the call's run and to every run inside it.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Sets a value for a key that a step of the chain declares.
    ///
    /// Depending on the step, the value selects one of several
    /// [alternatives](crate::RunnableExt::configurable_alternatives),
    /// [changes](crate::RunnableExt::configurable_field) the step, or is
    /// [read](RunContext::configurable) by the step. It applies to the call and to everything
    /// inside it.
    ///
    /// A chain cannot see the steps that a function calls. To set a key of such a step, configure
    /// that inner call: `RunConfig::from(&cx).configurable(…)`.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidInput`](ErrorKind::InvalidInput) from the call, before anything runs, if no
    /// step of the chain declares the key. The message lists the known keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = map_chunks(|text: String| text.to_uppercase());
    /// let voice = passthrough().configurable_alternatives("voice", "calm").with("loud", shout);
    ///
    /// let loud = RunConfig::new().configurable("voice", "loud");
    /// assert_eq!(voice.invoke("hello").config(loud).await?, "HELLO");
    ///
    /// let typo = RunConfig::new().configurable("vioce", "loud");
    /// let error = voice.invoke("hello").config(typo).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidInput);
    /// # Ok(())
    /// # }
    /// ```
    pub fn configurable(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.configurable.insert(key.into(), value.into());
        self
    }

    /// Adds a value that the steps of the call can read with [`RunContext::resource`].
    ///
    /// Use it for values that are not JSON, such as a database connection. There is at most one
    /// value per type: a second value replaces the first. To share a value with other code, wrap it
    /// in an `Arc`. Resources are merged like [`configurable`](Self::configurable) values, but no
    /// step declares them. They do not appear in events, in traces, or in the `Debug` output of a
    /// configuration.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use runnable_core::prelude::*;
    ///
    /// struct Prices(Vec<(&'static str, u32)>);
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let price = async_lambda(|name: String, cx: RunContext| async move {
    ///     let prices = cx.resource::<Arc<Prices>>()?;
    ///     Ok(prices.0.iter().find(|(known, _)| *known == name).map(|(_, price)| *price))
    /// });
    ///
    /// let prices = Arc::new(Prices(vec![("tea", 3)]));
    /// assert_eq!(price.invoke("tea").config(RunConfig::new().resource(prices)).await?, Some(3));
    /// # Ok(())
    /// # }
    /// ```
    pub fn resource<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.resources.insert(value);
        self
    }

    /// Limits how many models and functions of the call work at once, at every depth.
    ///
    /// It also limits how many inputs of a batch, or items of `each`, run at once. Inputs and items
    /// that [pause](RunContext::pause) do not count. The limit must be 1 or more. By default, there
    /// is no limit.
    ///
    /// The limit counts steps that work: models and functions. It does not count sequences and
    /// parallels, and a step that calls another step lends its permit to that step. A step counts
    /// from the moment when its input is complete. An open stream does not count while it has
    /// yielded a chunk and is not polled for the next chunk, so more streams can be open than the
    /// limit says.
    ///
    /// If a limit is set inside another limit, both apply.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidInput`](ErrorKind::InvalidInput) from the call if the limit is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let double = lambda(|n: u64| n * 2);
    /// let config = RunConfig::new().max_concurrency(2);
    /// assert_eq!(double.clone().each().invoke(vec![1, 2, 3]).config(config).await?, [2, 4, 6]);
    ///
    /// let invalid = RunConfig::new().max_concurrency(0);
    /// let error = double.invoke(1_u64).config(invalid).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidInput);
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        self.max_concurrency = Some(self.max_concurrency.map_or(limit, |other| other.min(limit)));
        self
    }

    /// Sets how many times in a row a step may return another step that runs in its place.
    ///
    /// See [`choose`](crate::choose). The default is 25.
    pub fn recursion_limit(mut self, limit: u16) -> Self {
        self.recursion_limit = Some(limit);
        self
    }

    /// Sets the maximum duration of the call. In a batch, it applies to each input.
    ///
    /// If several limits are set, the shortest applies. The limit measures the work of the call and
    /// not the time of its reader: the clock stops when the call has yielded a chunk or has been
    /// woken, and continues when the call is polled again. A result that is ready when you ask for
    /// it does not time out, however late you ask. A chunk that arrives after the limit is still
    /// yielded, and the error follows it.
    ///
    /// # Errors
    ///
    /// Returns [`Timeout`](ErrorKind::Timeout) from the call, with the phase
    /// [`Call`](crate::TimeoutPhase::Call), if the limit is exceeded.
    ///
    /// # Panics
    ///
    /// The call panics if it has to wait outside a tokio runtime.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.bounds.limits = self.bounds.limits.and(Timeouts::new().total(limit));
        self
    }

    /// Cancels the call when `token` is cancelled.
    ///
    /// All runs of the call are dropped. If several tokens are set, each cancels the call. A
    /// cancellation is final: neither an enclosing retry nor an enclosing fallback acts on it.
    ///
    /// # Errors
    ///
    /// Returns [`Cancelled`](ErrorKind::Cancelled) from the call if the token is cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let stuck = async_lambda(|_: String, _| std::future::pending::<Result<String>>());
    /// let token = CancellationToken::new();
    /// let call = stuck.invoke("").config(RunConfig::new().cancellation_token(token.clone()));
    ///
    /// token.cancel();
    /// assert_eq!(call.await.unwrap_err().kind(), ErrorKind::Cancelled);
    /// # }
    /// ```
    pub fn cancellation_token(mut self, token: CancellationToken) -> Self {
        self.bounds.tokens.push(token);
        self
    }

    /// Merges `other` into this configuration.
    ///
    /// A call with the result behaves as if it had been given both configurations: see
    /// [merging](Self#merging). If both set a setting that can have only one value, the value of
    /// `other` applies.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let everywhere = RunConfig::new().tag("nightly").timeout(Duration::from_secs(60));
    /// let here = everywhere.clone().merge(RunConfig::new().tag("cheap"));
    ///
    /// let tags = async_lambda(|_: String, cx: RunContext| async move {
    ///     Ok(cx.tags().collect::<Vec<_>>().join(","))
    /// });
    /// assert_eq!(tags.invoke("").config(here).await?, "cheap,nightly");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "merge_configs")]
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

    /// Adds a listener that observes the call's run and every run inside it.
    ///
    /// See [`Listener`] for an example.
    #[doc(alias = "callbacks")]
    pub fn listener(mut self, listener: impl Listener) -> Self {
        self.listeners.push(Attached::new(Arc::new(listener)));
        self
    }

    /// Invokes `listener` when the call's run starts.
    ///
    /// To observe the runs inside it as well, use [`listener`](Self::listener). Listeners that are
    /// attached to the step itself are called, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let (sender, names) = mpsc::channel();
    /// let config = RunConfig::new()
    ///     .on_start(move |event| sender.send(event.run.name.to_string()).unwrap_or_default())
    ///     .on_end(|event| println!("took {:?}", event.timing.elapsed));
    ///
    /// passthrough::<String>().invoke("hi").config(config).await?;
    /// assert_eq!(names.try_recv().as_deref(), Ok("RunnablePassthrough"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("with_listeners", "with_alisteners"))]
    pub fn on_start(self, listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static) -> Self {
        self.hook(Hook::attached(Moment::Start, listener))
    }

    /// Invokes `listener` when the call's run has returned its complete output.
    ///
    /// See [`on_start`](Self::on_start).
    #[doc(alias("with_listeners", "with_alisteners"))]
    pub fn on_end(self, listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static) -> Self {
        self.hook(Hook::attached(Moment::End, listener))
    }

    /// Invokes `listener` when the call's run fails or is cancelled.
    ///
    /// For each run that has started, either this listener or the listener of
    /// [`on_end`](Self::on_end) is invoked, exactly once. See [`on_start`](Self::on_start).
    #[doc(alias("with_listeners", "with_alisteners"))]
    pub fn on_error(self, listener: impl Fn(&RunEvent<'_>) + Send + Sync + 'static) -> Self {
        self.hook(Hook::attached(Moment::Error, listener))
    }

    fn hook(mut self, hook: Attached) -> Self {
        self.hooks.push(hook);
        self
    }

    /// Adds the settings of `new` to the configuration of a call. `current` is `None` if the call
    /// has no configuration so far.
    pub(crate) fn add_to(current: &mut Option<Box<Self>>, new: impl Into<Self>) {
        let config = match current.take() {
            Some(current) => current.merge(new),
            None => new.into(),
        };
        *current = Some(Box::new(config));
    }

    /// Returns the error for a call whose configuration is set after its first poll.
    pub(crate) fn too_late() -> Error {
        let message = "cannot configure a call that has started; call `config` before you poll or \
                       await the call";
        Error::new(ErrorKind::InvalidInput, message)
    }
}

/// Creates the configuration of a call that a step makes. The run of the call is a child of the run
/// of the step, and inherits its settings.
impl From<&RunContext> for RunConfig {
    fn from(cx: &RunContext) -> Self {
        Self { parent: Some(cx.clone()), ..Self::default() }
    }
}
