//! Evaluations of chains: examples with expected values, scorers, a table with confidence intervals.
//!
//! ```
//! use runnable_chat::prelude::*;
//! use runnable_evaluations::{Evaluation, Example, examples, exact_match};
//! # use runnable_testing::ScriptedChatModel;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! # let folder = tempfile::tempdir()?;
//! # let model = ScriptedChatModel::from_fn(|_| "Paris").to_model();
//! let chain = prompt("What is the capital of {country}?").pipe(model).pipe(text());
//!
//! let report = Evaluation::new(folder.path())
//!     .examples(examples([
//!         Example::new(dict! { country: "France" }, "Paris"),
//!         Example::new(dict! { country: "Spain" }, "Madrid"),
//!     ]))
//!     .candidate("small model", chain)
//!     .scorer("exact", exact_match())
//!     .run()
//!     .await?;
//!
//! println!("{report}");
//! assert_eq!(report.candidates[0].scores[0].mean.as_ref().map(|mean| mean.value), Some(0.5));
//! # Ok(())
//! # }
//! ```
//!
//! # Candidates
//!
//! A candidate is a chain with a name. Candidates usually differ in the model or in the prompt. Each
//! candidate is a [job](runnable_jobs::Job) in a folder inside the folder of the evaluation. If the
//! program ends in the middle, the evaluation continues where it stopped when it runs again.
//!
//! # Scorers
//!
//! A scorer is a step from a [`Scored`] to a [`Score`] from 0 to 1, a `bool` or an `f64`:
//!
//! | scorer | score |
//! |---|---|
//! | [`exact_match`] | 1 if the output is the expected value |
//! | [`json_equality`] | 1 if the output is the expected JSON, in any order of the fields |
//! | `matches_regex`, `matches_expected_regex` (feature `regex`) | 1 if the output contains a match |
//! | [`embedding_similarity`] | the similarity of the output and the expected value, by an embedding model |
//! | [`judge`] | the judgement of a model, with a comment |
//! | [`lambda`](runnable_core::lambda), … | the result of your own function |
//!
//! # Reports
//!
//! An [`EvaluationReport`] prints a table, and is stored as JSON. [`EvaluationReport::compare`]
//! compares it with an earlier report.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod compare;
mod example;
mod interval;
mod report;
mod runner;
mod score;
mod scored;
mod scorers;

/// Runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "regex")]
pub use self::scorers::{RegexMatch, matches_expected_regex, matches_regex};
pub use self::{
    compare::{Comparison, ScoreChange, ScoreComparison},
    example::{Example, examples},
    interval::Estimate,
    report::{CandidateReport, EvaluationReport, ItemReport, ItemScore, ScoreSummary},
    runner::{CandidateName, Evaluation},
    score::Score,
    scored::Scored,
    scorers::{
        EmbeddingSimilarity, ExactMatch, JsonEquality, Judge, embedding_similarity, exact_match,
        json_equality, judge,
    },
};
#[doc(no_inline)]
pub use runnable_jobs::{JobInputs, JobItem, inputs};
