//! The findings of a trace.

use std::cmp::Reverse;

use super::{
    analysis::Analysis, blocked_thread, cut_answer, fallback_taken, finding::Finding,
    finding_options::FindingOptions, grouping::grouped, lost_events, repeated_prompt, retries,
    slow_step, stalled_stream, stopped_stream, tool_call, unused_answer, waits, wasted_answer,
    wrong_branch,
};
use crate::Trace;

impl Trace {
    /// Returns the problems of the runs of this trace, with the default [options](FindingOptions).
    /// The most serious and most expensive findings are first.
    ///
    /// | code | rule |
    /// |---|---|
    /// | `stopped_stream` | A step of a streamed call produced its first output after its last input, although the step before it produced several chunks. The step is not a model, a tool, a retriever or a prompt, and no such step follows, because these need their complete input. |
    /// | `wrong_branch` | A condition of a branch was false, although its name contains a word of the input, such as `is_billing` for "Billing"; or an input that differs only in case, spaces or punctuation took another branch; or no condition was true for any of three or more inputs. |
    /// | `default_branch` | No condition of a branch was true in the whole trace, so the default ran. |
    /// | `slow_step` | A step that is not a model has at least 40 % of the critical path of its call, and at least 500 ms; or a model on the critical path took 5 s or longer until its first chunk; or a step took three times as long as the median of at least three others with its name. |
    /// | `stalled_stream` | A model paused for 2 s or longer between two chunks, and for 20 times its median gap. |
    /// | `retries` | Attempts failed and were retried. |
    /// | `retry_storm` | Five attempts of one step failed, or ten in a call, or four if retries are nested. |
    /// | `fallback` | A step failed, and a fallback was tried. |
    /// | `wait` | Runs waited for a limit for 100 ms or longer, and for 5 % of their call. |
    /// | `cut_answer` | A model stopped because it reached its token limit. |
    /// | `invalid_tool_call` | A model called an unknown tool, or called a tool with invalid arguments. |
    /// | `wasted_answer` | A model completed its answer, and a run that encloses it failed or was cancelled. |
    /// | `unused_answer` | The text of an answer is neither in the output of its parent nor in the input of a later step. Short texts and JSON are not examined. |
    /// | `repeated_prompt` | Models with the same name completed an answer to the same prompt in one call. |
    /// | `blocked_thread` | A step reported that it has blocked the thread. |
    /// | `lost_events` | Events are missing. |
    ///
    /// Similar findings about the same step, such as the findings about the items of a batch,
    /// become one finding with several runs.
    ///
    /// ```
    /// use runnable_events::{FindingCode, Recording, Trace};
    ///
    /// # fn example() -> runnable_core::Result<()> {
    /// let trace = Trace::from_events(Recording::load("run.jsonl")?.events());
    /// for finding in trace.findings() {
    ///     println!("{finding}");
    /// }
    /// let streams = trace.findings().iter().all(|found| found.code != FindingCode::StoppedStream);
    /// # assert!(streams);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.findings_with(&FindingOptions::default())
    }

    /// Returns the problems of the runs of this trace, with these options.
    ///
    /// ```
    /// use runnable_events::{FindingOptions, Trace};
    ///
    /// let options = FindingOptions::new().slow_share(0.25);
    /// assert!(Trace::new().findings_with(&options).is_empty());
    /// ```
    #[must_use]
    pub fn findings_with(&self, options: &FindingOptions) -> Vec<Finding> {
        let mut analysis = Analysis::new(self, options);
        let rules = [
            stopped_stream::find,
            wrong_branch::find,
            slow_step::find,
            stalled_stream::find,
            retries::find,
            fallback_taken::find,
            waits::find,
            cut_answer::find,
            tool_call::find,
            wasted_answer::find,
            unused_answer::find,
            repeated_prompt::find,
            blocked_thread::find,
            lost_events::find,
        ];
        rules.iter().for_each(|find| find(&mut analysis));
        let mut findings = grouped(self, analysis.findings);
        findings.sort_by_key(|found| (Reverse(found.level), Reverse(found.cost), found.code));
        findings
    }
}
