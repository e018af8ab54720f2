//! A chat model that the call chooses.

use std::{fmt, sync::Arc};

use runnable_chat::{AiMessage, ChatModel, PromptValue};
use runnable_core::{
    ChildPosition, ChunkStream, Error, ErrorKind, Links, Result, RunContext, Runnable, RunnableExt,
    StepInfo, Structure,
};

use super::{init_chat_model, opened::Opened};

/// A chat model that the call can replace by another, by its [configuration].
///
/// ```no_run
/// use runnable::prelude::*;
///
/// # async fn example() -> Result<()> {
/// let model = configurable_model("openai:gpt-4o-mini")?;
/// let chain = prompt("Tell a joke about {topic}.").pipe(model).pipe(text());
///
/// let config = RunConfig::new()
///     .configurable("model", "anthropic:claude-sonnet-4-5")
///     .configurable("temperature", 0.2);
/// let joke = chain.invoke(dict! { topic: "cats" }).config(config).await?;
/// # Ok(())
/// # }
/// ```
///
/// | key | takes |
/// |---|---|
/// | `model` | a name as [`init_chat_model`] takes it |
/// | `temperature`, `max_tokens` | a number |
///
/// A name comes from whoever makes the configuration: where that is somebody else, say what may be
/// named, by a [`ConfigurableModel::new`].
///
/// # Errors
///
/// Those of [`init_chat_model`], here of the default, and in a call of the model that it names.
///
/// [configuration]: runnable_core::RunConfig::configurable
pub fn configurable_model(default: impl AsRef<str>) -> Result<ConfigurableModel> {
    Ok(ConfigurableModel::new(init_chat_model(default)?, |name| init_chat_model(name)))
}

/// A chat model that the call can replace. Made by [`configurable_model`], or by
/// [`new`](Self::new).
///
/// It is no run of its own: the run of the chosen model stands in its place. Models that were
/// opened are kept for the next call, the last sixteen of them, so that calls share connections and
/// a local file is loaded once. A clone is a handle on the same models.
#[derive(Clone)]
#[must_use = "a model does nothing until it is run"]
pub struct ConfigurableModel {
    default: ChatModel,
    open: Arc<Open>,
    opened: Opened,
}

/// Makes a model of its name.
type Open = dyn Fn(&str) -> Result<ChatModel> + Send + Sync;

impl ConfigurableModel {
    /// A model that the call can replace by one that `open` makes of its name: what may be named,
    /// and with which keys, is then yours to say.
    ///
    /// ```
    /// use runnable::{ConfigurableModel, prelude::*};
    ///
    /// # fn example(small: ChatModel, large: ChatModel) -> ConfigurableModel {
    /// ConfigurableModel::new(small, move |name| match name {
    ///     "large" => Ok(large.clone()),
    ///     _ => Err(Error::new(ErrorKind::InvalidInput, format!("there is no model `{name}`"))),
    /// })
    /// # }
    /// ```
    pub fn new(
        default: ChatModel,
        open: impl Fn(&str) -> Result<ChatModel> + Send + Sync + 'static,
    ) -> Self {
        Self { default, open: Arc::new(open), opened: Opened::default() }
    }

    fn chosen(&self, cx: &RunContext) -> Result<ChatModel> {
        let wrong = |key: &str, wanted: &str| {
            let what = format!("`{key}` cannot be configured: it takes {wanted}");
            Error::new(ErrorKind::InvalidInput, what)
        };
        let mut model = match cx.configurable("model") {
            None => self.default.clone(),
            Some(name) => match name.as_str() {
                Some(name) => self.opened.get(name, &*self.open)?,
                None => return Err(wrong("model", "the name of a model, `provider:model`")),
            },
        };
        if let Some(value) = cx.configurable("temperature") {
            let value = value.as_f64().ok_or_else(|| wrong("temperature", "a number"))?;
            model = model.temperature(value as f32);
        }
        if let Some(value) = cx.configurable("max_tokens") {
            let value = value.as_u64().ok_or_else(|| wrong("max_tokens", "a whole number"))?;
            model = model.max_tokens(value);
        }
        Ok(model)
    }
}

impl fmt::Debug for ConfigurableModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigurableModel").field("default", &self.default).finish_non_exhaustive()
    }
}

#[deny(clippy::missing_trait_methods)]
impl Runnable for ConfigurableModel {
    type Input = PromptValue;
    type Output = AiMessage;

    async fn run(&self, prompt: PromptValue, cx: RunContext) -> Result<AiMessage> {
        cx.child(ChildPosition::Untagged).invoke(&self.chosen(&cx)?, prompt).await
    }

    fn run_stream(&self, prompt: PromptValue, cx: RunContext) -> ChunkStream<AiMessage> {
        match self.chosen(&cx) {
            Ok(model) => cx.child(ChildPosition::Untagged).stream(&model, prompt),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn run_transform(
        &self,
        prompt: ChunkStream<PromptValue>,
        cx: RunContext,
    ) -> ChunkStream<AiMessage> {
        match self.chosen(&cx) {
            Ok(model) => cx.child(ChildPosition::Untagged).transform(&model, prompt),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        self.default.info()
    }

    fn structure(&self) -> Structure {
        let keys = ["model", "temperature", "max_tokens"].map(str::to_owned).into();
        Structure::Configurable { keys, options: vec![("default".into(), self.default.graph())] }
    }

    fn steps(&self) -> usize {
        0
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
