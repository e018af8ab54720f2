//! Evaluations: candidates that run on examples, and the scoring of their answers.

mod answers;
mod candidate_name;
mod dataset;
mod evaluation;
mod folder_name;
mod jobs;
mod scores;
mod settings;

pub use self::{candidate_name::CandidateName, evaluation::Evaluation};
