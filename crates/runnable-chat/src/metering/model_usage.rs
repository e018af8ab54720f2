//! [`ModelUsage`]: the usage of a model, by the outcome of its calls.

use std::{
    iter::Sum,
    ops::{Add, AddAssign},
};

use serde::{Deserialize, Serialize};

use super::usage_sum::UsageSum;

/// The usage and the cost of calls, by their outcome.
///
/// A failed or cancelled call costs money, too, if the model had begun to answer. It has a usage if
/// the model reported the usage before its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ModelUsage {
    /// The calls that returned an answer.
    pub completed: UsageSum,
    /// The calls that failed. A failed attempt of a retry is one of them.
    ///
    /// A call that failed before its answer began is assumed to cost nothing, because services do
    /// not charge for requests that they reject.
    pub failed: UsageSum,
    /// The calls that were dropped before their end, for example by a time limit. The service may
    /// charge for such a call, so its cost is unknown if its usage is unknown.
    pub cancelled: UsageSum,
}

impl ModelUsage {
    /// Returns the sum of all calls with any outcome.
    pub fn total(&self) -> UsageSum {
        self.completed + self.failed + self.cancelled
    }
}

impl Add for ModelUsage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            completed: self.completed + other.completed,
            failed: self.failed + other.failed,
            cancelled: self.cancelled + other.cancelled,
        }
    }
}

impl AddAssign for ModelUsage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for ModelUsage {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::default(), Add::add)
    }
}
