//! The report of an evaluation: its table, and its JSON.

mod candidate_report;
mod duration_text;
mod evaluation_report;
mod item_report;
mod notes;
mod score_summary;
mod table;

pub(crate) use self::table::Table;
pub use self::{
    candidate_report::CandidateReport,
    evaluation_report::EvaluationReport,
    item_report::{ItemReport, ItemScore},
    score_summary::ScoreSummary,
};
