//! [`CostSum`]: a sum of costs, of which some can be unknown.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign},
};

use serde::{Deserialize, Serialize};

use crate::pricing::{Cost, UnknownCost};

/// A sum of costs, and the number of calls whose cost is unknown.
///
/// # Examples
///
/// ```
/// use runnable_chat::{metering::CostSum, pricing::{Cost, UnknownCost}};
///
/// let sum = CostSum::from(Ok(Cost::from_cents(3))) + CostSum::from(Err(UnknownCost::UnknownModel));
/// assert_eq!(sum.total(), None);
/// assert_eq!(sum.to_string(), "$0.0300 and 1 call of unknown cost");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CostSum {
    /// The sum of the known costs.
    pub known: Cost,
    /// The number of calls whose cost is unknown. They are not in `known`.
    pub unknown_calls: u64,
}

impl CostSum {
    /// Returns the sum, or `None` if the cost of a call is unknown.
    pub fn total(self) -> Option<Cost> {
        (self.unknown_calls == 0).then_some(self.known)
    }
}

impl From<Result<Cost, UnknownCost>> for CostSum {
    fn from(cost: Result<Cost, UnknownCost>) -> Self {
        match cost {
            Ok(known) => Self { known, unknown_calls: 0 },
            Err(_) => Self { known: Cost::ZERO, unknown_calls: 1 },
        }
    }
}

impl Add for CostSum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            known: self.known + other.known,
            unknown_calls: self.unknown_calls.saturating_add(other.unknown_calls),
        }
    }
}

impl AddAssign for CostSum {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for CostSum {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::default(), Add::add)
    }
}

/// Prints the sum, and the number of calls of unknown cost.
impl fmt::Display for CostSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.known.is_zero(), self.unknown_calls) {
            (_, 0) => self.known.fmt(f),
            (true, _) => f.write_str("unknown cost"),
            (false, 1) => write!(f, "{} and 1 call of unknown cost", self.known),
            (false, calls) => write!(f, "{} and {calls} calls of unknown cost", self.known),
        }
    }
}
