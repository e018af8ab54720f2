//! [`Cost`]: an exact amount of money.

use std::{
    iter::Sum,
    ops::{Add, AddAssign},
};

/// An exact amount of money in US dollars.
///
/// A cost is a whole number of 10⁻²⁴ dollars, so sums have no rounding errors. An amount that is
/// too large, above 300 trillion dollars, becomes the largest amount. An amount is never negative.
///
/// `Display` rounds to four decimals, or to two significant digits if the amount is below a cent:
/// `$0.0123`. A precision sets the number of decimals: `{cost:.2}`. In JSON, a cost is a string
/// with all decimals, such as `"0.01234567"`, without the dollar sign. It can be deserialized from
/// a number, too.
///
/// # Examples
///
/// ```
/// use runnable_chat::pricing::Cost;
///
/// let answer: Cost = "0.01234567".parse()?;
/// let total = answer + Cost::from_cents(5);
/// assert_eq!(total.to_string(), "$0.0623");
/// assert_eq!(total.to_decimal(), "0.06234567");
/// assert_eq!(format!("{total:.2}"), "$0.06");
/// # Ok::<(), runnable_core::Error>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost {
    /// The number of 10⁻²⁴ dollars.
    pub(super) units: u128,
}

/// The number of decimals of the smallest unit. A price per million tokens with 18 decimals still
/// has an exact price per token.
pub(super) const DECIMALS: usize = 24;

/// The number of units in a dollar.
pub(super) const DOLLAR: u128 = 10_u128.pow(DECIMALS as u32);

impl Cost {
    /// No cost.
    pub const ZERO: Self = Self { units: 0 };

    /// Creates a cost of this many dollars.
    pub const fn from_dollars(dollars: u64) -> Self {
        Self { units: DOLLAR.saturating_mul(dollars as u128) }
    }

    /// Creates a cost of this many cents. A cent is a hundredth of a dollar.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::pricing::Cost;
    ///
    /// assert_eq!(Cost::from_cents(250).to_string(), "$2.5000");
    /// ```
    pub const fn from_cents(cents: u64) -> Self {
        Self { units: (DOLLAR / 100).saturating_mul(cents as u128) }
    }

    /// Returns whether this cost is zero.
    pub const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// Returns the number of dollars as a float, for charts and metrics. The result is rounded.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::pricing::Cost;
    ///
    /// assert_eq!(Cost::from_cents(25).as_dollars_f64(), 0.25);
    /// ```
    pub fn as_dollars_f64(self) -> f64 {
        self.units as f64 / DOLLAR as f64
    }

    /// Returns the difference, or zero if `other` is larger.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self { units: self.units.saturating_sub(other.units) }
    }

    /// Returns half of this cost, rounded down.
    pub(super) fn halved(self) -> Self {
        Self { units: self.units / 2 }
    }

    /// Returns the cost of this many tokens, if this cost is the price of a million tokens.
    pub(super) fn of_tokens(self, tokens: u64) -> Self {
        Self { units: (self.units / 1_000_000).saturating_mul(tokens.into()) }
    }

    /// Returns whether the price of a single token is exact, if this cost is the price of a million
    /// tokens.
    pub(super) fn is_exact_per_token(self) -> bool {
        self.units.is_multiple_of(1_000_000)
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { units: self.units.saturating_add(other.units) }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::ZERO, Add::add)
    }
}

impl<'a> Sum<&'a Self> for Cost {
    fn sum<I: Iterator<Item = &'a Self>>(costs: I) -> Self {
        costs.copied().sum()
    }
}
