//! [`FindingCode`]: the rule that a finding belongs to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The rule that a [`Finding`](crate::Finding) belongs to.
///
/// It serializes to a word, such as `slow_step`.
///
/// ```
/// use runnable_events::FindingCode;
///
/// assert_eq!(FindingCode::SlowStep.to_string(), "slow_step");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingCode {
    /// Many attempts failed, or retries inside retries multiplied the attempts.
    RetryStorm,
    /// A model called a tool that does not exist, or called a tool with invalid arguments.
    InvalidToolCall,
    /// A step collected its input although the step before it streamed.
    StoppedStream,
    /// A condition of a branch was probably meant to hold, but did not.
    WrongBranch,
    /// No condition of a branch held, so the default ran.
    DefaultBranch,
    /// The result waited for one step during a large part of the call.
    SlowStep,
    /// A stream paused for much longer than usual.
    StalledStream,
    /// Attempts failed and were retried.
    Retries,
    /// A step failed, and a fallback ran instead.
    Fallback,
    /// Runs waited for a rate limit, a budget or another limit.
    Wait,
    /// A model stopped because it had reached its token limit.
    CutAnswer,
    /// A run that enclosed a complete answer of a model failed afterwards.
    WastedAnswer,
    /// An answer of a model was not used.
    UnusedAnswer,
    /// Models received the same prompt several times.
    RepeatedPrompt,
    /// A step blocked the thread, so no other run could continue.
    BlockedThread,
    /// Events are missing in the trace.
    LostEvents,
}

impl FindingCode {
    /// Returns the code as a word, such as `slow_step`.
    ///
    /// ```
    /// use runnable_events::FindingCode;
    ///
    /// assert_eq!(FindingCode::RetryStorm.as_str(), "retry_storm");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RetryStorm => "retry_storm",
            Self::InvalidToolCall => "invalid_tool_call",
            Self::StoppedStream => "stopped_stream",
            Self::WrongBranch => "wrong_branch",
            Self::DefaultBranch => "default_branch",
            Self::SlowStep => "slow_step",
            Self::StalledStream => "stalled_stream",
            Self::Retries => "retries",
            Self::Fallback => "fallback",
            Self::Wait => "wait",
            Self::CutAnswer => "cut_answer",
            Self::WastedAnswer => "wasted_answer",
            Self::UnusedAnswer => "unused_answer",
            Self::RepeatedPrompt => "repeated_prompt",
            Self::BlockedThread => "blocked_thread",
            Self::LostEvents => "lost_events",
        }
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
