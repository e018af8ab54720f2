//! A chat model that the call chooses.

use runnable_chat::{AiMessage, ChatModel, Prompt};
use runnable_core::{
    ChunkStream, Context, Error, ErrorKind, Place, Result, Runnable, RunnableExt, StepInfo,
    Structure,
};

use super::init_chat_model;

/// A chat model that the call can replace by another, by its [configuration].
///
/// ```no_run
/// use runnable::prelude::*;
///
/// # async fn example() -> Result<()> {
/// let model = configurable_model("openai:gpt-4o-mini")?;
/// let chain = prompt("Tell a joke about {topic}.").pipe(model).pipe(text());
///
/// let config = Config::new()
///     .configurable("model", "anthropic:claude-sonnet-4-5")
///     .configurable("temperature", 0.2);
/// let joke = chain.invoke(args! { topic: "cats" }).config(config).await?;
/// # Ok(())
/// # }
/// ```
///
/// | key | takes |
/// |---|---|
/// | `model` | a name as [`init_chat_model`] takes it |
/// | `temperature`, `max_tokens` | a number |
///
/// A name comes from whoever makes the configuration: where that is somebody else, choose among
/// [`alternatives`](RunnableExt::alternatives) instead.
///
/// # Errors
///
/// Those of [`init_chat_model`].
///
/// [configuration]: runnable_core::Config::configurable
pub fn configurable_model(default: impl AsRef<str>) -> Result<ConfigurableModel> {
    Ok(ConfigurableModel { default: init_chat_model(default)? })
}

/// A chat model that the call can replace. Made by [`configurable_model`].
///
/// It is no run of its own: the run of the chosen model stands in its place.
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct ConfigurableModel {
    default: ChatModel,
}

impl ConfigurableModel {
    fn chosen(&self, cx: &Context) -> Result<ChatModel> {
        let wrong = |key: &str, wanted: &str| {
            let what = format!("`{key}` cannot be configured: it takes {wanted}");
            Error::new(ErrorKind::InvalidInput, what)
        };
        let mut model = match cx.configurable("model") {
            None => self.default.clone(),
            Some(name) => match name.as_str() {
                Some(name) => init_chat_model(name)?,
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

#[deny(clippy::missing_trait_methods)]
impl Runnable for ConfigurableModel {
    type Input = Prompt;
    type Output = AiMessage;

    async fn run(&self, prompt: Prompt, cx: Context) -> Result<AiMessage> {
        cx.at(Place::Anywhere).invoke(&self.chosen(&cx)?, prompt).await
    }

    fn run_stream(&self, prompt: Prompt, cx: Context) -> ChunkStream<AiMessage> {
        match self.chosen(&cx) {
            Ok(model) => cx.at(Place::Anywhere).stream(&model, prompt),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn run_transform(&self, prompt: ChunkStream<Prompt>, cx: Context) -> ChunkStream<AiMessage> {
        match self.chosen(&cx) {
            Ok(model) => cx.at(Place::Anywhere).transform(&model, prompt),
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
}
