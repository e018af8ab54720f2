//! [`RunEvent`]: the events of a run.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{payload::Payload, run::Run, wait_reason::WaitReason};
use crate::{CancelCause, Error};

/// An event of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunEvent<'a> {
    /// The run in which the event happened.
    pub run: &'a Arc<Run>,
    /// The times of the event, relative to the start of its run and of the root run.
    pub timing: Timing,
    /// The kind of the event, with its values.
    pub data: RunEventData<'a>,
}

/// The kind of an event, with its values.
///
/// Inputs, outputs and partial outputs are `Some` only for listeners that request
/// [values](crate::Interest::values).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEventData<'a> {
    /// The step starts.
    #[non_exhaustive]
    Start {
        /// The input. `None` if the input is not complete when the step starts: the end event then
        /// contains it.
        input: Option<Payload<'a>>,
    },
    /// The step has yielded a chunk of its output.
    #[non_exhaustive]
    Chunk {
        /// The chunk, of the type [`Chunked::Chunk`](crate::Chunked::Chunk) of the output.
        chunk: Payload<'a>,
    },
    /// The step has emitted a custom event with [`RunContext::emit`](crate::RunContext::emit).
    #[non_exhaustive]
    Custom {
        /// The name of the custom event.
        name: &'a str,
        /// The value of the custom event.
        data: Payload<'a>,
    },
    /// An attempt has failed, and the step waits before the next attempt.
    ///
    /// Sent by [`RunContext::emit_retry`](crate::RunContext::emit_retry).
    #[non_exhaustive]
    Retry {
        /// The number of the failed attempt, counted from 1.
        attempt: u32,
        /// The time until the next attempt.
        wait: Duration,
        /// The error of the failed attempt.
        error: &'a Error,
    },
    /// A step has failed, and its run now tries another step instead.
    ///
    /// Sent by [`RunContext::emit_fallback`](crate::RunContext::emit_fallback).
    #[non_exhaustive]
    Fallback {
        /// The number of the fallback that is tried next, counted from 1.
        number: u32,
        /// The error of the step that failed.
        error: &'a Error,
    },
    /// The run has waited, and continues now. [`WaitReason::CONCURRENCY`] describes when a wait for
    /// a concurrency limit is reported.
    ///
    /// Sent by this crate, and by [`RunContext::emit_wait`](crate::RunContext::emit_wait). The wait
    /// before the next attempt of a retry is part of [`Retry`](Self::Retry).
    #[non_exhaustive]
    Wait {
        /// The reason for the wait.
        reason: WaitReason,
        /// The time that the run has waited.
        wait: Duration,
    },
    /// The step reports facts about its run, such as an HTTP exchange.
    ///
    /// Sent by [`RunContext::emit_report`](crate::RunContext::emit_report). The run itself reports
    /// `blocked`, with the milliseconds as `poll_ms`, if a poll of the step has blocked its thread
    /// for 200 ms or longer.
    #[non_exhaustive]
    Report {
        /// The kind of the report, such as `http`.
        name: &'a str,
        /// The facts.
        data: Payload<'a>,
    },
    /// The step has returned all its output.
    #[non_exhaustive]
    End {
        /// The input, if it was not complete when the step started. `None` if the start event
        /// contains it.
        input: Option<Payload<'a>>,
        /// The output, as a value of the step's output type. If the chunks do not form a complete
        /// value, this contains the merged chunks.
        output: Option<Payload<'a>>,
    },
    /// The step has failed.
    #[non_exhaustive]
    Error {
        /// The error of the step.
        error: &'a Error,
        /// The merged chunks that the step yielded before the error.
        partial: Option<Payload<'a>>,
    },
    /// The run was dropped before its end.
    #[non_exhaustive]
    Cancelled {
        /// The reason why the run was dropped.
        cause: CancelCause,
        /// The merged chunks that the step yielded before the run was dropped.
        partial: Option<Payload<'a>>,
    },
}

impl RunEventData<'_> {
    /// Returns whether this is the last event of its run.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::End { .. } | Self::Error { .. } | Self::Cancelled { .. })
    }

    /// Returns whether this event is a detail of a run: a retry, a fallback, a wait or a report.
    /// LangChain has no such events.
    pub fn is_detail(&self) -> bool {
        use RunEventData::{Fallback, Report, Retry, Wait};
        matches!(self, Retry { .. } | Fallback { .. } | Wait { .. } | Report { .. })
    }
}

/// The time and progress of a run when an event happens.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timing {
    /// The time at which the run started.
    pub started: SystemTime,
    /// The time since the run started.
    pub elapsed: Duration,
    /// The time since the [root](Run::root_id) of the run started. Like `elapsed`, it is measured
    /// with a clock that never goes back.
    pub since_root: Duration,
    /// The time from the start to the first chunk that [has content](crate::Chunk::has_content).
    /// `None` before that chunk.
    pub first_chunk: Option<Duration>,
    /// The number of chunks so far.
    pub chunks: u64,
}
