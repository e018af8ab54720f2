//! The scorers of this crate. Each is a step from a [`Scored`](crate::Scored) to a
//! [`Score`](crate::Score).

mod embedding_similarity;
mod exact_match;
mod json_equality;
mod judge;
#[cfg(feature = "regex")]
mod regex_match;

#[cfg(feature = "regex")]
pub use self::regex_match::{RegexMatch, matches_expected_regex, matches_regex};
pub use self::{
    embedding_similarity::{EmbeddingSimilarity, embedding_similarity},
    exact_match::{ExactMatch, exact_match},
    json_equality::{JsonEquality, json_equality},
    judge::{Judge, judge},
};
