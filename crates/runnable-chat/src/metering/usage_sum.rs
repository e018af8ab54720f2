//! [`UsageSum`]: the usage and the cost of calls.

use std::{
    iter::Sum,
    ops::{Add, AddAssign},
};

use serde::{Deserialize, Serialize};

use super::cost_sum::CostSum;
use crate::Usage;

/// The number of calls of models, their token usage and their cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct UsageSum {
    /// The number of calls.
    pub calls: u64,
    /// The number of calls that did not report their token usage. They are not in `usage`.
    pub calls_without_usage: u64,
    /// The token usage of the calls that reported it.
    pub usage: Usage,
    /// The cost of the calls. Calls whose cost is unknown are counted separately.
    pub cost: CostSum,
}

impl Add for UsageSum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            calls_without_usage: self.calls_without_usage.saturating_add(other.calls_without_usage),
            usage: self.usage + other.usage,
            cost: self.cost + other.cost,
        }
    }
}

impl AddAssign for UsageSum {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for UsageSum {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::default(), Add::add)
    }
}
