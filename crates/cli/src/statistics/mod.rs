//! Statistics of runs: percentiles of times, tokens and costs.

mod group;
mod percentiles;
mod summary;

pub(crate) use self::{group::Group, percentiles::Percentiles, summary::Statistics};
