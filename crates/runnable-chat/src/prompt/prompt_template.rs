//! Prompt templates: steps that create a prompt from named values.

use std::{borrow::Cow, sync::Arc};

use runnable_core::{Dict, Error, ErrorKind, Result, RunContext, Runnable, StepInfo};
use serde_json::Value;

use super::{
    PromptValue, Template,
    filling::Filling,
    partials::Partials,
    template_variables::{TemplateVariables, template_variables},
};
use crate::{
    nearest::{listed, nearest},
    run_kind::PROMPT,
};

/// Creates a prompt template: a step that creates a [`PromptValue`] from named values.
///
/// The argument is a string, a list or a tuple:
///
/// - A string is the template of one human message. `{topic}` in it is a variable.
/// - A list or a tuple contains messages. The text of [`human_template`](super::human_template),
///   `system_template` and `ai_template` can contain variables. The text of
///   [`human`](crate::human), `system`, `ai` and all other messages is literal.
/// - [`messages_placeholder`](super::messages_placeholder()) inserts a list of messages.
/// - [`few_shot`](super::few_shot()) inserts examples.
///
/// To write a literal brace in a template, double it. Values that are not strings are inserted as
/// JSON. A format of Python can follow the name of a variable: `{price:.2f}`, `{name:>20}`.
///
/// Braces in a value are not variables. Text from a user is therefore safe as a value or as a
/// literal message, but not as a part of a template. Write `prompt("Hi, I am {user}")` and pass the
/// value `user`, not `prompt(format!("Hi, I am {user}"))`.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let haiku = prompt([
///     system_template("You write {form}."),
///     human_template("About {topic}, please."),
/// ]);
///
/// let filled = haiku.invoke(dict! { form: "haiku", topic: "rain" }).await?;
/// assert_eq!(filled.messages[1], human("About rain, please."));
///
/// let error = haiku.invoke(dict! { form: "haiku" }).await.unwrap_err();
/// assert_eq!(
///     error.message(),
///     "missing value for variable `{topic}` in message 2 (user) of prompt template \
///      ChatPromptTemplate; received values for `form`",
/// );
/// # Ok(())
/// # }
/// ```
#[doc(alias("ChatPromptTemplate", "from_messages", "from_template"))]
pub fn prompt(template: impl Into<Template>) -> ChatPromptTemplate {
    ChatPromptTemplate {
        name: Cow::Borrowed("ChatPromptTemplate"),
        template: Arc::new(template.into()),
        partials: Partials::default(),
        is_strict: false,
    }
}

/// A prompt template: a step that creates a [`PromptValue`] from a [`Dict`]. Created by [`prompt`].
///
/// # Errors
///
/// The step returns [`ErrorKind::InvalidInput`]
///
/// - if a variable or a placeholder has no value;
/// - if the value of a placeholder is not a list of messages, the value of a media variable is not
///   media, or the value of a variable does not fit its format;
/// - if the template is invalid. Use [`check`](Self::check) to find this out before the first call.
#[derive(Clone, Debug)]
#[must_use = "a template does nothing until it is run"]
pub struct ChatPromptTemplate {
    name: Cow<'static, str>,
    template: Arc<Template>,
    partials: Partials,
    is_strict: bool,
}

impl ChatPromptTemplate {
    /// Sets the name of the template. The name appears in the runs and errors of the template.
    ///
    /// The default is `ChatPromptTemplate`.
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets values that calls need not pass. A value of a call takes precedence.
    ///
    /// Braces in the values are not variables. Call the method again to set more values.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let translate = prompt("Translate to {language}: {text}");
    /// let to_french = translate.partial(dict! { language: "French" });
    ///
    /// assert_eq!(to_french.input_variables()?, ["text"]);
    /// let filled = to_french.invoke(dict! { text: "cat" }).await?;
    /// assert_eq!(filled.text(), "Translate to French: cat");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "partial_variables")]
    pub fn partial(mut self, values: Dict) -> Self {
        self.partials.set_values(values);
        self
    }

    /// Sets a function that returns a value for each call that does not pass the value.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use runnable_chat::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let count = AtomicU64::new(1);
    /// let ask = prompt("{n}. {question}")
    ///     .partial_with("n", move || count.fetch_add(1, Ordering::Relaxed));
    ///
    /// assert_eq!(ask.invoke(dict! { question: "Why?" }).await?.text(), "1. Why?");
    /// assert_eq!(ask.invoke(dict! { question: "How?" }).await?.text(), "2. How?");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "partial_variables")]
    pub fn partial_with<F, V>(mut self, name: impl Into<String>, value: F) -> Self
    where
        F: Fn() -> V + Send + Sync + 'static,
        V: Into<Value>,
    {
        self.partials.set_function(name.into(), Arc::new(move || value().into()));
        self
    }

    /// Rejects values that the template does not use. By default, they are ignored.
    ///
    /// Use it to find misspelled names of values that are optional. If a step selects the examples
    /// of the template, all values are accepted, because the step may use them.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let ask = prompt((messages_placeholder("history").optional(), human("Why?"))).strict();
    ///
    /// let error = ask.invoke(dict! { histroy: Vec::<Message>::new() }).await.unwrap_err();
    /// assert_eq!(
    ///     error.message(),
    ///     "unexpected value `histroy` for prompt template ChatPromptTemplate: expected `history`; \
    ///      did you mean `history`?",
    /// );
    /// # }
    /// ```
    pub fn strict(mut self) -> Self {
        self.is_strict = true;
        self
    }

    /// Returns the names of the variables and placeholders without a
    /// [partial value](Self::partial), in order and without duplicates.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # fn main() -> Result<()> {
    /// let ask = prompt((messages_placeholder("history"), human_template("Why is {thing} blue?")));
    /// assert_eq!(ask.input_variables()?, ["history", "thing"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the template is invalid.
    pub fn input_variables(&self) -> Result<Vec<String>> {
        let mut names = template_variables(&self.name, &self.template.parts)?.names;
        names.retain(|name| !self.partials.names().any(|partial| partial == name));
        Ok(names)
    }

    /// Validates this template, and returns it.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// assert!(prompt("Why is {thing} blue?").check().is_ok());
    /// assert!(prompt("Why is {thing blue?").check().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the template is invalid. The error message contains
    /// the position of the error, and explains how to write a literal brace. A
    /// [partial value](Self::partial) for an unknown variable is also an error, and so is an
    /// [example](super::few_shot()) that lacks a value.
    #[doc(alias = "validate_template")]
    pub fn check(self) -> Result<Self> {
        let values = Dict::new();
        self.check_names(&values)?;
        let parts = &self.template.parts;
        let filling = Filling { template: &self.name, parts, values: &values, example: None };
        filling.check_examples()?;
        Ok(self)
    }

    /// Checks that the template has a variable for each partial value and, if the template is
    /// strict, for each value of a call.
    fn check_names(&self, values: &Dict) -> Result<()> {
        let variables = template_variables(&self.name, &self.template.parts)?;
        if variables.is_open {
            return Ok(());
        }
        let received = values.names().filter(|_| self.is_strict);
        let is_unknown = |name: &&str| !variables.names.iter().any(|known| known == name);
        if let Some(name) = self.partials.names().find(is_unknown) {
            return Err(self.unexpected("partial value", name, &variables));
        }
        match received.into_iter().find(is_unknown) {
            Some(name) => Err(self.unexpected("value", name, &variables)),
            None => Ok(()),
        }
    }

    fn unexpected(&self, what: &str, name: &str, variables: &TemplateVariables) -> Error {
        let known: Vec<_> = variables.names.iter().map(String::as_str).collect();
        let expected = listed(&known);
        let hint = nearest(name, known.iter().copied())
            .map(|known| format!("; did you mean `{known}`?"))
            .unwrap_or_default();
        let template = &self.name;
        let message = format!(
            "unexpected {what} `{name}` for prompt template {template}: expected {expected}{hint}"
        );
        Error::new(ErrorKind::InvalidInput, message)
    }
}

impl Runnable for ChatPromptTemplate {
    type Input = Dict;
    type Output = PromptValue;

    async fn run(&self, values: Dict, cx: RunContext) -> Result<PromptValue> {
        if !self.partials.is_empty() || self.is_strict {
            self.check_names(&values)?;
        }
        let values = self.partials.complete(values);
        let parts = &self.template.parts;
        let filling = Filling { template: &self.name, parts, values: &values, example: None };
        let messages = filling.messages(&cx).await?;
        Ok(PromptValue { messages })
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name.clone()).with_kind(PROMPT).without_chunk_events()
    }
}
