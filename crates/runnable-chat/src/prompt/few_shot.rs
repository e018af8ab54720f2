//! Examples in a prompt, which show the model what to do.

use std::sync::Arc;

use runnable_core::{Dict, DynRunnable, Runnable};

use super::{FewShot, Template, examples::Examples};

/// Creates a part of a [`prompt`](super::prompt()) that shows examples to the model.
///
/// `template` is filled once for each example. Usually, it is a human message and an answer. The
/// values of an example are never read as a template.
///
/// ```
/// use runnable_chat::{prelude::*, prompt::few_shot};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let examples = [
///     dict! { word: "happy", opposite: "sad" },
///     dict! { word: "tall", opposite: "short" },
/// ];
/// let template = [human_template("{word}"), ai_template("{opposite}")];
/// let ask = prompt((
///     system("Name the opposite."),
///     few_shot(template, examples),
///     human_template("{word}"),
/// ));
///
/// let filled = ask.invoke(dict! { word: "big" }).await?;
/// assert_eq!(filled.messages[1..3], [human("happy"), ai("sad")]);
/// assert_eq!(filled.messages[5], human("big"));
/// # Ok(())
/// # }
/// ```
///
/// To choose examples for each call, use [`few_shot_selected`]. To limit their length, use
/// [`max_length`](FewShot::max_length).
#[doc(alias("FewShotChatMessagePromptTemplate", "FewShotPromptTemplate"))]
pub fn few_shot(
    template: impl Into<Template>,
    examples: impl IntoIterator<Item = Dict>,
) -> FewShot {
    FewShot { template: template.into(), examples: Examples::all(examples.into_iter().collect()) }
}

/// Creates a part of a [`prompt`](super::prompt()) that shows the examples that a step selects.
///
/// The step receives the values of the call, and returns the values of each example. It is a child
/// run of the prompt. [`SimilarExamples`](crate::embedding::SimilarExamples) is such a step: it
/// selects the examples whose meaning is the most similar. `template` is used as in [`few_shot`].
///
/// ```
/// use runnable_chat::{prelude::*, prompt::few_shot_selected};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let by_language = lambda(|values: Dict| match values["language"].as_str() {
///     Some("French") => vec![dict! { english: "cat", translation: "chat" }],
///     _ => vec![dict! { english: "cat", translation: "Katze" }],
/// });
/// let template = [human_template("{english}"), ai_template("{translation}")];
/// let ask = prompt((few_shot_selected(template, by_language), human_template("{english}")));
///
/// let filled = ask.invoke(dict! { language: "French", english: "dog" }).await?;
/// assert_eq!(filled.messages, [human("cat"), ai("chat"), human("dog")]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The prompt fails with the error of the step.
#[doc(alias("example_selector", "BaseExampleSelector"))]
pub fn few_shot_selected<R>(template: impl Into<Template>, selector: R) -> FewShot
where
    R: Runnable<Input = Dict, Output = Vec<Dict>>,
{
    FewShot { template: template.into(), examples: Examples::selected(DynRunnable::new(selector)) }
}

impl FewShot {
    /// Limits the length of the examples and the values of the call together. The examples are
    /// shown in their order, up to the first one that exceeds the limit.
    ///
    /// The length is the number of words, unless you set [`length_of`](Self::length_of). The length
    /// of an example is the length of its messages. By default, the length is not limited.
    ///
    /// ```
    /// use runnable_chat::{prelude::*, prompt::few_shot};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let examples = [dict! { word: "happy" }, dict! { word: "tall" }];
    /// let examples = few_shot(human_template("{word}"), examples).max_length(3);
    /// let ask = prompt((examples, human_template("{word}")));
    ///
    /// assert_eq!(ask.invoke(dict! { word: "big" }).await?.messages.len(), 3);
    /// assert_eq!(ask.invoke(dict! { word: "big and strong" }).await?.messages.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "LengthBasedExampleSelector")]
    pub fn max_length(mut self, length: usize) -> Self {
        self.examples.max_length = Some(length);
        self
    }

    /// Sets how the length of a text is measured for [`max_length`](Self::max_length), for example
    /// as its number of tokens. The default is the number of words.
    #[doc(alias = "get_text_length")]
    pub fn length_of(mut self, length: impl Fn(&str) -> usize + Send + Sync + 'static) -> Self {
        self.examples.length_of = Arc::new(length);
        self
    }
}
