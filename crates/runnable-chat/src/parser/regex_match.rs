//! Parsers of answers with regular expressions.

use std::{fmt, marker::PhantomData, mem, sync::Arc};

use regex_lite::{Captures, Regex};
use runnable_core::{
    Dict, Error, ErrorKind, Result, RunContext, Runnable, RunnableExt, StepInfo,
    calls::{Batch, Invoke},
};
use serde_json::Value;

use super::{IncrementalParser, ReadText, Source, read_text::sealed::Sealed};
use crate::{AiMessage, excerpt::head, run_kind::PARSER};

/// Creates a parser that returns the named groups of the first match of a regular expression.
///
/// The syntax is the syntax of the crate [`regex_lite`]. A group that does not take part in the
/// match has no value in the dict. The parser waits for the complete answer, because a match can
/// grow until the end; [`regex_lines`] streams.
///
/// ```
/// use runnable_chat::{parser::regex_match, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let score = regex_match(r"Score: (?<score>\d+)(?:, (?<reason>.+))?")?;
/// let values = score.invoke("I think:\nScore: 7, it is short").await?;
/// assert_eq!(values, dict! { score: "7", reason: "it is short" });
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns [`ErrorKind::InvalidInput`] if the regular expression is invalid or has no named group. The step returns
/// [`ErrorKind::Parse`] if the answer does not match.
#[doc(alias("RegexParser", "RegexDictParser"))]
pub fn regex_match<I>(pattern: &str) -> Result<RegexParser<I>> {
    Ok(RegexParser { regex: Arc::new(compiled(pattern)?), input: PhantomData })
}

/// Creates a parser that returns the named groups of each line that matches a regular expression.
///
/// The expression is searched in each line, and the first match in the line counts. Other lines are
/// skipped. A stream yields the groups when their line is complete.
///
/// ```
/// use runnable_chat::{parser::regex_lines, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let steps = regex_lines(r"^Step (?<n>\d+): (?<text>.+)$")?;
/// let steps = steps.invoke("Sure!\nStep 1: boil\nStep 2: pour").await?;
/// assert_eq!(steps, [dict! { n: "1", text: "boil" }, dict! { n: "2", text: "pour" }]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns [`ErrorKind::InvalidInput`] if the regular expression is invalid or has no named group.
#[doc(alias = "RegexParser")]
pub fn regex_lines<I>(pattern: &str) -> Result<IncrementalParser<RegexLinesReader, I>> {
    let regex = Arc::new(compiled(pattern)?);
    Ok(IncrementalParser::new(RegexLinesReader { regex, line: String::new() }))
}

fn compiled(pattern: &str) -> Result<Regex> {
    let invalid = |reason: &dyn fmt::Display| {
        let message = format!("invalid regular expression `{pattern}`: {reason}");
        Error::new(ErrorKind::InvalidInput, message)
    };
    let regex = Regex::new(pattern).map_err(|error| invalid(&error))?;
    // Without names, every result would be empty.
    if regex.capture_names().flatten().next().is_none() {
        return Err(invalid(&"missing named group; write a group as `(?<name>…)`"));
    }
    Ok(regex)
}

/// Returns the named groups of a match.
fn groups(regex: &Regex, found: &Captures<'_>) -> Dict {
    let names = regex.capture_names().flatten();
    names
        .filter_map(|name| Some((name.to_owned(), Value::from(found.name(name)?.as_str()))))
        .collect()
}

/// A parser that returns the named groups of a match. Created by [`regex_match`].
#[doc(alias = "RegexDictParser")]
#[must_use = "a chain does nothing until it is run"]
pub struct RegexParser<I> {
    regex: Arc<Regex>,
    input: PhantomData<fn(I)>,
}

/// Methods to call a parser outside a chain. There, its input type cannot be inferred, so these
/// methods accept an answer, or text that is converted to an answer.
impl RegexParser<AiMessage> {
    /// Parses an answer. See [`RunnableExt::invoke`].
    pub fn invoke(&self, answer: impl Into<AiMessage>) -> Invoke<Self> {
        RunnableExt::invoke(self, answer)
    }

    /// Parses several answers. See [`RunnableExt::batch`].
    pub fn batch<A>(&self, answers: A) -> Batch<Self>
    where
        A: IntoIterator<Item: Into<AiMessage>>,
    {
        RunnableExt::batch(self, answers)
    }
}

impl<I: Source> Runnable for RegexParser<I> {
    type Input = I;
    type Output = Dict;

    async fn run(&self, source: I, _: RunContext) -> Result<Dict> {
        let answer = source.into_text();
        let found = self.regex.captures(&answer).ok_or_else(|| {
            let (regex, start) = (self.regex.as_str(), head(answer.trim()));
            let message = format!(
                "the model's answer does not match the regular expression `{regex}`; it begins \
                 with `{start}`"
            );
            Error::new(ErrorKind::Parse, message)
        })?;
        Ok(groups(&self.regex, &found))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RegexParser").with_kind(PARSER)
    }
}

impl<I> Clone for RegexParser<I> {
    fn clone(&self) -> Self {
        Self { regex: Arc::clone(&self.regex), input: PhantomData }
    }
}

impl<I> fmt::Debug for RegexParser<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RegexParser").field(&self.regex.as_str()).finish()
    }
}

/// The reader of [`regex_lines`].
#[derive(Clone, Debug)]
pub struct RegexLinesReader {
    regex: Arc<Regex>,
    /// The part of the current line that has been received.
    line: String,
}

impl RegexLinesReader {
    fn found(&self, line: &str) -> Option<Dict> {
        let line = line.trim_end_matches(['\r', '\n']);
        Some(groups(&self.regex, &self.regex.captures(line)?))
    }
}

impl Sealed for RegexLinesReader {}

impl ReadText for RegexLinesReader {
    type Chunk = Vec<Dict>;

    fn run_name(&self) -> &'static str {
        "RegexParser"
    }

    fn push(&mut self, text: &str) -> Result<Option<Vec<Dict>>> {
        let mut lines = Vec::new();
        for part in text.split_inclusive('\n') {
            self.line.push_str(part);
            if part.ends_with('\n') {
                let line = mem::take(&mut self.line);
                lines.extend(self.found(&line));
            }
        }
        Ok((!lines.is_empty()).then_some(lines))
    }

    fn finish(self) -> Result<Option<Vec<Dict>>> {
        Ok(self.found(&self.line).map(|line| vec![line]))
    }

    fn format_instructions(&self) -> String {
        format!("Write lines that match the regular expression `{}`.", self.regex.as_str())
    }
}
