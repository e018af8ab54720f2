//! [`AnswerWatch`]: what the models inside a limited step report.

use std::sync::{Mutex, MutexGuard, PoisonError};

use runnable_chat::{
    AiMessage, Usage,
    metering::USAGE_REPORT,
    run_kind::{CHAT_MODEL, EMBEDDING, LLM},
};
use runnable_core::{Interest, Listener, Run, RunEvent, RunEventData};

use crate::{RateLimiter, quantity::Tokens, turn::Admission};

/// Listens to the models inside a limited step. It passes their rate limits and errors to the
/// limiter at once, and their usage when the step has ended.
pub(super) struct AnswerWatch {
    limiter: RateLimiter,
    usage: Mutex<Option<Usage>>,
}

impl AnswerWatch {
    pub(super) fn new(limiter: RateLimiter) -> Self {
        Self { limiter, usage: Mutex::default() }
    }

    /// Replaces the estimate of the step by the usage of its models, if they have reported one.
    pub(super) fn correct(&self, admission: &Admission) {
        if let Some(usage) = *self.usage() {
            admission.correct(Tokens::of_usage(&usage));
        }
    }

    fn add(&self, usage: Usage) {
        let mut sum = self.usage();
        *sum = Some(sum.unwrap_or_default() + usage);
    }

    fn usage(&self) -> MutexGuard<'_, Option<Usage>> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for AnswerWatch {
    fn interest(&self, run: &Run) -> Option<Interest> {
        match run.kind {
            CHAT_MODEL => Some(Interest::lifecycle().with_values()),
            LLM | EMBEDDING => Some(Interest::lifecycle()),
            _ => None,
        }
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        match &event.data {
            RunEventData::End { output, .. } => {
                let answer = output.as_ref().and_then(|output| output.downcast_ref::<AiMessage>());
                let Some(answer) = answer else {
                    return;
                };
                self.limiter.reported(&answer.rate_limits);
                if let Some(usage) = answer.usage {
                    self.add(usage);
                }
            }
            RunEventData::Report { name, data, .. }
                if *name == USAGE_REPORT && event.run.kind != CHAT_MODEL =>
            {
                if let Some(usage) = data.downcast_ref::<Usage>() {
                    self.add(*usage);
                }
            }
            // A retry is an error that the transport or an inner step handles itself.
            RunEventData::Error { error, .. } | RunEventData::Retry { error, .. } => {
                self.limiter.failed(error);
            }
            _ => {}
        }
    }
}
