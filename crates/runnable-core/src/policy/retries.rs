//! [`RetriesAround`]: the retry policies that apply to a run.

use std::sync::Arc;

use super::retry_policy::RetryPolicy;
use crate::Error;

/// The retry policies of the steps that enclose a run, innermost first.
pub(crate) struct RetriesAround {
    policy: RetryPolicy,
    outer: Option<Arc<Self>>,
}

impl RetriesAround {
    /// Creates the list with one policy, for a retry that is not inside another retry.
    pub(crate) fn of(policy: RetryPolicy) -> Self {
        Self { policy, outer: None }
    }

    /// Returns a list that contains the policies of this list, followed by the policies of `outer`.
    pub(crate) fn inside(self: &Arc<Self>, outer: Option<&Arc<Self>>) -> Arc<Self> {
        match outer {
            None => Arc::clone(self),
            Some(_) => Arc::new(Self { policy: self.policy.clone(), outer: outer.cloned() }),
        }
    }

    /// Returns whether any of these policies retries an error.
    pub(crate) fn act_on(&self, error: &Error) -> bool {
        std::iter::successors(Some(self), |retries| retries.outer.as_deref())
            .any(|retries| retries.policy.acts_on(error))
    }
}
