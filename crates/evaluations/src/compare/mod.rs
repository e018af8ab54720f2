//! Comparisons of two runs, example by example.

mod comparison;
mod reports;
mod score_comparison;

pub use self::{
    comparison::Comparison,
    score_comparison::{ScoreChange, ScoreComparison},
};
