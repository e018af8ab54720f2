//! [`StructuredAgent`]: an agent whose final answer is a value of a Rust type.

use std::{fmt, marker::PhantomData, sync::Arc};

use runnable_chat::{Message, parser::FromGrowingJson};
use runnable_core::{ChunkStream, Error, Result, RunContext, Runnable, StepInfo, Structure};
use schemars::JsonSchema;

use super::{StructuredAgentOutput, growing};
use crate::{Agent, AgentOutput, ResumedAgent, settings::AnswerFormat};

/// An agent whose final answer is a value of type `T`. Created by
/// [`Agent::with_structured_output`].
///
/// A stream yields the chunks of the [`Agent`] as they arrive, and the value while the model writes
/// it: see [`StructuredAgentChunk`](super::StructuredAgentChunk). The last chunk contains the
/// complete value.
///
/// `A` is the agent: an [`Agent`], or after [`resume`](Self::resume) a [`ResumedAgent`].
///
/// # Errors
///
/// Returns the errors of the [`Agent`], and
///
/// - [`Parse`](runnable_core::ErrorKind::Parse) if the last [attempt](Self::max_attempts) cannot be
///   deserialized as a `T`, or if the limit of rounds does not allow another attempt;
/// - [`ContentFilter`](runnable_core::ErrorKind::ContentFilter) if the model refused to answer.
#[must_use = "an agent does nothing until it is run"]
pub struct StructuredAgent<T, A = Agent> {
    pub(super) agent: A,
    value: PhantomData<fn() -> T>,
}

impl Agent {
    /// Creates an agent whose final answer is a value of type `T`.
    ///
    /// Each request asks for JSON with the
    /// [schema of the type](runnable_chat::model::ResponseFormat::of), which applies to answers
    /// without tool calls. If the final answer cannot be deserialized, the model reads the error, and
    /// answers again in a further round: see [`StructuredAgent::max_attempts`].
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    /// use runnable_testing::{ScriptedChatModel, ScriptedReply};
    /// use schemars::JsonSchema;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
    /// struct City {
    ///     name: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let answer = ScriptedReply::chunks([r#"{"name": "Pa"#, r#"ris"}"#]);
    /// let model = ScriptedChatModel::new([answer]).repeat_last().to_model();
    /// let agent: StructuredAgent<City> = agent(model, []).with_structured_output();
    ///
    /// let output = agent.invoke("The capital of France?").await?;
    /// assert_eq!(output.into_value()?.name, "Paris");
    ///
    /// let mut names = Vec::new();
    /// let mut chunks = agent.stream("The capital of France?");
    /// while let Some(chunk) = chunks.next().await {
    ///     names.extend(chunk?.value.map(|city| city.name));
    /// }
    /// assert_eq!(names, ["Pa", "Paris", "Paris"]);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("response_format", "ToolStrategy", "ProviderStrategy"))]
    pub fn with_structured_output<T: JsonSchema + FromGrowingJson>(mut self) -> StructuredAgent<T> {
        Arc::make_mut(&mut self.settings).answer_format = Some(AnswerFormat::of::<T>());
        StructuredAgent::new(self)
    }
}

impl<T, A> StructuredAgent<T, A> {
    fn new(agent: A) -> Self {
        Self { agent, value: PhantomData }
    }
}

impl<T> StructuredAgent<T> {
    fn set(mut self, change: impl FnOnce(&mut AnswerFormat)) -> Self {
        if let Some(format) = &mut Arc::make_mut(&mut self.agent.settings).answer_format {
            change(format);
        }
        self
    }

    /// Sets how many final answers the model may give. The default is 2.
    ///
    /// If a final answer cannot be deserialized, the model reads the error, and answers again in a
    /// further round. The [limit of rounds](Agent::max_rounds) includes these rounds. With 1, the
    /// first invalid answer is an error. 0 counts as 1.
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    /// use runnable_testing::ScriptedChatModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let script = ScriptedChatModel::new(["many", "a dozen", "12"]);
    /// let agent = agent(script.to_model(), []).with_structured_output::<u32>().max_attempts(3);
    /// let output = agent.invoke("How many eggs?").await?;
    /// assert_eq!(output.value, Some(12));
    /// assert!(script.prompts()[1].text().contains("Your answer could not be parsed"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "handle_errors")]
    pub fn max_attempts(self, attempts: u32) -> Self {
        self.set(|format| format.max_attempts = attempts)
    }

    /// Sets the message that the model receives after a final answer that cannot be deserialized.
    ///
    /// The default is a human message with the message of the error.
    ///
    /// ```
    /// use runnable_agents::prelude::*;
    ///
    /// fn in_german(agent: StructuredAgent<u32>) -> StructuredAgent<u32> {
    ///     agent.correction(|error| human(format!("Bitte noch einmal: {}", error.message())))
    /// }
    /// ```
    pub fn correction(self, message: impl Fn(&Error) -> Message + Send + Sync + 'static) -> Self {
        self.set(|format| format.correction = Arc::new(message))
    }

    /// Creates the step that continues this agent from the state of a pause.
    ///
    /// See [`AgentState`](crate::AgentState) for an example.
    #[doc(alias("Command", "interrupt"))]
    pub fn resume(&self) -> StructuredAgent<T, ResumedAgent> {
        StructuredAgent::new(self.agent.resume())
    }
}

impl<T, A> Runnable for StructuredAgent<T, A>
where
    T: FromGrowingJson,
    A: Runnable<Output = AgentOutput>,
{
    type Input = A::Input;
    type Output = StructuredAgentOutput<T>;

    async fn run(&self, input: A::Input, cx: RunContext) -> Result<StructuredAgentOutput<T>> {
        growing::invoke(&self.agent, input, &cx).await
    }

    fn run_stream(&self, input: A::Input, cx: RunContext) -> ChunkStream<StructuredAgentOutput<T>> {
        growing::stream(&self.agent, input, &cx)
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("StructuredAgent")
    }

    fn structure(&self) -> Structure {
        self.agent.structure()
    }
}

impl<T, A: Clone> Clone for StructuredAgent<T, A> {
    fn clone(&self) -> Self {
        Self::new(self.agent.clone())
    }
}

impl<T, A: fmt::Debug> fmt::Debug for StructuredAgent<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StructuredAgent").field(&self.agent).finish()
    }
}
