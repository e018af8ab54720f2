//! Means and differences of scores, with confidence intervals of 95 %.

mod estimate;
mod paired;
mod student_t;
mod wilson;

pub use self::estimate::Estimate;
