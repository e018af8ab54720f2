//! [`Limit`]: an amount per time.

use std::time::Duration;

use crate::quantity::Quantity;

/// A limit: an amount per time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) quantity: Quantity,
    pub(crate) amount: u64,
    pub(crate) per: Duration,
}
