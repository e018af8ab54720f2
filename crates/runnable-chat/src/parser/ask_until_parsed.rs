//! The step that asks a model again if its answer cannot be parsed.

use std::{fmt, sync::Arc, time::Duration};

use runnable_core::{ChildPosition, Error, ErrorKind, Result, RunContext, Runnable, StepInfo};

use super::final_error::is_final;
use crate::{AiMessage, Message, PromptValue, ToolMessage, human};

/// Creates a step that calls a model and parses its answer, and asks the model again if the answer
/// cannot be parsed.
///
/// The model then receives the conversation with its answer and a message with the error, so that
/// it can correct the answer. By default, the model is called at most three times, and only errors
/// of kind [`ErrorKind::Parse`] cause another attempt.
///
/// The step waits for the complete answer, even in a stream, because an answer that was yielded
/// could not be taken back. The calls of the model and of the parser are child runs of the step, and
/// each new attempt is a retry event.
///
/// ```
/// use runnable_chat::{parser::ask_until_parsed, prelude::*};
///
/// fn count(model: ChatModel) -> impl Runnable<Input = Dict, Output = u32> {
///     let number = parser("Number", |text: String| text.trim().parse::<u32>());
///     prompt("How many {things} are there? Answer with a number.")
///         .pipe(ask_until_parsed(model, number).max_attempts(2))
/// }
/// # let _ = count;
/// ```
///
/// # Errors
///
/// The step returns the error of the last attempt. [`Error::attempts`] returns the number of
/// attempts. Other errors of the model and of the parser are returned immediately.
#[doc(alias("RetryOutputParser", "RetryWithErrorOutputParser", "OutputFixingParser"))]
pub fn ask_until_parsed<M, P>(model: M, parser: P) -> AskUntilParsed<M, P>
where
    M: Runnable<Input = PromptValue, Output = AiMessage>,
    P: Runnable<Input = AiMessage>,
{
    AskUntilParsed {
        model,
        parser,
        max_attempts: 3,
        when: Arc::new(|error| error.kind() == ErrorKind::Parse),
        correction: Arc::new(|error| {
            human(format!(
                "Your answer could not be parsed: {}. Answer again, in the required format.",
                error.message()
            ))
        }),
    }
}

/// A step that asks a model again if its answer cannot be parsed. Created by [`ask_until_parsed`].
#[doc(alias("RetryOutputParser", "RetryWithErrorOutputParser", "OutputFixingParser"))]
#[derive(Clone)]
#[must_use = "a chain does nothing until it is run"]
pub struct AskUntilParsed<M, P> {
    model: M,
    parser: P,
    max_attempts: u32,
    when: Arc<dyn Fn(&Error) -> bool + Send + Sync>,
    correction: Arc<dyn Fn(&Error) -> Message + Send + Sync>,
}

impl<M, P> AskUntilParsed<M, P> {
    /// Sets the maximum number of calls of the model, including the first call. The default is 3.
    ///
    /// With 1, the model is not called again. 0 counts as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets which errors of the parser cause another attempt. The default is errors of kind
    /// [`ErrorKind::Parse`].
    ///
    /// An error of kind [`Cancelled`](ErrorKind::Cancelled) or
    /// [`ReplayMismatch`](ErrorKind::ReplayMismatch) never causes another attempt.
    pub fn when(mut self, decide: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.when = Arc::new(decide);
        self
    }

    /// Sets the message that the model receives after an answer that cannot be parsed.
    ///
    /// The default is a human message with the message of the error.
    ///
    /// ```
    /// use runnable_chat::{parser::{ask_until_parsed, numbered_list}, prelude::*};
    ///
    /// fn list(model: ChatModel) -> impl Runnable<Input = PromptValue, Output = Vec<String>> {
    ///     ask_until_parsed(model, numbered_list())
    ///         .correction(|error| human(format!("Bitte noch einmal: {}", error.message())))
    /// }
    /// # let _ = list;
    /// ```
    pub fn correction(
        mut self,
        message: impl Fn(&Error) -> Message + Send + Sync + 'static,
    ) -> Self {
        self.correction = Arc::new(message);
        self
    }
}

impl<M, P> Runnable for AskUntilParsed<M, P>
where
    M: Runnable<Input = PromptValue, Output = AiMessage>,
    P: Runnable<Input = AiMessage>,
{
    type Input = PromptValue;
    type Output = P::Output;

    async fn run(&self, mut prompt: PromptValue, cx: RunContext) -> Result<P::Output> {
        let mut attempt = 1;
        loop {
            let model = cx.child(ChildPosition::Untagged);
            let answer = model.invoke(&self.model, prompt.clone()).await?;
            let parser = cx.child(ChildPosition::Untagged);
            let error = match parser.invoke(&self.parser, answer.clone()).await {
                Ok(output) => return Ok(output),
                Err(error) => error,
            };
            if is_final(&error) || !(self.when)(&error) {
                return Err(error);
            }
            if attempt >= self.max_attempts {
                return Err(error.with_attempts(attempt));
            }
            cx.emit_retry(attempt, Duration::ZERO, &error);
            attempt += 1;
            let calls = answer.tool_calls().map(|call| call.id.clone());
            let invalid_calls = answer.invalid_tool_calls().map(|call| call.id.clone());
            let calls: Vec<_> = calls.chain(invalid_calls).flatten().collect();
            prompt.push(answer);
            // Services reject a conversation in which a tool call has no result.
            let unused = "the tool was not called, because the answer could not be parsed";
            prompt.extend(calls.into_iter().map(|id| ToolMessage::error(id, unused)));
            prompt.push((self.correction)(&error));
        }
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("AskUntilParsed")
    }
}

impl<M: fmt::Debug, P: fmt::Debug> fmt::Debug for AskUntilParsed<M, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AskUntilParsed")
            .field("model", &self.model)
            .field("parser", &self.parser)
            .field("max_attempts", &self.max_attempts)
            .finish_non_exhaustive()
    }
}
