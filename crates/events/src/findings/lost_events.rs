//! Finds that events are missing.

use super::{
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};

pub(super) fn find(analysis: &mut Analysis<'_>) {
    let lost = analysis.trace.missing_events();
    if lost == 0 {
        return;
    }
    let all = lost.saturating_add(analysis.trace.event_count());
    let verb = if lost == 1 { "is" } else { "are" };
    let finding = Finding::new(FindingCode::LostEvents, FindingLevel::Warning, []);
    analysis.findings.push(
        finding
            .title(format!("{lost} of {all} events {verb} missing"))
            .text(
                "The numbers of the events have gaps. Runs can be missing, and times and tokens \
                 can be too small."
                    .to_owned(),
            )
            .advice(
                "Check the report of the recorder for a full disk or a full buffer, and check \
                 whether a file of the rotation was deleted.",
            ),
    );
}
