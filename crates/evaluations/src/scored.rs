//! [`Scored`]: the input of a scorer.

use std::borrow::Cow;

use runnable_core::{Error, ErrorKind, Result, impl_at_once};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The input of a scorer: an example, and the output of a candidate. All values are JSON.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_evaluations::Scored;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let is_short = lambda(|scored: Scored| scored.output_text().len() <= 10);
///
/// assert!(is_short.invoke(Scored::new("Capital of France?", "Paris", "It's Paris")).await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "an example has two parts, a candidate one output")]
pub struct Scored {
    /// The input of the example.
    pub input: Value,
    /// The expected value of the example. It is `null` if the example has none.
    pub expected: Value,
    /// The output of the candidate.
    pub output: Value,
}

impl_at_once!(Scored);

impl Scored {
    /// Creates the input of a scorer.
    pub fn new(
        input: impl Into<Value>,
        expected: impl Into<Value>,
        output: impl Into<Value>,
    ) -> Self {
        Self { input: input.into(), expected: expected.into(), output: output.into() }
    }

    /// Returns the output as text. A value that is not text is returned as JSON.
    pub fn output_text(&self) -> Cow<'_, str> {
        text_of(&self.output)
    }

    /// Returns the expected value as text. A value that is not text is returned as JSON.
    pub fn expected_text(&self) -> Cow<'_, str> {
        text_of(&self.expected)
    }

    /// Returns the expected value as text, for a scorer that needs one.
    pub(crate) fn required_expected_text(&self) -> Result<Cow<'_, str>> {
        if self.expected.is_null() {
            let message = "missing expected value: expected a text that the output is compared \
                           with; add `expected` to the example";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(self.expected_text())
    }

    /// Converts the output to a Rust type.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Parse`] if the value does not have this type.
    pub fn parse_output<T: DeserializeOwned>(&self) -> Result<T> {
        parse("output", &self.output)
    }

    /// Converts the expected value to a Rust type.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Parse`] if the value does not have this type.
    pub fn parse_expected<T: DeserializeOwned>(&self) -> Result<T> {
        parse("expected value", &self.expected)
    }
}

fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        value => Cow::Owned(value.to_string()),
    }
}

fn parse<T: DeserializeOwned>(name: &str, value: &Value) -> Result<T> {
    T::deserialize(value).map_err(|error| {
        Error::new(ErrorKind::Parse, format!("invalid {name}: {error}")).with_source(error)
    })
}
