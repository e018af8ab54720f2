//! A chat model that each call can replace with another model.

use std::{fmt, sync::Arc};

use runnable_chat::{AiMessage, ChatModel, PromptValue};
use runnable_core::{
    ChildPosition, ChunkStream, Error, ErrorKind, InputStream, Links, Result, RunContext, Runnable,
    RunnableExt, Runs, StepInfo, Structure,
};

use super::{init_chat_model, opened::Opened};

/// Creates a chat model that each call can replace by naming another model in its [configuration].
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
/// | key | value |
/// |---|---|
/// | `model` | a name in the form of [`init_chat_model`] |
/// | `temperature`, `max_tokens` | a number |
///
/// The configuration can select any model. If it comes from an untrusted source, restrict the names
/// with [`ConfigurableModel::new`].
///
/// # Errors
///
/// Fails in the same cases as [`init_chat_model`] if the default model cannot be created. A call
/// fails in these cases if the model that it selects cannot be created.
///
/// [configuration]: runnable_core::RunConfig::configurable
#[doc(alias = "configurable_fields")]
pub fn configurable_model(default: impl AsRef<str>) -> Result<ConfigurableModel> {
    Ok(ConfigurableModel::new(init_chat_model(default)?, |name| init_chat_model(name)))
}

/// A chat model that each call can replace with another model.
///
/// Created by [`configurable_model`], or by [`new`](Self::new). This step has no run of its own:
/// only the selected model has a run. The last sixteen models are kept for later calls, so that
/// calls share connections and a local file is loaded once. Clones share these models.
#[derive(Clone)]
#[must_use = "a model does nothing until it is run"]
pub struct ConfigurableModel {
    default: ChatModel,
    open: Arc<Open>,
    opened: Opened,
}

/// A function that creates a model from its name.
type Open = dyn Fn(&str) -> Result<ChatModel> + Send + Sync;

impl ConfigurableModel {
    /// Creates a model that uses `default`, unless a call names another model.
    ///
    /// If a call names a model, `open` receives the name, and returns the model with this name, or
    /// an error if the name is not allowed. Therefore `open` decides which models the callers can
    /// select, and which API keys these models use.
    ///
    /// ```
    /// use runnable::{ConfigurableModel, prelude::*};
    ///
    /// # fn example(small: ChatModel, large: ChatModel) -> ConfigurableModel {
    /// ConfigurableModel::new(small, move |name| match name {
    ///     "large" => Ok(large.clone()),
    ///     _ => Err(Error::new(ErrorKind::InvalidInput, format!("unknown model `{name}`"))),
    /// })
    /// # }
    /// ```
    pub fn new(
        default: ChatModel,
        open: impl Fn(&str) -> Result<ChatModel> + Send + Sync + 'static,
    ) -> Self {
        Self { default, open: Arc::new(open), opened: Opened::default() }
    }

    fn selected(&self, cx: &RunContext) -> Result<ChatModel> {
        let invalid = |key: &str, expected: &str| {
            let message =
                format!("invalid value for configurable key `{key}`: expected {expected}");
            Error::new(ErrorKind::InvalidInput, message)
        };
        let mut model = match cx.configurable("model") {
            None => self.default.clone(),
            Some(name) => match name.as_str() {
                Some(name) => self.opened.get(name, &*self.open)?,
                None => return Err(invalid("model", "a model name such as `provider:model`")),
            },
        };
        if let Some(value) = cx.configurable("temperature") {
            let value = value.as_f64().ok_or_else(|| invalid("temperature", "a number"))?;
            model = model.temperature(value as f32);
        }
        if let Some(value) = cx.configurable("max_tokens") {
            let value = value.as_u64().ok_or_else(|| invalid("max_tokens", "a whole number"))?;
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
        cx.child(ChildPosition::Untagged).invoke(&self.selected(&cx)?, prompt).await
    }

    fn run_stream(&self, prompt: PromptValue, cx: RunContext) -> ChunkStream<AiMessage> {
        match self.selected(&cx) {
            Ok(model) => cx.child(ChildPosition::Untagged).stream(&model, prompt),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn run_transform(
        &self,
        prompt: InputStream<PromptValue>,
        cx: RunContext,
    ) -> ChunkStream<AiMessage> {
        match self.selected(&cx) {
            Ok(model) => cx.child(ChildPosition::Untagged).transform(&model, prompt.into_chunks()),
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

    fn runs(&self) -> Runs {
        Runs::Transparent
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
