//! [`Finding`]: a problem of a run, and how to correct it.

use std::{fmt, time::Duration};

use runnable_chat::Usage;
use serde::{Deserialize, Serialize};

use super::finding_code::FindingCode;
use crate::{TraceRun, record::time_form::optional_milliseconds};

/// A problem of a run or of a trace, with the measured numbers and advice.
///
/// Created by [`Trace::findings`](crate::Trace::findings). `Display` formats it as three lines.
///
/// ```
/// use runnable_events::Trace;
///
/// fn print(trace: &Trace) {
///     for finding in trace.findings() {
///         println!("{finding}");
///     }
/// }
/// # print(&Trace::new());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that the finding belongs to.
    pub code: FindingCode,
    /// How serious it is.
    pub level: FindingLevel,
    /// The runs that the finding is about. The text describes the first. Empty if the finding is
    /// about the trace.
    pub runs: Vec<FoundRun>,
    /// A short description of the problem, with the most important number.
    pub title: String,
    /// The description of the problem, with all numbers.
    pub text: String,
    /// The advice: how to correct the problem.
    pub advice: String,
    /// The time that was lost. `None` if no time was lost, or if the time is not known.
    #[serde(
        rename = "cost_ms",
        default,
        skip_serializing_if = "Option::is_none",
        with = "optional_milliseconds"
    )]
    pub cost: Option<Duration>,
    /// The tokens that were lost. `None` if no tokens were lost, or if their number is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Usage>,
}

/// How serious a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingLevel {
    /// The behaviour can be intended.
    Info,
    /// The problem costs time or tokens, or the result can be wrong.
    Warning,
    /// A run failed because of the problem, or many requests were sent without a result.
    Error,
}

/// A run that a [`Finding`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FoundRun {
    /// The ID of the run.
    pub id: String,
    /// The name of the run.
    pub name: String,
    /// The [number](crate::TraceRun::number) of the run in its trace.
    pub number: usize,
}

impl From<&TraceRun> for FoundRun {
    fn from(run: &TraceRun) -> Self {
        Self { id: run.id.to_string(), name: run.name.to_string(), number: run.number() }
    }
}

impl FindingLevel {
    /// Returns the level as a word: `info`, `warning` or `error`.
    ///
    /// ```
    /// use runnable_events::FindingLevel;
    ///
    /// assert!(FindingLevel::Error > FindingLevel::Warning);
    /// assert_eq!(FindingLevel::Info.as_str(), "info");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for FindingLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Finding {
    pub(super) fn new<'a>(
        code: FindingCode,
        level: FindingLevel,
        runs: impl IntoIterator<Item = &'a TraceRun>,
    ) -> Self {
        Self {
            code,
            level,
            runs: runs.into_iter().map(FoundRun::from).collect(),
            title: String::new(),
            text: String::new(),
            advice: String::new(),
            cost: None,
            tokens: None,
        }
    }

    pub(super) fn title(mut self, title: String) -> Self {
        self.title = title;
        self
    }

    pub(super) fn text(mut self, text: String) -> Self {
        self.text = text;
        self
    }

    pub(super) fn advice(mut self, advice: &str) -> Self {
        self.advice = advice.to_owned();
        self
    }

    pub(super) fn cost(mut self, cost: Duration) -> Self {
        self.cost = Some(cost).filter(|cost| !cost.is_zero());
        self
    }

    pub(super) fn tokens(mut self, tokens: Usage) -> Self {
        self.tokens = Some(tokens).filter(|tokens| tokens.total_tokens > 0);
        self
    }
}

/// Formats the finding as three lines: the level with the title, the text, and the advice.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  {}\n  {}", self.level, self.title, self.text, self.advice)
    }
}
